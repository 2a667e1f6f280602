// The trace context on its way in (`TRACEPARENT` of a CI job) and out (commands, model gateways), on the real binary.
import { afterAll, beforeAll, beforeEach, describe, expect, setDefaultTimeout, test } from "bun:test"
import { readFile } from "node:fs/promises"
import { join } from "node:path"
import type { Json } from "../harness/json.ts"
import { createWorkspace, runOnce, startServer } from "../harness/opencode.ts"
import { type OtlpReceiver, type ReceivedSpan, startOtlpReceiver } from "../harness/otlp-receiver.ts"
import { type ScriptedModel, startScriptedModel } from "../harness/scripted-model.ts"
import { assertSound } from "../harness/tree.ts"
import { ourMessages } from "./support/files.ts"

const TRACE = "0af7651916cd43dd8448eb211c80319c"
const SPAN = "b7ad6b7169203331"

setDefaultTimeout(120_000)

let model: ScriptedModel
let receiver: OtlpReceiver

const bash = (command: string) => ({ name: "bash", args: { command, description: "run it" } })
/** Leaves the variables that a command was given in a file of the project. */
const WRITE_CONTEXT = 'printf "%s\\n" "$TRACEPARENT" "$OTEL_SERVICE_NAME" > context.txt'

beforeAll(async () => {
  model = await startScriptedModel()
  model.script("greet me", [{ say: "Hello." }])
  model.script("use the shell", [{ calls: [bash(WRITE_CONTEXT)] }, { say: "Done." }])
  receiver = await startOtlpReceiver()
})
beforeEach(() => receiver.reset())
afterAll(async () => {
  await model?.stop()
  await receiver?.stop()
})

/** One `opencode run`; answers with what a command left in the project, and with the plugin's lines in the log. */
async function run(prompt: string, pluginOptions: Json, env: Record<string, string>) {
  const workspace = await createWorkspace({ model, pluginOptions })
  try {
    const traces = { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: receiver.tracesUrl }
    const result = await runOnce(workspace, prompt, { env: { ...traces, ...env } })
    expect(result.exitCode).toBe(0)
    const written = await readFile(join(workspace.project, "context.txt"), "utf8").catch(() => undefined)
    return { written, log: await ourMessages(workspace) }
  } finally {
    await workspace.remove()
  }
}

function named(name: string): ReceivedSpan {
  const [span, ...more] = receiver.spans.filter((candidate) => candidate.name === name)
  if (!span || more.length > 0) throw new Error(`${more.length + (span ? 1 : 0)} spans are named ${name}`)
  return span
}

describe("a TRACEPARENT in the environment", () => {
  const env = { TRACEPARENT: `00-${TRACE}-${SPAN}-01`, TRACESTATE: "vendor=1" }

  test("is the parent of the run", async () => {
    await run("greet me", {}, env)
    expect(named("invoke_agent build")).toMatchObject({ traceId: TRACE, parentSpanId: SPAN, links: [] })
    expect(named("chat fake-1")).toMatchObject({
      traceId: TRACE,
      parentSpanId: named("invoke_agent build").spanId,
    })
  })

  test("is a link of the run where the user wants that", async () => {
    await run("greet me", { inboundContext: "link" }, env)
    const root = named("invoke_agent build")
    assertSound(receiver.spans)
    expect(root.parentSpanId).toBeUndefined()
    expect(root.links).toMatchObject([{ traceId: TRACE, spanId: SPAN }])
  })

  test("is nothing to a plugin that is told to ignore it", async () => {
    await run("greet me", { inboundContext: "ignore" }, env)
    assertSound(receiver.spans)
    expect(named("invoke_agent build").links).toEqual([])
  })

  test("that is not sampled drops the run, as the default sampler has to, and says so", async () => {
    const { log } = await run("greet me", {}, { TRACEPARENT: `00-${TRACE}-${SPAN}-00` })
    expect(receiver.spans).toEqual([])
    expect(log).toEqual([
      'WARN: TRACEPARENT: got a trace that is not sampled, expected a sampled one, or the option inboundContext "link" or "ignore"; using its decision: no trace is recorded.',
    ])
  })

  test("that is malformed leaves the run a trace of its own, and is named", async () => {
    const { log } = await run("greet me", {}, { TRACEPARENT: "00-0-0-01" })
    assertSound(receiver.spans)
    expect(named("invoke_agent build").traceId).not.toBe(TRACE)
    expect(log).toEqual([
      'WARN: TRACEPARENT: got "00-0-0-01", expected a W3C traceparent such as 00-<32 hex digits>-<16 hex digits>-01; using a trace of its own for each prompt.',
    ])
  })
})

describe("a command that OpenCode runs", () => {
  test("is given the TRACEPARENT of its own call, and no other variable changes", async () => {
    const { written } = await run("use the shell", {}, { OTEL_SERVICE_NAME: "mine" })
    const { traceId, spanId } = named("execute_tool bash")
    expect(written).toBe(`00-${traceId}-${spanId}-01\nmine\n`)
  })

  test("keeps the inbound one where the user wants that", async () => {
    const inbound = `00-${TRACE}-${SPAN}-01`
    const { written } = await run("use the shell", { propagateToCommands: false }, { TRACEPARENT: inbound })
    expect(written).toBe(`${inbound}\n\n`)
  })

  test("with ! is given the TRACEPARENT of its own call", async () => {
    const workspace = await createWorkspace({ model })
    const server = await startServer(workspace, { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: receiver.tracesUrl })
    try {
      const session = await server.createSession()
      await server.shell(session.id, WRITE_CONTEXT)
      await receiver.waitFor(2)
      assertSound(receiver.spans)
      const { traceId, spanId } = named("execute_tool bash")
      const written = await readFile(join(workspace.project, "context.txt"), "utf8")
      expect(written).toBe(`00-${traceId}-${spanId}-01\n\n`)
    } finally {
      await server.stop()
    }
  })
})

describe("a model gateway", () => {
  test("that is listed gets the traceparent of each chat, and none with the title's request", async () => {
    await run("greet me", { propagateToProviders: ["fake"] }, {})
    const { traceId, spanId } = named("chat fake-1")
    const sent = model.requests.filter(
      (request) => receiver.spans[0]?.attributes["gen_ai.conversation.id"] === request.session,
    )
    expect(sent.map(({ kind, headers }) => [kind, headers.traceparent]).toSorted()).toEqual([
      ["step", `00-${traceId}-${spanId}-01`],
      ["title", undefined],
    ])
  })

  test("that is not listed gets none", async () => {
    await run("greet me", { propagateToProviders: ["another"] }, {})
    const session = named("chat fake-1").attributes["gen_ai.conversation.id"]
    const sent = model.requests.filter((request) => request.session === session)
    expect(sent.map(({ headers }) => headers.traceparent)).toEqual(sent.map(() => undefined))
    expect(sent.length).toBeGreaterThan(0)
  })
})
