import { afterEach, beforeEach, describe, expect, test } from "bun:test"
import { CANCELLED, DENIED, lines, Stage, T0, TOOL_ERROR } from "../../support/stage.ts"

const EXPLORE = { agent: "explore" }

let stage: Stage
beforeEach(() => {
  stage = new Stage()
})
afterEach(() => {
  expect(stage.tracer.faults).toEqual([])
  expect(stage.tracer.open).toEqual([])
})

/** A subagent's whole work in its session, up to its idle. */
function works(sessionId: string, messageId: string): Stage {
  const where = { sessionId, ...EXPLORE }
  return stage.prompt(messageId, where).whole(`${messageId}-a`, messageId, where).idle(sessionId)
}

describe("subagents", () => {
  test("stand in the place of their call, with its id, and belong to the conversation of the root", () => {
    stage.session("c", { parentId: "s", createdAt: T0 })
    stage.prompt("m1").step("a1", "m1").text("a1").task("p1", "a1", "c").at(10)
    works("c", "m2").at(20).called("p1", "a1", { tool: "task" }).finish("a1", { finish: "tool-calls" })
    stage.at(30).whole("a2", "m1").at(40).idle()
    expect(
      stage.tree({ attributes: ["opencode.subagent.spawning_tool_call_id", "gen_ai.conversation.id"] }),
    ).toBe(lines`
      invoke_agent build gen_ai.conversation.id=s
        chat fake-1 gen_ai.conversation.id=s
        invoke_agent explore opencode.subagent.spawning_tool_call_id=call-p1 gen_ai.conversation.id=s
          chat fake-1 gen_ai.conversation.id=s
        chat fake-1 gen_ai.conversation.id=s
    `)
    const nested = stage.run("m2")
    expect(nested.attributes).toMatchObject({ "opencode.session.id": "c", "opencode.session.parent_id": "s" })
    expect([nested.startMs, nested.endMs]).toEqual([T0 + 10, T0 + 20])
    expect(stage.rootsEnded).toBe(1)
  })

  test("in parallel each come under their own call", () => {
    stage.prompt("m1").step("a1", "m1").text("a1")
    for (const n of [1, 2, 3, 4, 5]) stage.at(n).task(`p${n}`, "a1", `c${n}`)
    for (const n of [3, 1, 5, 2, 4]) stage.at(10 * n).prompt(`m-c${n}`, { sessionId: `c${n}`, ...EXPLORE })
    for (const n of [2, 4, 1, 3, 5]) {
      const where = { sessionId: `c${n}`, ...EXPLORE }
      stage.whole(`a-c${n}`, `m-c${n}`, where).idle(`c${n}`).called(`p${n}`, "a1", { tool: "task" })
    }
    stage.finish("a1", { finish: "tool-calls" }).whole("a2", "m1").idle()
    for (const n of [1, 2, 3, 4, 5]) {
      const nested = stage.run(`m-c${n}`)
      expect(nested.parent).toEqual(stage.run("m1").spanContext())
      expect(nested.attributes["opencode.subagent.spawning_tool_call_id"]).toBe(`call-p${n}`)
    }
    expect(stage.run("m1").attributes["opencode.run.subagents"]).toBe(5)
  })

  test("nest, and their totals add up to the root", () => {
    stage.prompt("m1").step("a1", "m1").text("a1").task("p1", "a1", "c")
    stage
      .prompt("m2", { sessionId: "c", ...EXPLORE })
      .step("b1", "m2", { sessionId: "c", ...EXPLORE })
      .text("b1")
    stage.task("p2", "b1", "d")
    works("d", "m3").called("p2", "b1", { tool: "task" }).finish("b1", { finish: "tool-calls" }).idle("c")
    stage.called("p1", "a1", { tool: "task" }).finish("a1").idle()
    expect(stage.tree({ attributes: ["opencode.run.subagents", "opencode.run.llm_calls"] })).toBe(lines`
      invoke_agent build opencode.run.subagents=2 opencode.run.llm_calls=3
        chat fake-1
        invoke_agent explore opencode.run.subagents=1 opencode.run.llm_calls=2
          chat fake-1
          invoke_agent explore opencode.run.subagents=0 opencode.run.llm_calls=1
            chat fake-1
    `)
  })

  test("resumed by a later call hang under that call's run", () => {
    stage.prompt("m1").step("a1", "m1").text("a1").task("p1", "a1", "c")
    works("c", "m2").called("p1", "a1", { tool: "task" }).finish("a1").idle()
    stage.at(100).prompt("m3").step("a2", "m3").text("a2").task("p2", "a2", "c")
    works("c", "m4").called("p2", "a2", { tool: "task" }).finish("a2").idle()
    expect(stage.run("m4").parent).toEqual(stage.run("m3").spanContext())
    expect(stage.run("m4").attributes["opencode.subagent.spawning_tool_call_id"]).toBe("call-p2")
    expect(stage.rootsEnded).toBe(2)
  })

  test("resumed twice in one answer come each under its own call", () => {
    stage.prompt("m1").step("a1", "m1").text("a1").task("p1", "a1", "c").task("p2", "a1", "c")
    works("c", "m2")
    works("c", "m3").called("p1", "a1", { tool: "task" }).called("p2", "a1", { tool: "task" })
    stage.finish("a1").idle()
    expect(
      ["m2", "m3"].map((id) => stage.run(id).attributes["opencode.subagent.spawning_tool_call_id"]),
    ).toEqual(["call-p1", "call-p2"])
  })

  test("of two calls into one session come each under its own call, also when the first is over before", () => {
    stage.prompt("m1").step("a1", "m1").text("a1").task("p1", "a1", "c").task("p2", "a1", "c")
    works("c", "m2").called("p1", "a1", { tool: "task" })
    works("c", "m3").called("p2", "a1", { tool: "task" })
    stage.finish("a1").idle()
    expect(
      ["m2", "m3"].map((id) => stage.run(id).attributes["opencode.subagent.spawning_tool_call_id"]),
    ).toEqual(["call-p1", "call-p2"])
  })

  test("that said nothing fail with their call", () => {
    stage.prompt("m1").step("a1", "m1").text("a1").task("p1", "a1", "c")
    const where = { sessionId: "c", ...EXPLORE }
    stage.prompt("m2", where).whole("b1", "m2", where, { finish: "tool-calls" })
    stage.called("p1", "a1", { tool: "task", outcome: TOOL_ERROR }).finish("a1").idle()
    expect(stage.tree({ attributes: ["opencode.outcome"] })).toBe(lines`
      invoke_agent build opencode.outcome=completed
        chat fake-1
        invoke_agent explore ERROR (tool_error) opencode.outcome=error
          chat fake-1
    `)
  })

  test("whose session the user prompts himself are roots of their own", () => {
    stage.prompt("m1").step("a1", "m1").text("a1").task("p1", "a1", "c")
    works("c", "m2").called("p1", "a1", { tool: "task" }).finish("a1").idle()
    works("c", "m3")
    expect(stage.run("m3").parent).toBeUndefined()
    expect(stage.run("m3").attributes["opencode.run.trigger"]).toBe("prompt")
  })

  test("that end first wait for their call: its end is theirs", () => {
    stage.prompt("m1").step("a1", "m1").text("a1").task("p1", "a1", "c")
    works("c", "m2")
    expect(stage.run("m2").endMs).toBeUndefined()
    stage.at(30).called("p1", "a1", { tool: "task" })
    expect(stage.run("m2").endMs).toBe(T0 + 30)
    stage.finish("a1").idle()
  })

  test("idle or failing, never end the run that spawned them", () => {
    stage.prompt("m1").step("a1", "m1").text("a1").task("p1", "a1", "c")
    const where = { sessionId: "c", ...EXPLORE }
    stage.prompt("m2", where).step("b1", "m2", where).model.sessionFailed("c", { kind: "error", type: "400" })
    stage
      .at(10)
      .idle("c")
      .update("b1", { completedAt: T0 + 10, failure: { kind: "error", type: "400" } })
    stage
      .at(20)
      .called("p1", "a1", { tool: "task", outcome: TOOL_ERROR })
      .finish("a1", { finish: "tool-calls" })
    expect(stage.run("m1").endMs).toBeUndefined()
    stage.at(30).whole("a2", "m1").idle()
    expect(stage.tree({ attributes: ["opencode.outcome"] })).toBe(lines`
      invoke_agent build opencode.outcome=completed
        chat fake-1
        invoke_agent explore ERROR (400) opencode.outcome=error
          chat fake-1 ERROR (400)
        chat fake-1
    `)
  })

  test("cut off by an abort are interrupted, as the whole chain above them is", () => {
    stage.prompt("m1").step("a1", "m1").text("a1").task("p1", "a1", "c")
    const where = { sessionId: "c", ...EXPLORE }
    stage.prompt("m2", where).step("b1", "m2", where).call("p2", "b1")
    stage.at(10).model.sessionFailed("c", { kind: "interrupted" })
    stage.idle("c").called("p1", "a1", { tool: "task", outcome: CANCELLED })
    stage.called("p2", "b1", { outcome: CANCELLED })
    stage.update("b1", { completedAt: T0 + 10, failure: { kind: "interrupted" } })
    stage.model.sessionFailed("s", { kind: "interrupted" })
    stage
      .idle()
      .at(20)
      .update("a1", { completedAt: T0 + 20, failure: { kind: "interrupted" } })
    expect(stage.tree({ attributes: ["opencode.outcome"] })).toBe(lines`
      invoke_agent build opencode.outcome=interrupted
        chat fake-1
        invoke_agent explore opencode.outcome=interrupted
          chat fake-1
          execute_tool bash ERROR (cancelled)
    `)
  })

  test("working on in the background outlive their call; the run above waits for them", () => {
    stage.prompt("m1").step("a1", "m1").text("a1").task("p1", "a1", "c")
    const where = { sessionId: "c", ...EXPLORE }
    stage.prompt("m2", where).step("b1", "m2", where)
    stage
      .at(10)
      .called("p1", "a1", { tool: "task", background: true, childSessionId: "c" })
      .finish("a1")
      .idle()
    expect(stage.tracer.open.map((span) => span.name)).toEqual([
      "invoke_agent build",
      "invoke_agent explore",
      "chat fake-1",
    ])
    stage.at(60_000).text("b1").finish("b1").idle("c")
    expect(stage.run("m2").endMs).toBe(T0 + 60_000)
    expect(stage.run("m1").endMs).toBe(T0 + 60_000)
  })
})

