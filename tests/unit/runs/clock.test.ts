import { describe, expect, spyOn, test } from "bun:test"
import { systemClock } from "../../../src/runs/clock.ts"
import { assertSound } from "../../harness/tree.ts"
import { Stage, T0 } from "../../support/stage.ts"

function times(stage: Stage): Record<string, [number, number]> {
  return Object.fromEntries(
    stage.tracer.exported().map((span) => [span.name, [span.startMs - T0, span.endMs - T0]]),
  )
}

describe("the times of spans", () => {
  test("are OpenCode's own, not those of the events", () => {
    const stage = new Stage()
    stage
      .at(1_000)
      .prompt("m1", { createdAt: T0 + 10 })
      .assistant("a1", "m1", { createdAt: T0 + 20 })
    stage.model.outputSeen("a1", { type: "content", startedAt: T0 + 30, endedAt: T0 + 40 })
    stage.call("p1", "a1", { startedAt: T0 + 50 }).called("p1", "a1", { endedAt: T0 + 60 })
    stage.finish("a1", { finish: "tool-calls" }).idle()
    expect(times(stage)).toEqual({
      "invoke_agent build": [10, 1_000],
      "chat fake-1": [30, 50],
      "execute_tool bash": [50, 60],
    })
  })

  test("no child starts before its root, and none ends before it starts", () => {
    const stage = new Stage()
    stage.at(100).prompt("m1").step("a1", "m1")
    stage.model.outputSeen("a1", { type: "content", startedAt: T0 + 5, endedAt: T0 + 6 })
    stage.call("p1", "a1", { startedAt: T0 + 7 }).called("p1", "a1", { endedAt: T0 + 8 })
    stage.task("p2", "a1", "c", { startedAt: T0 + 9 }).prompt("m2", { sessionId: "c", createdAt: T0 + 1 })
    stage
      .whole("b1", "m2", { sessionId: "c", createdAt: T0 + 2 })
      .idle("c")
      .called("p2", "a1", { tool: "task" })
    stage.finish("a1").idle()
    assertSound(stage.tracer.exported())
    for (const span of stage.tracer.spans) expect(span.startMs).toBeGreaterThanOrEqual(T0 + 100)
  })

  test("a root covers children whose ends lie in the future", () => {
    const stage = new Stage()
    stage
      .prompt("m1")
      .step("a1", "m1")
      .text("a1")
      .call("p1", "a1")
      .called("p1", "a1", { endedAt: T0 + 9_000 })
    stage.finish("a1").at(10).idle()
    expect(times(stage)).toEqual({
      "invoke_agent build": [0, 9_000],
      "chat fake-1": [0, 0],
      "execute_tool bash": [0, 9_000],
    })
    assertSound(stage.tracer.exported())
  })

  test("a subagent covers its children, and its parent covers it", () => {
    const stage = new Stage()
    stage.prompt("m1").step("a1", "m1").text("a1").task("p1", "a1", "c")
    stage.prompt("m2", { sessionId: "c" }).step("b1", "m2", { sessionId: "c" }).text("b1").call("p2", "b1")
    stage
      .called("p2", "b1", { endedAt: T0 + 5_000 })
      .finish("b1")
      .idle("c")
    stage.at(10).called("p1", "a1", { tool: "task" }).finish("a1").idle()
    assertSound(stage.tracer.exported())
    expect(stage.run("m2").endMs).toBe(T0 + 5_000)
    expect(stage.run("m1").endMs).toBe(T0 + 5_000)
  })

  test("a clock that goes back harms nothing", () => {
    const stage = new Stage()
    stage.at(1_000).prompt("m1").step("a1", "m1")
    stage.model.outputSeen("a1", { type: "content", startedAt: T0 - 50, endedAt: T0 - 40 })
    stage.update("a1", { createdAt: T0 - 90, completedAt: T0 - 10, finish: "stop" }).idle()
    assertSound(stage.tracer.exported())
    expect(times(stage)).toEqual({ "invoke_agent build": [1_000, 1_000], "chat fake-1": [1_000, 1_000] })
  })

  test("a call of which only the end is seen, before its run began by the clock", () => {
    const stage = new Stage()
    stage
      .at(1_000)
      .prompt("m1")
      .step("a1", "m1")
      .called("p1", "a1", { startedAt: T0 + 5, endedAt: T0 + 6 })
    stage.text("a1").finish("a1").idle()
    expect(times(stage)).toMatchObject({ "execute_tool bash": [1_000, 1_000] })
    assertSound(stage.tracer.exported())
  })

  test("what OpenCode does not tell the time of happened when it was told", () => {
    const stage = new Stage()
    stage.at(10).prompt("m1", { createdAt: undefined }).assistant("a1", "m1", { createdAt: undefined })
    stage.at(20).model.outputSeen("a1", { type: "content", startedAt: undefined, endedAt: undefined })
    stage.at(30).call("p1", "a1", { startedAt: undefined, seenAt: undefined })
    stage.at(40).called("p1", "a1", { startedAt: undefined, endedAt: undefined })
    stage.at(50).finish("a1", { finish: "tool-calls" }).at(60).idle()
    expect(times(stage)).toMatchObject({ "invoke_agent build": [10, 60], "execute_tool bash": [30, 40] })
    assertSound(stage.tracer.exported())
  })

  test("a chat covers the waits to try again, though nothing came of them", () => {
    const stage = new Stage()
    stage.prompt("m1").step("a1", "m1").at(10).text("a1").at(20)
    stage.model.sessionRetried("s", { attempt: 1, next: T0 + 9_000 })
    stage
      .at(500)
      .idle()
      .update("a1", { completedAt: T0 + 500 })
    assertSound(stage.tracer.exported())
    expect(times(stage)).toEqual({ "invoke_agent build": [0, 500], "chat fake-1": [0, 20] })
  })

  test("a chat covers its first output, also when that never ended", () => {
    const stage = new Stage()
    stage.prompt("m1").step("a1", "m1").at(10)
    stage.model.outputSeen("a1", { type: "content", startedAt: T0 + 10, endedAt: undefined })
    stage
      .at(50)
      .idle()
      .update("a1", { completedAt: T0 + 50, failure: { kind: "interrupted" } })
    expect(times(stage)).toMatchObject({ "chat fake-1": [0, 10] })
    expect(stage.tracer.one("chat fake-1").attributes["gen_ai.response.time_to_first_chunk"]).toBe(0.01)
  })

  test("an event is never before its span", () => {
    const stage = new Stage()
    stage
      .prompt("m1")
      .step("a1", "m1")
      .text("a1")
      .call("p1", "a1", { startedAt: T0 + 900 })
    stage
      .at(10)
      .asks("r1", "p1", "a1")
      .at(20)
      .reply("r1")
      .called("p1", "a1", { endedAt: T0 + 950 })
    stage.finish("a1").at(1_000).idle()
    assertSound(stage.tracer.exported())
    expect(stage.tracer.one("execute_tool bash").events.map((event) => event.timeMs)).toEqual([
      T0 + 900,
      T0 + 900,
    ])
  })
})

test("no timer of the clock keeps the process alive", () => {
  const timers = spyOn(globalThis, "setTimeout")
  try {
    const cancel = systemClock((action) => action).after(60_000, () => {})
    const timer: unknown = timers.mock.results.at(-1)?.value
    expect(timers).toHaveBeenCalledTimes(1)
    const hasRef = timer instanceof Object && "hasRef" in timer ? timer.hasRef : undefined
    expect(hasRef).toBeFunction()
    expect(typeof hasRef === "function" && hasRef.call(timer)).toBe(false)
    cancel()
  } finally {
    timers.mockRestore()
  }
})
