// The core on the real OpenCode: one trace per prompt, with exactly the spans, tokens and costs that there were.
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test"
import { version } from "../../package.json"
import { renderFindings } from "../conformance/finding.ts"
import { violations } from "../conformance/trace.ts"
import { createWorkspace, runOnce, type Server, startServer } from "../harness/opencode.ts"
import { type OtlpReceiver, type ReceivedSpan, startOtlpReceiver } from "../harness/otlp-receiver.ts"
import { type ScriptedModel, startScriptedModel, type Usage } from "../harness/scripted-model.ts"
import { assertSound, renderTree } from "../harness/tree.ts"

setDefaultTimeout(60_000)

let model: ScriptedModel
let receiver: OtlpReceiver
let server: Server

const SHOWN = ["opencode.run.trigger", "opencode.outcome", "gen_ai.response.finish_reasons"]

/** The spans of a conversation so far, in the order of their start. */
function conversation(id: string): ReceivedSpan[] {
  return receiver.spans
    .filter((span) => span.attributes["gen_ai.conversation.id"] === id)
    .sort((a, b) => a.startMs - b.startMs)
}

/** Waits until the conversation's traces are exactly this tree, checks them by every rule, and gives their spans. */
async function traces(id: string, ...tree: string[]): Promise<ReceivedSpan[]> {
  const drawn = () => renderTree(conversation(id), { attributes: SHOWN })
  await receiver.waitFor(() => drawn() === tree.join("\n"), 15_000).catch(() => {})
  expect(drawn()).toBe(tree.join("\n"))
  const spans = conversation(id)
  assertSound(spans)
  expect(renderFindings(violations(spans))).toBe("")
  return spans
}

const named = (spans: ReceivedSpan[], name: string) => spans.filter((span) => span.name === name)

function only(spans: ReceivedSpan[], name: string): ReceivedSpan {
  const [span, ...others] = named(spans, name)
  if (!span || others.length > 0) throw new Error(`not one span ${name} but ${spans.length}`)
  return span
}

/** Tokens as OpenCode's prices count them, in USD: of input what is not cached, of output everything. */
function price({ prompt, completion, cached = 0 }: Usage): number {
  return ((prompt - cached) * 3 + cached * 0.3 + completion * 15) / 1e6
}

/** Every chat of the spans must say what the model reported for it, in the order of the requests. */
function expectUsage(chats: ReceivedSpan[], usages: Usage[]): void {
  const said = chats.map(({ attributes }) => ({
    prompt: attributes["gen_ai.usage.input_tokens"],
    completion: attributes["gen_ai.usage.output_tokens"],
    cached: attributes["gen_ai.usage.cache_read.input_tokens"] ?? 0,
    reasoning: attributes["gen_ai.usage.reasoning.output_tokens"] ?? 0,
  }))
  expect(said).toEqual(usages.map((usage) => ({ cached: 0, reasoning: 0, ...usage })))
  for (const [at, chat] of chats.entries()) {
    const usage = usages[at]
    expect(chat.attributes["opencode.cost"]).toBeCloseTo(usage ? price(usage) : Number.NaN, 10)
  }
}

beforeAll(async () => {
  model = await startScriptedModel()
  receiver = await startOtlpReceiver()
  server = await startServer(await createWorkspace({ model }), {
    OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: receiver.tracesUrl,
  })
}, 120_000)

afterAll(async () => {
  await server?.stop()
  await model?.stop()
  await receiver?.stop()
}, 30_000)

