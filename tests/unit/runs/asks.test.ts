import { afterEach, beforeEach, describe, expect, test } from "bun:test"
import { CANCELLED, DENIED, lines, Stage, T0, TOOL_ERROR } from "../../support/stage.ts"

let stage: Stage
beforeEach(() => {
  stage = new Stage()
  stage.prompt("m1").step("a1", "m1").text("a1")
})
afterEach(() => {
  expect(stage.tracer.faults).toEqual([])
  expect(stage.tracer.open).toEqual([])
  expect(stage.model.sizes.asks).toBe(0)
})

describe("permissions", () => {
  test("asked and granted while the call runs: two events, each at its time, and the wait", () => {
    stage.at(10).call("p1", "a1").at(20).asks("r1", "p1", "a1").at(120).reply("r1").at(130).called("p1", "a1")
    stage.finish("a1").idle()
    const call = stage.tracer.one("execute_tool bash")
    expect(call.events).toEqual([
      { name: "opencode.permission.asked", attributes: { permission: "bash" }, timeMs: T0 + 20 },
      {
        name: "opencode.permission.replied",
        attributes: { permission: "bash", reply: "once", wait_ms: 100 },
        timeMs: T0 + 120,
      },
    ])
    expect(call.attributes["opencode.permission.wait_ms"]).toBe(100)
    expect(call.status.code).toBe(0)
  })

  test("asked before the call is known are its own from its first snapshot on", () => {
    stage.at(10).asks("r1", "p1", "a1").at(20).call("p1", "a1", { status: "pending" }).at(30).call("p1", "a1")
    stage.at(110).reply("r1", "always").called("p1", "a1").finish("a1").idle()
    const call = stage.tracer.one("execute_tool bash")
    expect(call.events.map((event) => [event.name, event.timeMs])).toEqual([
      ["opencode.permission.asked", T0 + 10],
      ["opencode.permission.replied", T0 + 110],
    ])
    expect(call.attributes["opencode.permission.wait_ms"]).toBe(100)
  })

  test("several asks of one call add up", () => {
    stage.call("p1", "a1").asks("r1", "p1", "a1").at(10).reply("r1").asks("r2", "p1", "a1").at(40).reply("r2")
    stage.called("p1", "a1").finish("a1").idle()
    expect(stage.tracer.one("execute_tool bash").attributes["opencode.permission.wait_ms"]).toBe(40)
  })

  test("rejected: the call failed for that reason whatever its error says, and the run was rejected", () => {
    stage.call("p1", "a1").asks("r1", "p1", "a1").at(10).reply("r1", "reject")
    stage.called("p1", "a1", { outcome: TOOL_ERROR }).finish("a1", { finish: "tool-calls" }).idle()
    expect(stage.tree({ attributes: ["opencode.outcome"] })).toBe(lines`
      invoke_agent build opencode.outcome=rejected
        chat fake-1
        execute_tool bash ERROR (permission_denied)
    `)
  })

  test("rejected, but the model goes on: the run is completed", () => {
    stage
      .call("p1", "a1")
      .asks("r1", "p1", "a1")
      .reply("r1", "reject")
      .called("p1", "a1", { outcome: DENIED })
    stage.finish("a1", { finish: "tool-calls" }).at(10).whole("a2", "m1").idle()
    expect(stage.run("m1").attributes["opencode.outcome"]).toBe("completed")
  })

  test("denied by a rule nobody was asked for, and the run goes on", () => {
    stage.call("p1", "a1").called("p1", "a1", { outcome: DENIED }).finish("a1", { finish: "tool-calls" })
    stage.whole("a2", "m1").idle()
    const call = stage.tracer.one("execute_tool bash")
    expect(call.attributes["opencode.permission.wait_ms"]).toBeUndefined()
    expect(call.attributes["error.type"]).toBe("permission_denied")
    expect(stage.run("m1").attributes["opencode.outcome"]).toBe("completed")
  })

  test("abandoned by an abort: the wait counts, nobody rejected anything", () => {
    stage.call("p1", "a1").asks("r1", "p1", "a1").at(50).model.sessionFailed("s", { kind: "interrupted" })
    stage.idle().update("a1", { completedAt: T0 + 50, failure: { kind: "interrupted" } })
    stage.at(350).called("p1", "a1", { outcome: CANCELLED })
    const call = stage.tracer.one("execute_tool bash")
    expect(call.events.map((event) => event.name)).toEqual(["opencode.permission.asked"])
    expect(call.attributes).toMatchObject({ "error.type": "cancelled", "opencode.permission.wait_ms": 350 })
    expect(stage.run("m1").attributes["opencode.outcome"]).toBe("interrupted")
  })

  test("still open when the call is given up are over with it; a late answer changes nothing", () => {
    stage.call("p1", "a1").asks("r1", "p1", "a1").at(50).idle().at(10_000).reply("r1", "reject")
    const call = stage.tracer.one("execute_tool bash")
    expect(call.attributes).toMatchObject({
      "opencode.orphan_reason": "unfinished",
      "opencode.permission.wait_ms": 50,
    })
    expect(stage.run("m1").attributes["opencode.outcome"]).toBe("completed")
  })

  test("for no call belong to the run", () => {
    stage.at(10).asks("r1", "-", "-", { call: undefined, permission: "doom_loop" }).at(30).reply("r1")
    stage.finish("a1").idle()
    expect(stage.run("m1").events).toEqual([
      { name: "opencode.permission.asked", attributes: { permission: "doom_loop" }, timeMs: T0 + 10 },
      {
        name: "opencode.permission.replied",
        attributes: { permission: "doom_loop", reply: "once", wait_ms: 20 },
        timeMs: T0 + 30,
      },
    ])
  })

  test("for no call, answered after the run has ended, change nothing", () => {
    stage.asks("r1", "-", "-", { call: undefined }).finish("a1").idle().at(10).reply("r1", "reject")
    expect(stage.run("m1").events.map((event) => event.name)).toEqual(["opencode.permission.asked"])
    expect(stage.run("m1").attributes["opencode.outcome"]).toBe("completed")
  })

  test("of a task call are the subagent's: events, wait and all", () => {
    stage.at(10).task("p1", "a1", "c").asks("r1", "p1", "a1", { permission: "task" }).at(60).reply("r1")
    const where = { sessionId: "c", agent: "explore" }
    stage.at(70).prompt("m2", where).whole("b1", "m2", where).idle("c").called("p1", "a1", { tool: "task" })
    stage.finish("a1").idle()
    const nested = stage.run("m2")
    expect(nested.events.map((event) => event.name)).toEqual([
      "opencode.permission.asked",
      "opencode.permission.replied",
    ])
    expect(nested.attributes["opencode.permission.wait_ms"]).toBe(50)
    expect(stage.run("m1").events).toEqual([])
  })

  test("inside of a subagent stay there", () => {
    stage.task("p1", "a1", "c")
    const where = { sessionId: "c", agent: "explore" }
    stage.prompt("m2", where).step("b1", "m2", where).text("b1").call("p2", "b1")
    stage.asks("r1", "p2", "b1", { sessionId: "c" }).at(5).reply("r1", "reject")
    stage.called("p2", "b1", { outcome: DENIED }).finish("b1", { finish: "tool-calls" }).idle("c")
    stage.called("p1", "a1", { tool: "task" }).finish("a1", { finish: "tool-calls" }).whole("a2", "m1").idle()
    expect(stage.tree({ attributes: ["opencode.outcome"], events: true })).toBe(lines`
      invoke_agent build opencode.outcome=completed
        chat fake-1
        invoke_agent explore opencode.outcome=rejected
          chat fake-1
          execute_tool bash ERROR (permission_denied)
            * opencode.permission.asked
            * opencode.permission.replied
        chat fake-1
    `)
  })

  test("asked twice under one id, answered without having been asked: nothing", () => {
    stage.call("p1", "a1").asks("r1", "p1", "a1").asks("r1", "p1", "a1").reply("r1").reply("r1").reply("r9")
    stage.called("p1", "a1").finish("a1").idle()
    expect(stage.tracer.one("execute_tool bash").events).toHaveLength(2)
  })
})