describe("a task call without a subagent", () => {
  test("that was refused stays a call", () => {
    stage.prompt("m1").step("a1", "m1").text("a1").call("p1", "a1", { tool: "task" })
    stage.at(10).called("p1", "a1", { tool: "task", outcome: DENIED }).finish("a1").idle()
    expect(stage.tree()).toBe(lines`
      invoke_agent build
        chat fake-1
        execute_tool task ERROR (permission_denied)
    `)
    expect(stage.tracer.one("execute_tool task").startMs).toBe(T0)
  })

  test("whose subagent never worked stays a call", () => {
    stage.prompt("m1").step("a1", "m1").text("a1").task("p1", "a1", "c").prompt("m2", { sessionId: "c" })
    stage.at(10).called("p1", "a1", { tool: "task", outcome: TOOL_ERROR }).finish("a1").idle()
    expect(stage.tree({ attributes: ["opencode.run.subagents"] })).toBe(lines`
      invoke_agent build opencode.run.subagents=0
        chat fake-1
        execute_tool task ERROR (tool_error)
    `)
  })

  test("a subagent that begins after its call ended still lands in the trace", () => {
    stage.prompt("m1").step("a1", "m1").text("a1").task("p1", "a1", "c").prompt("m2", { sessionId: "c" })
    stage.at(10).called("p1", "a1", { tool: "task", outcome: CANCELLED }).finish("a1").idle()
    stage.at(20).whole("b1", "m2", { sessionId: "c" }).idle("c")
    expect(stage.run("m2").parent).toEqual(stage.run("m1").spanContext())
  })

  test("another tool that names a session keeps its span and holds the subagent", () => {
    stage.prompt("m1").step("a1", "m1").text("a1").at(5).call("p1", "a1", { tool: "delegate" })
    stage.call("p1", "a1", { tool: "delegate", childSessionId: "c" })
    works("c", "m2").at(10).called("p1", "a1", { tool: "delegate" }).finish("a1").idle()
    expect(stage.tree()).toBe(lines`
      invoke_agent build
        chat fake-1
        execute_tool delegate
          invoke_agent explore
            chat fake-1
    `)
  })
})

