// The core on the real OpenCode, as a server: one trace per prompt, with exactly the spans, tokens and costs that there were.
import { expect, test } from "bun:test"
import { version } from "../../package.json"
import type { ReceivedSpan } from "../harness/otlp-receiver.ts"
import type { Usage } from "../harness/scripted-model.ts"
import { spanOf, useStage } from "./support/stage.ts"

const stage = useStage()

const named = (spans: ReceivedSpan[], name: string) => spans.filter((span) => span.name === name)

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

test("a plain turn", async () => {
  const usage = { prompt: 102, completion: 20, cached: 40, reasoning: 7 }
  stage.model.script("say hello", [{ think: "a greeting", say: "Hello there.", usage }])
  const session = await stage.server.createSession()
  const answer = await stage.server.prompt(session.id, "Please say hello.")

  const spans = await stage.traces(
    session.id,
    `
        invoke_agent build prompt completed
          chat fake-1 stop
      `,
  )
  const [root, chat] = [spanOf(spans, "invoke_agent build"), spanOf(spans, "chat fake-1")]
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
  stage.model.script("two at once", [
    { calls: [slow, read], usage: usages[0] },
    { say: "Both done.", usage: usages[1] },
  ])
  const session = await stage.server.createSession()
  await stage.server.prompt(session.id, "two at once")

  const spans = await stage.traces(
    session.id,
    `
        invoke_agent build prompt completed
          chat fake-1 tool_call
          execute_tool bash
          execute_tool read
          chat fake-1 stop
      `,
  )
  const [asking, answering] = named(spans, "chat fake-1")
  const [bash, readme] = [spanOf(spans, "execute_tool bash"), spanOf(spans, "execute_tool read")]
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
  stage.model.script("delegate it", [
    { calls: [{ name: "task", args: task }], usage: usages[0] },
    { say: "Counted.", usage: usages[3] },
  ])
  stage.model.script("count the files", [
    { calls: [list], usage: usages[1] },
    { say: "There are two.", usage: usages[2] },
  ])
  const session = await stage.server.createSession()
  await stage.server.prompt(session.id, "delegate it")

  const spans = await stage.traces(
    session.id,
    `
        invoke_agent build prompt completed
          chat fake-1 tool_call
          invoke_agent general subagent completed
            chat fake-1 tool_call
            execute_tool bash
            chat fake-1 stop
          chat fake-1 stop
      `,
  )
  expectUsage(named(spans, "chat fake-1"), usages)
  const child = (await stage.server.children(session.id))[0]
  const call = (await stage.server.messages(session.id))
    .flatMap((message) => message.parts)
    .find((part) => part.tool === "task")
  expect(spanOf(spans, "invoke_agent general").attributes).toMatchObject({
    "opencode.subagent.spawning_tool_call_id": call?.callID,
    "opencode.session.id": child?.id,
    "opencode.session.parent_id": session.id,
    "opencode.run.llm_calls": 2,
    "opencode.run.tool_calls": 1,
  })
  expect(spanOf(spans, "invoke_agent build").attributes).toMatchObject({
    "opencode.run.llm_calls": 4,
    "opencode.run.subagents": 1,
    "opencode.run.input_tokens": 700,
    "opencode.run.output_tokens": 85,
  })
})

test("two prompts in one session are two traces of one conversation", async () => {
  stage.model.script("the first", [{ say: "One." }])
  stage.model.script("the second", [{ say: "Two." }])
  const session = await stage.server.createSession()
  await stage.server.prompt(session.id, "the first")
  await stage.server.prompt(session.id, "the second")

  const spans = await stage.traces(
    session.id,
    `
        invoke_agent build prompt completed
          chat fake-1 stop
        invoke_agent build prompt completed
          chat fake-1 stop
      `,
  )
  const roots = named(spans, "invoke_agent build")
  expect(new Set(roots.map((root) => root.traceId)).size).toBe(2)
  expect(new Set(roots.map((root) => root.attributes["opencode.message.id"])).size).toBe(2)
})

test("a failed request, and the prompt after it", async () => {
  stage.model.script("refuse me", [
    { status: 400, body: '{"error":{"message":"secret-words of the provider"}}' },
  ])
  stage.model.script("and now", [{ say: "Fine." }])
  const session = await stage.server.createSession()
  await stage.server.prompt(session.id, "refuse me")
  await stage.server.prompt(session.id, "and now")

  await stage.traces(
    session.id,
    `
        invoke_agent build ERROR (400) prompt error
          chat fake-1 ERROR (400) error
        invoke_agent build prompt completed
          chat fake-1 stop
      `,
  )
  const sent = Buffer.concat(stage.receiver.requests.map((request) => request.body)).toString("latin1")
  expect(sent).not.toContain("secret-words")
  expect(sent).not.toContain("refuse me")
})
