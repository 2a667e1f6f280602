// Prompts that were queued behind another one, and that OpenCode went idle without answering.
import { describe, expect, test } from "bun:test"
import { Stage, T0 } from "../../support/stage.ts"

/** A prompt at work, and one behind it that came at 100 ms; at 200 ms the first was aborted. */
function abortedWithQueue(): Stage {
  const stage = new Stage().prompt("m").step("a", "m").text("a").at(100).prompt("queued").at(200)
  stage.model.sessionFailed("s", { kind: "interrupted" })
  return stage.idle()
}

describe("a queue that OpenCode leaves unanswered", () => {
  test("is given up after the grace period, at the time of idle", () => {
    const stage = abortedWithQueue()
    expect(stage.tracer.exported().map((span) => span.attributes["opencode.message.id"])).not.toContain(
      "queued",
    )
    stage.at(60_000)
    const queued = stage.run("queued")
    expect(queued.startMs).toBe(T0 + 100)
    expect(queued.endMs).toBe(T0 + 200)
    expect(queued.attributes["opencode.outcome"]).toBe("interrupted")
    expect(stage.clock.timers).toBe(0)
  })

  test("is taken along by the next prompt, however late the session's own idle comes", () => {
    const stage = abortedWithQueue().at(300).prompt("next").step("b", "next").text("b").finish("b").idle()
    stage.at(60_000)
    expect(stage.run("queued").attributes["opencode.run.merged_into"]).toBe("next")
    expect(stage.run("queued").links).toHaveLength(1)
  })

  test("waits while the session works again", () => {
    const stage = abortedWithQueue().at(300).busy().at(60_000)
    expect(stage.model.sizes.announced).toBe(1)
    stage.step("b", "queued").text("b").finish("b").idle()
    expect(stage.run("queued").attributes["opencode.outcome"]).toBe("completed")
  })

  test("is ended by a shutdown and by the deletion of its session", () => {
    const stopped = new Stage().prompt("m").step("a", "m").text("a").prompt("queued")
    stopped.model.shutdown()
    expect(stopped.run("queued").attributes["opencode.orphan_reason"]).toBe("shutdown")
    const deleted = new Stage().prompt("m").step("a", "m").text("a").prompt("queued")
    deleted.model.sessionDeleted("s")
    expect(deleted.run("queued").attributes["opencode.orphan_reason"]).toBe("session_deleted")
  })
})
