// Real OpenCode against a collector that fails: what arrives in the end, how OpenCode ends, and what it says.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test"
import { readFileSync, rmSync } from "node:fs"
import { join } from "node:path"
import { createWorkspace, type RunResult, runOnce, type Workspace } from "../harness/opencode.ts"
import { type Behaviour, type OtlpReceiver, startOtlpReceiver } from "../harness/otlp-receiver.ts"
import { type ScriptedModel, startScriptedModel } from "../harness/scripted-model.ts"
import { filesIn } from "../unit/export/support/folder.ts"
import {
  deliverSpool,
  exportTo,
  gone,
  PROMPT,
  STEPS,
  spooledSpans,
  spoolOf,
  tracesOf,
  trees,
} from "./delivery.ts"

const TURN = 120_000
/** A stock exporter would wait this long for an answer. OpenCode may not: it ends 2 s after its own work. */
const PATIENCE = { OTEL_EXPORTER_OTLP_TRACES_TIMEOUT: "100000" }
const LONGEST_END_MS = 60_000

let model: ScriptedModel
let receiver: OtlpReceiver
let workspace: Workspace
/** What OpenCode says and how it ends where no plugin is loaded. */
let plain: RunResult

beforeAll(async () => {
  model = await startScriptedModel()
  model.script(PROMPT, STEPS)
  receiver = await startOtlpReceiver()
  const bare = await createWorkspace({ model, plugins: [] })
  plain = await runOnce(bare, PROMPT)
  await bare.remove()
  workspace = await createWorkspace({ model })
}, 2 * TURN)

afterAll(async () => {
  await workspace?.remove()
  await receiver?.stop()
  await model?.stop()
}, 30_000)

beforeEach(() => {
  rmSync(spoolOf(workspace), { recursive: true, force: true })
  receiver.respond()
  receiver.reset()
})

/** One turn; OpenCode must end as it does without the plugin, and say the same. */
async function turn(env: Record<string, string>): Promise<RunResult> {
  const result = await runOnce(workspace, PROMPT, { env: { ...PATIENCE, ...env } })
  expect(result).toMatchObject({ exitCode: 0, signal: null })
  expect([result.stdout, result.stderr]).toEqual([plain.stdout, plain.stderr])
  expect(result.durationMs).toBeLessThan(LONGEST_END_MS)
  return result
}

// One that needs somebody to mend it, and one that holds OpenCode's end. Every other answer, down to the byte that
// never comes, is in tests/unit/export/pipeline.test.ts: what OpenCode adds to them is the same.
const OUTAGES: [string, Behaviour][] = [
  ["answers 401", { status: 401 }],
  ["hangs", { hang: true }],
]

describe("a collector that is down", () => {
  test.each(OUTAGES)(
    "%s: everything is kept, and delivered once when it is back",
    async (_, behaviour) => {
      receiver.respond(() => behaviour)
      await turn(exportTo(receiver.tracesUrl))
      expect(receiver.spans).toEqual([])
      expect(spooledSpans(workspace)).toBe(4)
      receiver.respond()
      await deliverSpool(workspace, receiver.tracesUrl)
      expect(tracesOf(receiver.spans)).toBe(trees(1))
      expect(filesIn(spoolOf(workspace))).toEqual([])
    },
    TURN,
  )

  test(
    "refuses the connection: everything is kept, and the next OpenCode delivers it",
    async () => {
      const { tracesUrl, back } = await gone()
      await turn(exportTo(tracesUrl))
      expect(spooledSpans(workspace)).toBe(4)
      const again = await back()
      try {
        await turn(exportTo(tracesUrl))
        expect(tracesOf(again.spans)).toBe(trees(2))
        expect(filesIn(spoolOf(workspace))).toEqual([])
      } finally {
        await again.stop()
      }
    },
    2 * TURN,
  )

  test(
    "comes back at the last moment: the same OpenCode delivers",
    async () => {
      receiver.respond((_, index) => (index === 0 ? { status: 503 } : undefined))
      await turn(exportTo(receiver.tracesUrl))
      expect(tracesOf(receiver.spans)).toBe(trees(1))
      expect(filesIn(spoolOf(workspace))).toEqual([])
    },
    TURN,
  )
})

describe("a collector that will not have it", () => {
  test.each([400, 415])(
    "answers %d: it is asked once per span, and nothing is kept",
    async (status) => {
      receiver.respond(() => ({ status }))
      await turn(exportTo(receiver.tracesUrl))
      expect(tracesOf(receiver.requests.flatMap(({ spans }) => spans))).toBe(trees(1))
      expect(receiver.spans).toEqual([])
      expect(filesIn(spoolOf(workspace))).toEqual([])
    },
    TURN,
  )

  test(
    "answers 413 to more than one span: it gets them one by one",
    async () => {
      receiver.respond(({ spans }) => (spans.length > 1 ? { status: 413 } : undefined))
      await turn(exportTo(receiver.tracesUrl))
      expect(tracesOf(receiver.spans)).toBe(trees(1))
      expect(filesIn(spoolOf(workspace))).toEqual([])
    },
    TURN,
  )

  test(
    "rejects one span of a batch: none is sent again",
    async () => {
      receiver.respond(() => ({ rejected: { spans: 1, message: "no" } }))
      await turn(exportTo(receiver.tracesUrl))
      expect(tracesOf(receiver.requests.flatMap(({ spans }) => spans))).toBe(trees(1))
      expect(filesIn(spoolOf(workspace))).toEqual([])
    },
    TURN,
  )
})

test(
  "a private CA, a client certificate and gzip, from the standard variables",
  async () => {
    const folder = join(import.meta.dirname, "../fixtures/tls")
    const pem = (name: string) => readFileSync(join(folder, name))
    const tls = { cert: pem("server.pem"), key: pem("server.key"), ca: pem("ca.pem"), requestCert: true }
    const secure = await startOtlpReceiver({ tls: { ...tls, rejectUnauthorized: true } })
    try {
      await turn({
        ...exportTo(secure.tracesUrl),
        OTEL_EXPORTER_OTLP_CERTIFICATE: join(folder, "ca.pem"),
        OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE: join(folder, "client.pem"),
        OTEL_EXPORTER_OTLP_CLIENT_KEY: join(folder, "client.key"),
        OTEL_EXPORTER_OTLP_COMPRESSION: "gzip",
      })
      expect(tracesOf(secure.spans)).toBe(trees(1))
      expect(new Set(secure.requests.map(({ headers }) => headers["content-encoding"]))).toEqual(
        new Set(["gzip"]),
      )
    } finally {
      await secure.stop()
    }
  },
  TURN,
)

test(
  "two OpenCode processes share one spool: both keep, both deliver, every span arrives once",
  async () => {
    const pair = () => Promise.all([turn(exportTo(receiver.tracesUrl)), turn(exportTo(receiver.tracesUrl))])
    receiver.respond(() => ({ status: 503 }))
    await pair()
    expect(spooledSpans(workspace)).toBe(8)
    receiver.respond()
    await pair()
    expect(tracesOf(receiver.spans)).toBe(trees(4))
    expect(filesIn(spoolOf(workspace))).toEqual([])
  },
  2 * TURN,
)
