import { afterEach, beforeEach, describe, expect, test } from "bun:test"
import type { Failure } from "../../../src/runs/facts.ts"
import { CANCELLED, lines, Stage, TOOL_ERROR } from "../../support/stage.ts"

const ABORT: Failure = { kind: "interrupted" }
const ERROR: Failure = { kind: "error", type: "500" }

let stage: Stage
beforeEach(() => {
  stage = new Stage()
})
afterEach(() => {
  expect(stage.tracer.faults).toEqual([])
  expect(stage.tracer.open).toEqual([])
})

function outcome(messageId = "m1"): string {
  const { attributes, status } = stage.run(messageId)
  return `${attributes["opencode.outcome"]} ${status.code === 2 ? attributes["error.type"] : "no error"}`
}

describe("how a run ended", () => {
  test("in an error that nothing followed", () => {
    stage.prompt("m1").step("a1", "m1").model.sessionFailed("s", ERROR)
    stage.idle().update("a1", { completedAt: stage.clock.now(), failure: ERROR })
    expect(outcome()).toBe("error 500")
  })

  test("after an error that it recovered from", () => {
    stage.prompt("m1").step("a1", "m1").model.sessionFailed("s", ERROR)
    stage.update("a1", { completedAt: stage.clock.now(), failure: ERROR }).whole("a2", "m1").idle()
    expect(outcome()).toBe("completed no error")
    expect(stage.tracer.spans[1]?.attributes["error.type"]).toBe("500")
  })

  test("well, whatever the session reported beside it", () => {
    stage.prompt("m1").step("a1", "m1").text("a1").model.sessionFailed("s", ERROR)
    stage.finish("a1").idle()
    expect(outcome()).toBe("completed no error")
  })

  test("by an abort: no error, neither on the run nor on its request", () => {
    stage.prompt("m1").step("a1", "m1").text("a1").model.sessionFailed("s", ABORT)
    stage.idle().update("a1", { completedAt: stage.clock.now(), failure: ABORT })
    expect(stage.tree({ attributes: ["opencode.outcome", "gen_ai.response.finish_reasons"] })).toBe(lines`
      invoke_agent build opencode.outcome=interrupted
        chat fake-1 gen_ai.response.finish_reasons=["error"]
    `)
  })

  test("by an abort while a tool runs, which reports a normal end", () => {
    stage.prompt("m1").step("a1", "m1").text("a1").call("p1", "a1").model.sessionFailed("s", ABORT)
    stage.idle().at(5).called("p1", "a1").finish("a1", { finish: "tool-calls" })
    expect(stage.tree({ attributes: ["opencode.outcome"] })).toBe(lines`
      invoke_agent build opencode.outcome=interrupted
        chat fake-1
        execute_tool bash ERROR (cancelled)
    `)
  })

  test("by an abort that only the tool tells of", () => {
    stage.busy().stored("m1").model.promptOriginSeen("m1", "shell")
    stage.assistant("a1", "m1").call("p1", "a1").update("a1", { completedAt: stage.clock.now() })
    stage.called("p1", "a1", { outcome: CANCELLED }).idle()
    expect(outcome()).toBe("interrupted no error")
  })

  test("well, although a stream broke while a command ran, which OpenCode killed before it tried again", () => {
    stage.prompt("m1").step("a1", "m1").text("a1").call("p1", "a1")
    stage
      .called("p1", "a1", { outcome: CANCELLED })
      .model.sessionRetried("s", { attempt: 1, next: undefined })
    stage
      .at(10)
      .request("m1")
      .call("p2", "a1")
      .at(20)
      .called("p2", "a1")
      .finish("a1", { finish: "tool-calls" })
    stage.whole("a2", "m1").idle()
    expect(stage.tree({ attributes: ["opencode.outcome"] })).toBe(lines`
      invoke_agent build opencode.outcome=completed
        chat fake-1
        execute_tool bash ERROR (cancelled)
        execute_tool bash
        chat fake-1
    `)
  })

  test("by an abort that nothing tells of, while OpenCode waited to try again", () => {
    stage.prompt("m1").step("a1", "m1").model.sessionRetried("s", { attempt: 1, next: undefined })
    stage.idle().update("a1", { completedAt: stage.clock.now() })
    expect(outcome()).toBe("interrupted no error")
    expect(stage.tracer.one("chat fake-1").attributes["gen_ai.response.finish_reasons"]).toEqual(["error"])
  })

  test("well, although a tool failed", () => {
    stage
      .prompt("m1")
      .step("a1", "m1")
      .text("a1")
      .call("p1", "a1")
      .called("p1", "a1", { outcome: TOOL_ERROR })
    stage.finish("a1", { finish: "tool-calls" }).whole("a2", "m1").idle()
    expect(outcome()).toBe("completed no error")
  })

  test("the prompt after an abort knows nothing of it", () => {
    stage.prompt("m1").step("a1", "m1").model.sessionFailed("s", ABORT)
    stage.idle().update("a1", { completedAt: stage.clock.now(), failure: ABORT })
    stage.at(10).prompt("m2").whole("a2", "m2").idle()
    expect(outcome("m1")).toBe("interrupted no error")
    expect(outcome("m2")).toBe("completed no error")
    expect(stage.run("m2").spanContext().traceId).not.toBe(stage.run("m1").spanContext().traceId)
  })

  test("a prompt that failed behind a finished one is not the finished one's failure", () => {
    stage.prompt("m1").step("a1", "m1").prompt("m2").text("a1").finish("a1")
    stage.model.sessionFailed("s", { kind: "error", type: "ModelNotFoundError" })
    stage.idle()
    expect(outcome("m1")).toBe("completed no error")
    expect(outcome("m2")).toBe("error ModelNotFoundError")
  })

  test("an abort with a prompt in the queue is the abort of what ran", () => {
    stage
      .prompt("m1")
      .step("a1", "m1")
      .text("a1")
      .call("p1", "a1")
      .prompt("m2")
      .model.sessionFailed("s", ABORT)
    stage.idle().called("p1", "a1").finish("a1", { finish: "tool-calls" })
    expect(outcome("m1")).toBe("interrupted no error")
    expect(stage.tracer.spans.map((span) => span.name)).not.toContain("invoke_agent m2")
    expect(stage.model.sizes.announced).toBe(1)
  })
})