describe("a subagent that comes late", () => {
  test("of a run that has ended is in its trace and its conversation, whatever is known of the session by then", () => {
    stage.prompt("m1").step("a1", "m1").text("a1").task("p1", "a1", "c")
    works("c", "m2").called("p1", "a1", { tool: "task" }).finish("a1").idle()
    stage.whole("late", "m2", { sessionId: "c" }).at(60_000)
    const late = stage.tracer.spans.at(-1)
    expect(late?.parent).toEqual(stage.run("m2").spanContext())
    expect(late?.attributes["gen_ai.conversation.id"]).toBe("s")
  })

  test("of a run that was never known is a root of its own, marked", () => {
    stage.task("p1", "nowhere", "c")
    works("c", "m2").called("p1", "nowhere", { tool: "task" })
    expect(stage.run("m2").parent).toBeUndefined()
    expect(stage.run("m2").attributes["opencode.orphan_reason"]).toBe("unknown_run")
  })
})

describe("a subtask, which no model asked for", () => {
  test("has no request of its own before the synthetic message goes on", () => {
    stage.prompt("m1").assistant("h", "m1", EXPLORE).task("p1", "h", "c")
    stage.update("h", { completedAt: T0 })
    works("c", "m2").at(10).called("p1", "h", { tool: "task" }).stored("m1b").at(20).whole("a1", "m1b").idle()
    expect(stage.tree({ attributes: ["opencode.run.llm_calls"] })).toBe(lines`
      invoke_agent build opencode.run.llm_calls=2
        invoke_agent explore opencode.run.llm_calls=1
          chat fake-1
        chat fake-1
    `)
  })
})
