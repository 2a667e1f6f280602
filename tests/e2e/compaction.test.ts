// The context is full: OpenCode replaces the history by a summary, by itself or when the user asks for it.
import { describe, expect, test } from "bun:test"
import { bash } from "../harness/scenarios/scenario.ts"
import { eventsOf, spanOf, useStage } from "./support/stage.ts"

const TINY = { providerID: "fake", modelID: "fake-tiny" }

const TOO_LONG = {
  status: 400,
  body: '{"error":{"message":"maximum context length is 12000 tokens","code":"context_length_exceeded"}}',
}

const stage = useStage()

describe("automatic compaction", () => {
  test("in mid-turn: one trace, with the compaction as a nested agent", async () => {
    const { server, model } = stage
    model.script("long work", [
      { say: "First.", calls: [bash("echo one")], usage: { prompt: 11_000, completion: 20 } },
      { say: "Second.", calls: [bash("echo two")] },
      { say: "All done." },
    ])
    model.script("short work", [{ say: "Short." }])
    const session = await server.createSession()
    const since = server.mark()
    await server.prompt(session.id, { text: "long work", model: TINY })
    await server.waitForIdle(session.id, since)
    await server.prompt(session.id, { text: "short work", model: TINY })

    const spans = await stage.traces(
      session.id,
      `
      invoke_agent build prompt completed
        * opencode.compaction
        chat fake-tiny tool_call
        execute_tool bash
        invoke_agent compaction compaction completed
          chat fake-tiny stop
        chat fake-tiny tool_call compacted
        execute_tool bash
        chat fake-tiny stop compacted
      invoke_agent build prompt completed
        chat fake-tiny stop compacted
      `,
    )
    const root = spanOf(spans, "invoke_agent build")
    expect(root.attributes).toMatchObject({
      "opencode.run.llm_calls": 4,
      "opencode.run.tool_calls": 2,
      "opencode.run.subagents": 0,
      "opencode.run.input_tokens": 11_000 + 50 + 100 + 100,
    })
    const compaction = spanOf(spans, "invoke_agent compaction")
    expect(root.events[0]?.timeMs).toBeGreaterThanOrEqual(compaction.startMs)
    expect(compaction.attributes["opencode.run.trigger"]).toBe("compaction")
    expect(compaction.attributes["opencode.run.llm_calls"]).toBe(1)
    expect(compaction.attributes["opencode.subagent.spawning_tool_call_id"]).toBeUndefined()
  })

  test("a request that is refused for its length marks its own chat alone when a compaction cures it", async () => {
    const { server, model } = stage
    model.script("too much", [{ ...TOO_LONG, failTimes: 1, say: "Now it fits." }])
    const session = await server.createSession()
    await server.prompt(session.id, { text: "too much", model: TINY })
    await stage.traces(
      session.id,
      `
      invoke_agent build prompt completed
        * opencode.compaction
        chat fake-tiny ERROR (ContextOverflowError) error
        invoke_agent compaction compaction completed
          chat fake-tiny stop
        chat fake-tiny stop compacted
      `,
    )
  })

  test("switched off, the refused request fails the run", async () => {
    const { model } = stage
    model.script("no way out", [TOO_LONG])
    const client = await stage.project("uncompacted", { config: { compaction: { auto: false } } })
    const session = await client.createSession()
    await client.prompt(session.id, { text: "no way out", model: TINY })
    await stage.traces(
      session.id,
      `
      invoke_agent build ERROR (ContextOverflowError) prompt error
        chat fake-tiny ERROR (ContextOverflowError) error
      `,
    )
  })
})

describe("compaction that the user asks for", () => {
  test("is a root of its own, and later chats know of it", async () => {
    const { server, model } = stage
    model.script("first", [{ calls: [bash("echo one")] }, { say: "One." }])
    model.script("second", [{ say: "Two." }])
    const session = await server.createSession()
    await server.prompt(session.id, "first")
    await server.waitForIdle(session.id)
    await server.summarize(session.id)
    await server.prompt(session.id, "second")
    const spans = await stage.traces(
      session.id,
      `
      invoke_agent build prompt completed
        chat fake-1 tool_call
        execute_tool bash
        chat fake-1 stop
      invoke_agent compaction compaction completed
        * opencode.compaction
        chat fake-1 stop
      invoke_agent build prompt completed
        chat fake-1 stop compacted
      `,
    )
    const compaction = spanOf(spans, "invoke_agent compaction")
    expect(compaction.parentSpanId).toBeUndefined()
    expect(eventsOf(compaction, "opencode.compaction")).toEqual([{}])
  })

  test("that fails is an error, and the next prompt makes up for it", async () => {
    const { server, model } = stage
    model.script("before it", [{ say: "Before." }])
    model.script("after it", [{ say: "After." }])
    const session = await server.createSession()
    await server.prompt(session.id, "before it")
    await server.waitForIdle(session.id)
    model.summary({ status: 400, failTimes: 1 })
    await server.summarize(session.id).catch(() => {})
    await server.prompt(session.id, "after it")
    const spans = await stage.traces(
      session.id,
      `
      invoke_agent build prompt completed
        chat fake-1 stop
      invoke_agent compaction ERROR (400) compaction error
        chat fake-1 ERROR (400) error
      invoke_agent build prompt completed
        * opencode.compaction
        chat fake-1 stop
      `,
    )
    // OpenCode 1.18 takes the summary, which it now makes in the prompt's name, for the prompt's answer.
    expect(spanOf(spans, "chat fake-1", 2).attributes["gen_ai.agent.name"]).toBe("compaction")
  })
})