describe("what a run adds up to", () => {
  test("tokens, cost and counts of everything beneath it", () => {
    stage.prompt("m1").step("a1", "m1").text("a1").task("p1", "a1", "c").call("p2", "a1").called("p2", "a1")
    const where = { sessionId: "c", agent: "explore" }
    stage
      .prompt("m2", where)
      .step("b1", "m2", where)
      .model.sessionRetried("c", { attempt: 1, next: undefined })
    stage.request("m2", where).text("b1").call("p3", "b1").called("p3", "b1")
    stage
      .finish("b1", { tokens: { input: 10, cacheRead: 30, output: 3, reasoning: 4 }, cost: 0.25 })
      .idle("c")
    stage.called("p1", "a1", { tool: "task" })
    stage.finish("a1", { finish: "tool-calls", tokens: { input: 100, output: 20 }, cost: 0.5 })
    stage.whole("a2", "m1", {}, { tokens: { input: 200, output: 1 }, cost: 1 }).idle()
    const totals = (messageId: string) =>
      Object.entries(stage.run(messageId).attributes).filter(([key]) => key.startsWith("opencode.run."))
    expect(Object.fromEntries(totals("m1"))).toEqual({
      "opencode.run.trigger": "prompt",
      "opencode.run.llm_calls": 3,
      "opencode.run.tool_calls": 2,
      "opencode.run.subagents": 1,
      "opencode.run.retries": 1,
      "opencode.run.input_tokens": 340,
      "opencode.run.output_tokens": 28,
      "opencode.run.cost": 1.75,
    })
    expect(Object.fromEntries(totals("m2"))).toEqual({
      "opencode.run.trigger": "subagent",
      "opencode.run.llm_calls": 1,
      "opencode.run.tool_calls": 1,
      "opencode.run.subagents": 0,
      "opencode.run.retries": 1,
      "opencode.run.input_tokens": 40,
      "opencode.run.output_tokens": 7,
      "opencode.run.cost": 0.25,
    })
    const usage = Object.keys(stage.run("m1").attributes).filter((key) => key.startsWith("gen_ai.usage"))
    expect(usage).toEqual([])
  })

  test("a cost of 0 is told of a priced model, and is unknown of another", () => {
    const tokens = { input: 10, output: 1 }
    stage
      .prompt("m1")
      .assistant("a1", "m1")
      .request("m1", { priced: true })
      .text("a1")
      .finish("a1", { tokens, cost: 0 })
    stage.idle()
    stage
      .prompt("m2")
      .assistant("a2", "m2")
      .request("m2", { priced: false })
      .text("a2")
      .finish("a2", { tokens, cost: 0 })
    stage.idle()
    const costs = stage.tracer.spans.map((span) => [
      span.attributes["opencode.cost"],
      span.attributes["opencode.run.cost"],
    ])
    expect(costs).toEqual([
      [undefined, 0],
      [0, undefined],
      [undefined, undefined],
      [undefined, undefined],
    ])
  })

  test("the session's cost is on roots alone, and counts the steps that OpenCode has not summed yet", () => {
    stage.session("s", { cost: 2 }).prompt("m1").step("a1", "m1").text("a1").task("p1", "a1", "c")
    const where = { sessionId: "c", agent: "explore" }
    stage.session("c", { cost: 7 })
    stage
      .prompt("m2", where)
      .whole("b1", "m2", where, { cost: 0.5 })
      .idle("c")
      .called("p1", "a1", { tool: "task" })
    stage.finish("a1", { finish: "tool-calls", cost: 1 }).whole("a2", "m1", {}, { cost: 0.25 }).idle()
    expect(stage.run("m1").attributes["opencode.session.cost"]).toBe(3.25)
    expect(stage.run("m2").attributes["opencode.session.cost"]).toBeUndefined()
    stage.session("s", { cost: 3.25, created: false }).prompt("m3").whole("a3", "m3", {}, { cost: 1 }).idle()
    expect(stage.run("m3").attributes["opencode.session.cost"]).toBe(4.25)
  })

  test("OpenCode's version is the running one's, also in a session that an older one made", () => {
    stage.session("old", { version: "1.17.0", created: false }).session("s", { version: "1.18.33" })
    stage.prompt("m1", { sessionId: "old" }).whole("a1", "m1", { sessionId: "old" }).idle("old")
    expect(stage.run("m1").attributes["gen_ai.agent.version"]).toBe("1.18.33")
  })
})
