import { afterEach, beforeEach, describe, expect, test } from "bun:test"
import { lines, Stage, T0 } from "../../support/stage.ts"

describe("which span belongs to which run", () => {
  let stage: Stage
  beforeEach(() => {
    stage = new Stage()
  })
  afterEach(() => expect(stage.tracer.faults).toEqual([]))

  test("a plain turn is a root with its requests and calls beneath it", () => {
    stage
      .prompt("m1")
      .at(10)
      .step("a1", "m1")
      .at(50)
      .text("a1", T0 + 30)
    stage
      .call("p1", "a1", { status: "pending" })
      .at(60)
      .call("p1", "a1")
      .at(90)
      .called("p1", "a1", { exitCode: 0 })
    stage.at(95).finish("a1", { finish: "tool-calls" })
    stage.at(100).step("a2", "m1").at(120).text("a2").at(125).finish("a2").at(130).idle()
    expect(stage.tree({ kind: true })).toBe(lines`
      invoke_agent build INTERNAL
        chat fake-1 CLIENT
        execute_tool bash INTERNAL
        chat fake-1 CLIENT
    `)
    expect(stage.tracer.open).toEqual([])
    expect(stage.rootsEnded).toBe(1)
    const root = stage.run("m1")
    expect(root.parent).toBeUndefined()
    expect([root.startMs, root.endMs]).toEqual([T0, T0 + 130])
  })

  test("a call that ends after idle stays in its run, which waits for it", () => {
    stage.prompt("m1").step("a1", "m1").text("a1").call("p1", "a1").finish("a1", { finish: "tool-calls" })
    stage.at(10).idle()
    expect(stage.tracer.ended.map((span) => span.name)).toEqual(["chat fake-1"])
    stage.at(300).called("p1", "a1")
    expect(stage.tree()).toBe(lines`
      invoke_agent build
        chat fake-1
        execute_tool bash
    `)
    expect(stage.run("m1").endMs).toBe(T0 + 300)
  })

  test("a late call of run 1 lands in run 1 though run 2 is open", () => {
    stage.prompt("m1").whole("a1", "m1").idle()
    stage.at(100).prompt("m2").step("a2", "m2")
    stage.at(110).call("late", "a1").at(120).called("late", "a1")
    const late = stage.tracer.one("execute_tool bash")
    expect(late.parent).toEqual(stage.run("m1").spanContext())
    expect(stage.run("m2").endMs).toBeUndefined()
    stage.at(130).text("a2").finish("a2").idle()
    expect(stage.tracer.open).toEqual([])
    expect(stage.tree()).toBe(lines`
      invoke_agent build
        chat fake-1
        execute_tool bash
      invoke_agent build
        chat fake-1
    `)
  })

  test("a late request of run 1 lands in run 1 and leaves run 2 alone", () => {
    stage.prompt("m1").whole("a1", "m1").idle()
    stage.at(100).prompt("m2").step("a2", "m2")
    stage.at(110).whole("a3", "m1")
    stage.at(200).text("a2").finish("a2", { finish: "tool-calls" })
    stage.at(300).whole("a4", "m2").at(400).idle()
    stage.at(20_000)
    expect(stage.tracer.open).toEqual([])
    expect(stage.tracer.spans.map((span) => span.parent?.spanId)).toEqual([
      undefined,
      stage.run("m1").spanContext().spanId,
      undefined,
      stage.run("m2").spanContext().spanId,
      stage.run("m1").spanContext().spanId,
      stage.run("m2").spanContext().spanId,
    ])
    expect(stage.run("m2").endMs).toBe(T0 + 400)
  })

  test("what belongs to no known run is a true root of its own, marked", () => {
    stage.prompt("m1").step("a1", "m1")
    stage.at(10).call("lost", "nowhere").at(20).called("lost", "nowhere")
    const lost = stage.tracer.one("execute_tool bash")
    expect(lost.parent).toBeUndefined()
    expect(lost.spanContext().traceId).not.toBe(stage.run("m1").spanContext().traceId)
    expect(lost.attributes["opencode.orphan_reason"]).toBe("unknown_run")
    expect(lost.endMs).toBe(T0 + 20)
  })

  test("an assistant that names no prompt is a true root, not the newest run's child", () => {
    stage.prompt("m1").step("a1", "m1")
    stage.assistant("a2", undefined).text("a2").finish("a2")
    const [, first, orphan] = stage.tracer.spans
    expect(first?.parent).toEqual(stage.run("m1").spanContext())
    expect(orphan?.parent).toBeUndefined()
    expect(orphan?.attributes["opencode.orphan_reason"]).toBe("unknown_run")
    stage.at(10).text("a1").finish("a1").at(20).idle()
    expect(stage.run("m1").endMs).toBe(T0 + 20)
  })

  test("the same user message updated again opens nothing", () => {
    stage.prompt("m1").stored("m1").stored("m1").whole("a1", "m1").idle()
    stage.at(3_000).stored("m1").at(4_000).stored("m1").prompt("m1")
    expect(stage.tracer.spans).toHaveLength(2)
    expect(stage.model.sizes).toMatchObject({ announced: 0, open: 0, aliases: 0 })
  })

  test("a repeated snapshot of an ended call and a repeated end of a message make no second span", () => {
    stage.prompt("m1").step("a1", "m1").text("a1").call("p1", "a1").called("p1", "a1").called("p1", "a1")
    stage.finish("a1").finish("a1").idle().called("p1", "a1").finish("a1").idle()
    expect(stage.tracer.spans).toHaveLength(3)
    expect(stage.tracer.open).toEqual([])
  })

  test("a run without chat.message is opened by its first assistant message", () => {
    stage.busy().whole("a1", "m1").idle()
    expect(stage.tree({ attributes: ["opencode.run.trigger"] })).toBe(lines`
      invoke_agent build opencode.run.trigger=prompt
        chat fake-1
    `)
  })

  test("two sessions do not touch each other", () => {
    const other = { sessionId: "other" }
    stage.prompt("m1").prompt("n1", other).step("a1", "m1").step("b1", "n1", other)
    stage.at(10).text("a1").finish("a1").idle()
    expect(stage.run("m1").endMs).toBe(T0 + 10)
    expect(stage.run("n1").endMs).toBeUndefined()
    stage.at(20).text("b1").finish("b1").idle("other")
    expect(stage.run("n1").attributes["gen_ai.conversation.id"]).toBe("other")
    expect(stage.tracer.open).toEqual([])
  })
})