describe("questions", () => {
  const QUESTION = { kind: "question", permission: undefined } as const

  test("answered: events and the wait", () => {
    stage.call("p1", "a1", { tool: "question" }).asks("q1", "p1", "a1", QUESTION).at(70).reply("q1", "answer")
    stage.called("p1", "a1", { tool: "question" }).finish("a1").idle()
    const call = stage.tracer.one("execute_tool question")
    expect(call.events).toEqual([
      { name: "opencode.question.asked", attributes: {}, timeMs: T0 },
      { name: "opencode.question.replied", attributes: { reply: "answer", wait_ms: 70 }, timeMs: T0 + 70 },
    ])
    expect(call.attributes["opencode.question.wait_ms"]).toBe(70)
    expect(call.attributes["opencode.permission.wait_ms"]).toBeUndefined()
  })

  test("dismissed: the call was cancelled, the run rejected, not interrupted", () => {
    stage.call("p1", "a1", { tool: "question" }).asks("q1", "p1", "a1", QUESTION).at(70).reply("q1", "reject")
    stage
      .called("p1", "a1", { tool: "question", outcome: CANCELLED })
      .finish("a1", { finish: "tool-calls" })
      .idle()
    expect(stage.tree({ attributes: ["opencode.outcome"] })).toBe(lines`
      invoke_agent build opencode.outcome=rejected
        chat fake-1
        execute_tool question ERROR (cancelled)
    `)
  })
})
