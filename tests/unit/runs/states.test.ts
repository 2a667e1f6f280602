import { afterEach, beforeEach, describe, expect, test } from "bun:test"
import { CANCELLED, lines, Stage, T0 } from "../../support/stage.ts"

/** What an open or ended run looks like from outside. */
function seen(stage: Stage): string {
  const { announced, open, ended } = stage.model.sizes
  return `announced ${announced} open ${open} ended ${ended}`
}

describe("the states of a run", () => {
  let stage: Stage
  beforeEach(() => {
    stage = new Stage({ graceMs: 5_000 })
  })
  afterEach(() => {
    expect(stage.tracer.faults).toEqual([])
    expect(stage.clock.timers).toBe(0)
  })

  test("announced: no span before something works on it", () => {
    stage.prompt("m1").stored("m1")
    expect(stage.tracer.spans).toEqual([])
    expect(seen(stage)).toBe("announced 1 open 0 ended 0")
    stage.idle()
    expect(seen(stage)).toBe("announced 1 open 0 ended 0")
  })

  test("announced → working by the first assistant message, at the time of the user message", () => {
    stage.at(5).prompt("m1").at(30).assistant("a1", "m1")
    expect(seen(stage)).toBe("announced 0 open 1 ended 0")
    expect(stage.run("m1").startMs).toBe(T0 + 5)
    stage.idle().at(10_000)
  })

  test("announced → working by an error of its session, then ended by idle", () => {
    stage.prompt("m1").model.sessionFailed("s", { kind: "error", type: "ModelNotFoundError" })
    expect(seen(stage)).toBe("announced 0 open 1 ended 0")
    stage.at(10).idle()
    expect(seen(stage)).toBe("announced 0 open 0 ended 1")
    expect(stage.tree()).toBe("invoke_agent build ERROR (ModelNotFoundError)")
  })

  test("an error of an idle session belongs to nobody", () => {
    stage.prompt("m1").idle().model.sessionFailed("s", { kind: "error", type: "UnknownError" })
    stage.model.sessionFailed("never seen", { kind: "error", type: "UnknownError" })
    expect(stage.tracer.spans).toEqual([])
  })

  test("working → draining → ended by idle, when nothing is left", () => {
    stage.prompt("m1").whole("a1", "m1").at(40).idle()
    expect(seen(stage)).toBe("announced 0 open 0 ended 1")
    expect(stage.run("m1").endMs).toBe(T0 + 40)
  })

  test("working → draining → ended when another prompt takes over", () => {
    stage.prompt("m1").at(10).whole("a1", "m1").at(20).prompt("m2")
    expect(seen(stage)).toBe("announced 1 open 1 ended 0")
    stage.at(50).step("a2", "m2")
    expect(seen(stage)).toBe("announced 0 open 1 ended 1")
    expect(stage.run("m1").endMs).toBe(T0 + 10)
    stage.text("a2").finish("a2").idle()
  })

  test("draining → ended by the last thing that it waited for", () => {
    stage.prompt("m1").step("a1", "m1").text("a1").call("p1", "a1").call("p2", "a1")
    stage.finish("a1", { finish: "tool-calls" }).at(10).idle()
    expect(seen(stage)).toBe("announced 0 open 1 ended 0")
    stage.at(20).called("p2", "a1")
    expect(seen(stage)).toBe("announced 0 open 1 ended 0")
    stage.at(30).called("p1", "a1")
    expect(seen(stage)).toBe("announced 0 open 0 ended 1")
    expect(stage.run("m1").endMs).toBe(T0 + 30)
  })

  test("a step whose last update follows idle closes with it", () => {
    stage.prompt("m1").step("a1", "m1").at(5).text("a1")
    stage.model.sessionFailed("s", { kind: "interrupted" })
    stage
      .at(10)
      .idle()
      .at(12)
      .update("a1", { completedAt: T0 + 11, failure: { kind: "interrupted" } })
    expect(seen(stage)).toBe("announced 0 open 0 ended 1")
    expect(stage.tracer.one("chat fake-1").endMs).toBe(T0 + 5)
    expect(stage.run("m1").attributes["opencode.outcome"]).toBe("interrupted")
  })

  test("any → ended by shutdown, children before parents, each marked", () => {
    stage.prompt("m1").step("a1", "m1").text("a1").task("p1", "a1", "c")
    stage.prompt("m2", { sessionId: "c" }).step("b1", "m2", { sessionId: "c" }).call("p2", "b1")
    const order: string[] = []
    for (const span of stage.tracer.spans) {
      const end = span.end.bind(span)
      span.end = (time) => {
        order.push(`${span.name} ${span.attributes["opencode.session.id"]}`)
        end(time)
      }
    }
    stage.at(100).model.shutdown()
    expect(order).toEqual([
      "execute_tool bash c",
      "chat fake-1 c",
      "invoke_agent build c",
      "chat fake-1 s",
      "invoke_agent build s",
    ])
    expect(stage.tree({ attributes: ["opencode.orphan_reason", "opencode.outcome"] })).toBe(lines`
      invoke_agent build opencode.orphan_reason=shutdown opencode.outcome=interrupted
        chat fake-1 opencode.orphan_reason=shutdown
        invoke_agent build opencode.orphan_reason=shutdown opencode.outcome=interrupted
          chat fake-1 opencode.orphan_reason=shutdown
          execute_tool bash ERROR (cancelled) opencode.orphan_reason=shutdown
    `)
    expect(stage.run("m1").endMs).toBe(T0 + 100)
    expect(stage.rootsEnded).toBe(1)
    stage.model.shutdown()
  })

  test("after a shutdown the model still works", () => {
    stage.prompt("m1").step("a1", "m1").model.shutdown()
    stage.at(10).prompt("m2").whole("a2", "m2").idle()
    expect(stage.tracer.open).toEqual([])
    expect(stage.run("m2").attributes["opencode.outcome"]).toBe("completed")
  })

  test("deleting its session ends a run as it stands", () => {
    stage.prompt("m1").step("a1", "m1").call("p1", "a1").at(20).model.sessionDeleted("s")
    expect(stage.tree({ attributes: ["opencode.orphan_reason"] })).toBe(lines`
      invoke_agent build opencode.orphan_reason=session_deleted
        chat fake-1 opencode.orphan_reason=session_deleted
        execute_tool bash ERROR (cancelled) opencode.orphan_reason=session_deleted
    `)
    stage.at(30).called("p1", "a1", { outcome: CANCELLED }).finish("a1").idle()
    expect(stage.tracer.spans).toHaveLength(3)
  })

  test("evicting an open run ends its span, children first, all marked", () => {
    stage = new Stage({ limits: { openRuns: 1 } })
    stage.prompt("m1").step("a1", "m1").call("p1", "a1").at(20)
    stage.prompt("n1", { sessionId: "t" }).assistant("b1", "n1", { sessionId: "t" })
    expect(stage.tree({ attributes: ["opencode.orphan_reason"] })).toBe(lines`
      invoke_agent build opencode.orphan_reason=evicted
        chat fake-1 opencode.orphan_reason=evicted
        execute_tool bash opencode.orphan_reason=evicted
    `)
    expect(stage.run("m1").endMs).toBe(T0 + 20)
    expect(stage.run("n1").endMs).toBeUndefined()
    // What comes of it afterwards still lands in its trace.
    stage.at(30).called("p1", "a1").whole("a2", "m1")
    expect(stage.tracer.spans.at(-1)?.parent).toEqual(stage.run("m1").spanContext())
    stage.idle("t").idle().at(60_000)
    expect(stage.tracer.open).toEqual([])
  })
})

