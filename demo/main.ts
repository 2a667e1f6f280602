// `npm run demo`: a real OpenCode works through one prompt, and the trace of it is printed.
//
// Everything is local and thrown away at the end: a scripted model stands in for the AI, an embedded OTLP
// receiver for the backend, a scratch home for the user's. With an endpoint in the environment the trace goes
// there too. Ends by itself in any case, with exit code 1 and what failed where something did.
import { createWorkspace, PLUGIN_SPEC, runOnce } from "../tests/harness/opencode.ts"
import { startOtlpReceiver } from "../tests/harness/otlp-receiver.ts"
import { startScriptedModel } from "../tests/harness/scripted-model.ts"
import { assertSound } from "../tests/harness/tree.ts"
import { within } from "../tests/harness/wait.ts"
import { forward, ownBackend } from "./forward.ts"
import { report } from "./report.ts"
import { configuration, FILES, PROMPT, tell } from "./story.ts"

const DEADLINE_MS = 110_000

const say = (text = "") => console.log(text)
const indent = (text: string) => text.trim().replace(/^/gm, "    ")
const told = (error: unknown) => (error instanceof Error ? error.message : String(error))

/** Things to be undone, newest first, whatever happened. */
class Cleanup {
  readonly #steps: (() => Promise<void>)[] = []

  add(step: () => Promise<void>): void {
    this.#steps.unshift(step)
  }

  async run(): Promise<void> {
    for (const step of this.#steps.splice(0)) await within(step(), 10_000, "cleaning up").catch(() => {})
  }
}

async function demo(cleanup: Cleanup): Promise<void> {
  const model = await startScriptedModel()
  cleanup.add(model.stop)
  tell(model)
  const receiver = await startOtlpReceiver()
  cleanup.add(receiver.stop)
  const workspace = await createWorkspace({
    model,
    files: FILES,
    plugins: [PLUGIN_SPEC],
    config: configuration(model),
  })
  cleanup.add(workspace.remove)

  say("A real OpenCode, with this plugin, a scripted model and an embedded OTLP receiver:\n")
  say(`  $ opencode run "${PROMPT}"\n`)
  const env = { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: receiver.tracesUrl }
  const result = await runOnce(workspace, PROMPT, {
    env,
    timeoutMs: DEADLINE_MS - 20_000,
    started: (_pid, stop) => cleanup.add(stop),
  })
  if (result.exitCode !== 0) {
    const end = result.signal ?? `exit code ${result.exitCode}`
    throw new Error(`opencode ended with ${end}:\n${indent(result.stdout + result.stderr)}`)
  }
  say(`${indent(result.stdout)}\n`)

  const spans = await receiver.waitFor((all) => all.some((span) => span.parentSpanId === undefined), 10_000)
  assertSound(spans)
  say(`The trace that it sent, ${spans.length} spans in ${receiver.requests.length} export requests:\n`)
  say(`${report(spans)}\n`)

  const own = ownBackend(process.env)
  if (own) {
    const bodies = receiver.requests.map((request) => request.body)
    say(`Sent to ${await forward(bodies, own)} as well, as your environment says.`)
    return
  }
  say("To see it in a backend, name its OTLP traces endpoint and run the demo again, for example:\n")
  say("  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=http://localhost:4318/v1/traces npm run demo\n")
  say("To trace your own work, see the README: one line in opencode.json.")
}

/** Rejects when somebody stops the demo. */
function stopped(): Promise<never> {
  return new Promise((_, reject) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
      process.once(signal, () => reject(new Error(`stopped by ${signal}`)))
    }
  })
}

const cleanup = new Cleanup()
try {
  await Promise.race([within(demo(cleanup), DEADLINE_MS, "the demo"), stopped()])
} catch (error) {
  console.error(`\nThe demo failed: ${told(error)}`)
  process.exitCode = 1
} finally {
  await cleanup.run()
}
process.exit()