describe("opencode serve", () => {
  test("a plain turn", async () => {
    const usage = { prompt: 102, completion: 20, cached: 40, reasoning: 7 }
    model.script("say hello", [{ think: "a greeting", say: "Hello there.", usage }])
    const session = await server.createSession()
    const answer = await server.prompt(session.id, "Please say hello.")

    const spans = await traces(
      session.id,
      "invoke_agent build opencode.run.trigger=prompt opencode.outcome=completed",
      '  chat fake-1 gen_ai.response.finish_reasons=["stop"]',
    )
    const [root, chat] = [only(spans, "invoke_agent build"), only(spans, "chat fake-1")]
    expectUsage([chat], [usage])
    expect([root.kind, chat.kind]).toEqual(["INTERNAL", "CLIENT"])
    expect(root.attributes).toMatchObject({
      "opencode.message.id": answer.info.parentID,
      "opencode.session.id": session.id,
      "gen_ai.request.model": "fake-1",
      "gen_ai.agent.version": session.raw.version,
      "opencode.run.llm_calls": 1,
      "opencode.run.tool_calls": 0,
      "opencode.run.input_tokens": 102,
      "opencode.run.output_tokens": 20,
    })
    expect(chat.attributes).toMatchObject({
      "opencode.provider.id": "fake",
      "gen_ai.request.model": "fake-1",
      "gen_ai.request.stream": true,
      "gen_ai.request.max_tokens": 8_000,
    })
    expect(root.resource["service.name"]).toBe("opencode")
    expect(root.scope).toEqual({ name: "opencode-traces", version })
  })

  test("tools in parallel, none of whose time is the model's", async () => {
    const usages = [
      { prompt: 500, completion: 60, cached: 450, reasoning: 0 },
      { prompt: 700, completion: 30, cached: 500, reasoning: 12 },
    ]
    const slow = { name: "bash", args: { command: "sleep 1", description: "take a second" } }
    const read = { name: "read", args: { filePath: "README.md" } }
    model.script("two at once", [
      { calls: [slow, read], usage: usages[0] },
      { say: "Both done.", usage: usages[1] },
    ])
    const session = await server.createSession()
    await server.prompt(session.id, "two at once")

    const spans = await traces(
      session.id,
      "invoke_agent build opencode.run.trigger=prompt opencode.outcome=completed",
      '  chat fake-1 gen_ai.response.finish_reasons=["tool_call"]',
      "  execute_tool bash",
      "  execute_tool read",
      '  chat fake-1 gen_ai.response.finish_reasons=["stop"]',
    )
    const [asking, answering] = named(spans, "chat fake-1")
    const [bash, readme] = [only(spans, "execute_tool bash"), only(spans, "execute_tool read")]
    expectUsage(named(spans, "chat fake-1"), usages)
    expect(bash.attributes["process.exit.code"]).toBe(0)
    expect(bash.endMs - bash.startMs).toBeGreaterThanOrEqual(1_000)
    expect(readme.startMs).toBeLessThan(bash.endMs)
    // The model was done when its last call started; the next request came when the last tool was done.
    expect(asking?.endMs).toBeLessThan(bash.endMs)
    expect(answering?.startMs).toBeGreaterThanOrEqual(bash.endMs)
  })

  test("a subagent, in the place of its call", async () => {
    const usages = [
      { prompt: 200, completion: 40 },
      { prompt: 80, completion: 25, reasoning: 5 },
      { prompt: 120, completion: 8 },
      { prompt: 300, completion: 12 },
    ]
    const task = { description: "count", prompt: "count the files", subagent_type: "general" }
    const list = { name: "bash", args: { command: "ls", description: "list" } }
    model.script("delegate it", [
      { calls: [{ name: "task", args: task }], usage: usages[0] },
      { say: "Counted.", usage: usages[3] },
    ])
    model.script("count the files", [
      { calls: [list], usage: usages[1] },
      { say: "There are two.", usage: usages[2] },
    ])
    const session = await server.createSession()
    await server.prompt(session.id, "delegate it")

    const spans = await traces(
      session.id,
      "invoke_agent build opencode.run.trigger=prompt opencode.outcome=completed",
      '  chat fake-1 gen_ai.response.finish_reasons=["tool_call"]',
      "  invoke_agent general opencode.run.trigger=subagent opencode.outcome=completed",
      '    chat fake-1 gen_ai.response.finish_reasons=["tool_call"]',
      "    execute_tool bash",
      '    chat fake-1 gen_ai.response.finish_reasons=["stop"]',
      '  chat fake-1 gen_ai.response.finish_reasons=["stop"]',
    )
    expectUsage(named(spans, "chat fake-1"), usages)
    const child = (await server.children(session.id))[0]
    const call = (await server.messages(session.id))
      .flatMap((message) => message.parts)
      .find((part) => part.tool === "task")
    expect(only(spans, "invoke_agent general").attributes).toMatchObject({
      "opencode.subagent.spawning_tool_call_id": call?.callID,
      "opencode.session.id": child?.id,
      "opencode.session.parent_id": session.id,
      "opencode.run.llm_calls": 2,
      "opencode.run.tool_calls": 1,
    })
    expect(only(spans, "invoke_agent build").attributes).toMatchObject({
      "opencode.run.llm_calls": 4,
      "opencode.run.subagents": 1,
      "opencode.run.input_tokens": 700,
      "opencode.run.output_tokens": 85,
    })
  })

  test("two prompts in one session are two traces of one conversation", async () => {
    model.script("the first", [{ say: "One." }])
    model.script("the second", [{ say: "Two." }])
    const session = await server.createSession()
    await server.prompt(session.id, "the first")
    await server.prompt(session.id, "the second")

    const spans = await traces(
      session.id,
      "invoke_agent build opencode.run.trigger=prompt opencode.outcome=completed",
      '  chat fake-1 gen_ai.response.finish_reasons=["stop"]',
      "invoke_agent build opencode.run.trigger=prompt opencode.outcome=completed",
      '  chat fake-1 gen_ai.response.finish_reasons=["stop"]',
    )
    const roots = named(spans, "invoke_agent build")
    expect(new Set(roots.map((root) => root.traceId)).size).toBe(2)
    expect(new Set(roots.map((root) => root.attributes["opencode.message.id"])).size).toBe(2)
  })

  test("a failed request, and the prompt after it", async () => {
    model.script("refuse me", [{ status: 400, body: '{"error":{"message":"secret-words of the provider"}}' }])
    model.script("and now", [{ say: "Fine." }])
    const session = await server.createSession()
    await server.prompt(session.id, "refuse me")
    await server.prompt(session.id, "and now")

    await traces(
      session.id,
      "invoke_agent build ERROR (400) opencode.run.trigger=prompt opencode.outcome=error",
      '  chat fake-1 ERROR (400) gen_ai.response.finish_reasons=["error"]',
      "invoke_agent build opencode.run.trigger=prompt opencode.outcome=completed",
      '  chat fake-1 gen_ai.response.finish_reasons=["stop"]',
    )
    const sent = Buffer.concat(receiver.requests.map((request) => request.body)).toString("latin1")
    expect(sent).not.toContain("secret-words")
    expect(sent).not.toContain("refuse me")
  })

  test("no span but those, and not a word on OpenCode's output", async () => {
    expect(named(receiver.spans, "chat fake-small")).toEqual([])
    expect(receiver.faults).toEqual([])
    expect(server.stdout()).toMatch(
      /^Warning: OPENCODE_SERVER_PASSWORD is not set; server is unsecured.\nopencode server listening on http:\S+\n$/,
    )
    expect(server.stderr()).toBe("")
  })
})

