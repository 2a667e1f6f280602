// `npm run soak [-- --sessions N --seed S]`: random sessions on the real OpenCode, compared with what it stored.
import { parseArgs } from "node:util"
import { createWorkspace, type Server, startServer } from "../harness/opencode.ts"
import { type OtlpReceiver, startOtlpReceiver } from "../harness/otlp-receiver.ts"
import { type ScriptedModel, startScriptedModel } from "../harness/scripted-model.ts"
import { Random } from "../support/random.ts"
import { drive } from "./drive.ts"
import { makePlan, type Plan, smallerPlans } from "./plan.ts"
import { mismatches, readStored } from "./truth.ts"

/** The plugin waits 5 s for what a run may still owe, and a second for its batch. */
const SPANS_MS = 9_000
const MOST_TRIES = 12

interface Stage {
  readonly server: Server
  readonly model: ScriptedModel
  readonly receiver: OtlpReceiver
}

async function withStage<T>(work: (stage: Stage) => Promise<T>): Promise<T> {
  const model = await startScriptedModel()
  const receiver = await startOtlpReceiver()
  try {
    const workspace = await createWorkspace({ model })
    const server = await startServer(workspace, { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: receiver.tracesUrl })
    try {
      return await work({ server, model, receiver })
    } finally {
      await server.stop()
    }
  } finally {
    await receiver.stop()
    await model.stop()
  }
}

/** Every mismatch of one plan. Spans may come late: it is looked again until they agree or time is up. */
async function check(plan: Plan, { server, model, receiver }: Stage): Promise<string[]> {
  const driven = await drive(plan, server, model).catch((error: unknown) => String(error))
  if (typeof driven === "string") return [`the plan could not be carried out: ${driven}`]
  const limit = Date.now() + SPANS_MS
  for (;;) {
    const stored = await readStored(server, driven)
    const spans = receiver.spans.filter((span) =>
      driven.roots.includes(String(span.attributes["gen_ai.conversation.id"])),
    )
    const found = mismatches(stored, spans)
    if (found.length === 0 || Date.now() > limit) return found
    await Bun.sleep(200)
  }
}

/** The smallest plan that still goes wrong, as far as a bounded number of tries finds it. */
async function shrink(plan: Plan, stage: Stage): Promise<Plan> {
  let smallest = plan
  let tries = 0
  for (let found = true; found && tries < MOST_TRIES; ) {
    found = false
    for (const smaller of smallerPlans(smallest)) {
      if (tries++ >= MOST_TRIES) break
      if ((await check(smaller, stage)).length === 0) continue
      smallest = smaller
      found = true
      break
    }
  }
  return smallest
}

const { values } = parseArgs({
  options: {
    sessions: { type: "string", default: "20" },
    seed: { type: "string", default: "1" },
    "no-shrink": { type: "boolean", default: false },
  },
})
const sessions = Number(values.sessions)
const firstSeed = Number(values.seed)
if (!Number.isInteger(sessions) || sessions < 1 || !Number.isInteger(firstSeed)) {
  console.error("usage: npm run soak [-- --sessions N --seed S --no-shrink], both whole numbers")
  process.exit(2)
}

const failed = await withStage(async (stage) => {
  let wrong = 0
  for (let seed = firstSeed; seed < firstSeed + sessions; seed++) {
    const plan = makePlan(seed, new Random(seed))
    const found = await check(plan, stage)
    console.log(`seed ${seed}: ${found.length === 0 ? "agrees" : `${found.length} mismatches`}`)
    if (found.length === 0) continue
    wrong++
    for (const one of found) console.log(`  ${one}`)
    if (values["no-shrink"]) continue
    console.log(`  the smallest plan found: ${JSON.stringify(await shrink(plan, stage))}`)
  }
  return wrong
})
console.log(`${sessions - failed} of ${sessions} sessions agree with what OpenCode stored`)
process.exitCode = failed === 0 ? 0 : 1