describe("the grace of a run that is over", () => {
  let stage: Stage
  beforeEach(() => {
    stage = new Stage({ graceMs: 5_000 })
  })
  afterEach(() => expect(stage.tracer.faults).toEqual([]))

  test("children that never end are ended, with a reason, at the time the run was over", () => {
    stage.prompt("m1").step("a1", "m1").at(10).call("p1", "a1").at(20).idle().at(5_019)
    expect(stage.tracer.ended).toEqual([])
    stage.at(5_020)
    expect(stage.tree({ attributes: ["opencode.orphan_reason"] })).toBe(lines`
      invoke_agent build
        chat fake-1 opencode.orphan_reason=unfinished
        execute_tool bash opencode.orphan_reason=unfinished
    `)
    expect(stage.tracer.spans.map((span) => span.endMs)).toEqual([T0 + 20, T0 + 10, T0 + 20])
    expect(stage.clock.timers).toBe(0)
  })

  test("a call that is left over from an abort is cancelled", () => {
    stage.prompt("m1").step("a1", "m1").call("p1", "a1")
    stage.model.sessionFailed("s", { kind: "interrupted" })
    stage.idle().at(6_000)
    expect(stage.tracer.one("execute_tool bash").attributes["error.type"]).toBe("cancelled")
  })

  test("a subagent that still works extends it, however deep it is", () => {
    stage.prompt("m1").step("a1", "m1").task("p1", "a1", "c")
    stage.prompt("m2", { sessionId: "c" }).step("b1", "m2", { sessionId: "c" }).task("p2", "b1", "d")
    stage.prompt("m3", { sessionId: "d" }).step("c1", "m3", { sessionId: "d" })
    stage.called("p2", "b1", { tool: "task", background: true, childSessionId: "d" })
    stage.text("b1").finish("b1").idle("c")
    stage.called("p1", "a1", { tool: "task", background: true, childSessionId: "c" })
    stage.text("a1").finish("a1").idle("s")
    stage.at(60_000).text("c1").finish("c1").idle("d")
    expect(stage.tracer.open).toEqual([])
    expect(stage.tree({ attributes: ["opencode.orphan_reason"] })).toBe(lines`
      invoke_agent build
        chat fake-1
        invoke_agent build
          chat fake-1
          invoke_agent build
            chat fake-1
    `)
    expect(stage.run("m1").endMs).toBe(T0 + 60_000)
  })

  test("it does not extend for ever", () => {
    stage.prompt("m1").step("a1", "m1").task("p1", "a1", "c")
    stage.prompt("m2", { sessionId: "c" }).step("b1", "m2", { sessionId: "c" })
    stage.called("p1", "a1", { tool: "task", background: true, childSessionId: "c" }).idle()
    stage.at(720 * 5_000 - 1)
    expect(stage.run("m1").endMs).toBeUndefined()
    stage.at(720 * 5_000)
    expect(stage.tracer.open).toEqual([])
    expect(stage.run("m2").attributes["opencode.orphan_reason"]).toBe("unfinished")
    expect(stage.clock.timers).toBe(0)
  })

  test("ends early when the last child ends, and leaves no timer behind", () => {
    stage.prompt("m1").step("a1", "m1").call("p1", "a1").text("a1").finish("a1").idle()
    expect(stage.clock.timers).toBe(1)
    stage.at(100).called("p1", "a1")
    expect(stage.clock.timers).toBe(0)
    expect(stage.tracer.open).toEqual([])
  })
})