describe("opencode run", () => {
  test("sends its trace before it exits, and prints what it prints without the plugin", async () => {
    const list = { name: "bash", args: { command: "ls", description: "list" } }
    model.script("run once", [{ calls: [list] }, { say: "Ran." }])
    const traced = await createWorkspace({ model })
    const plain = await createWorkspace({ model, plugins: [] })
    receiver.reset()
    const env = { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: receiver.tracesUrl }
    const result = await runOnce(traced, "run once", { env })
    const { exitCode, signal, stdout, stderr } = await runOnce(plain, "run once")
    await traced.remove()
    await plain.remove()

    expect(result).toMatchObject({ exitCode: 0, signal: null, stdout, stderr })
    expect({ exitCode, signal }).toEqual({ exitCode: 0, signal: null })
    expect(renderTree(receiver.spans)).toBe(
      ["invoke_agent build", "  chat fake-1", "  execute_tool bash", "  chat fake-1"].join("\n"),
    )
    assertSound(receiver.spans)
  }, 120_000)

  test("a failed request", async () => {
    model.script("run and fail", [{ status: 401 }])
    const workspace = await createWorkspace({ model })
    receiver.reset()
    const env = { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: receiver.tracesUrl }
    const result = await runOnce(workspace, "run and fail", { env })
    await workspace.remove()

    expect(result.exitCode).toBe(1)
    expect(renderTree(receiver.spans, { attributes: ["opencode.outcome"] })).toBe(
      ["invoke_agent build ERROR (401) opencode.outcome=error", "  chat fake-1 ERROR (401)"].join("\n"),
    )
    assertSound(receiver.spans)
  }, 120_000)
})
