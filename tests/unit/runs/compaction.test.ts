import { afterEach, beforeEach, describe, expect, test } from "bun:test"
import type { Failure } from "../../../src/runs/facts.ts"
import { lines, modelRequest, Stage, T0 } from "../../support/stage.ts"

const COMPACTION = { agent: "compaction" }
const OVERFLOW: Failure = { kind: "error", type: "ContextOverflowError" }

let stage: Stage
beforeEach(() => {
  stage = new Stage()
})
afterEach(() => {
  expect(stage.tracer.faults).toEqual([])
  expect(stage.tracer.open).toEqual([])
})

/** The message that asks for a compaction, and its part. */
function compaction(messageId: string): void {
  stage.stored(messageId).model.promptOriginSeen(messageId, "compaction")
}

describe("compaction in mid-turn", () => {
  test("is an agent beneath the user's run, which goes on", () => {
    stage.prompt("m1").whole("a1", "m1", {}, { finish: "tool-calls", tokens: { input: 100, output: 10 } })
    stage.at(10)
    compaction("c1")
    stage.at(20).whole("a2", "c1", COMPACTION, { tokens: { input: 1_000, output: 50 } })
    stage.at(30).model.sessionCompacted("s")
    stage
      .stored("m1b")
      .at(40)
      .whole("a3", "m1b", {}, { tokens: { input: 60, output: 5 } })
      .at(50)
      .idle()
    expect(
      stage.tree({
        attributes: [
          "opencode.run.trigger",
          "gen_ai.conversation.compacted",
          "opencode.run.input_tokens",
          "opencode.run.llm_calls",
        ],
        events: true,
      }),
    ).toBe(lines`
      invoke_agent build opencode.run.trigger=prompt opencode.run.input_tokens=1160 opencode.run.llm_calls=3
        * opencode.compaction
        chat fake-1
        invoke_agent compaction opencode.run.trigger=compaction opencode.run.input_tokens=1000 opencode.run.llm_calls=1
          chat fake-1
        chat fake-1 gen_ai.conversation.compacted=true
    `)
    const nested = stage.tracer.one("invoke_agent compaction")
    expect([nested.startMs, nested.endMs]).toEqual([T0 + 10, T0 + 20])
    expect(stage.run("m1").events).toEqual([{ name: "opencode.compaction", attributes: {}, timeMs: T0 + 30 }])
    expect(stage.rootsEnded).toBe(1)
  })

  test("tells how long the conversation was that it replaced", () => {
    stage.prompt("m1")
    stage.model.historySent("s", 1)
    stage.whole("a1", "m1", {}, { finish: "tool-calls" })
    stage.at(10)
    compaction("c1")
    stage.model.historySent("s", 12)
    stage.whole("a2", "c1", COMPACTION).at(20).stored("m1b")
    stage.model.historySent("s", 3)
    stage.whole("a3", "m1b").idle()
    expect(stage.tree({ attributes: ["opencode.compaction.messages_before"] })).toBe(lines`
      invoke_agent build
        chat fake-1
        invoke_agent compaction opencode.compaction.messages_before=12
          chat fake-1
        chat fake-1
    `)
  })

  test("twice in one turn, an overflow each time, cures the turn", () => {
    stage.prompt("m1")
    for (const round of ["1", "2"]) {
      const prompt = round === "1" ? "m1" : `m1-${round}`
      stage.at(100 * Number(round)).step(`a${round}`, prompt)
      stage.model.sessionFailed("s", OVERFLOW)
      stage.update(`a${round}`, { completedAt: stage.clock.now() })
      compaction(`c${round}`)
      stage.whole(`b${round}`, `c${round}`, COMPACTION).model.sessionCompacted("s")
      stage.stored(`m1-${Number(round) + 1}`)
    }
    stage.at(900).whole("last", "m1-3").idle()
    expect(stage.tree({ attributes: ["opencode.outcome"] })).toBe(lines`
      invoke_agent build opencode.outcome=completed
        chat fake-1 ERROR (ContextOverflowError)
        invoke_agent compaction opencode.outcome=completed
          chat fake-1
        chat fake-1 ERROR (ContextOverflowError)
        invoke_agent compaction opencode.outcome=completed
          chat fake-1
        chat fake-1
    `)
  })

  test("that fails ends the user's run in its error", () => {
    stage.prompt("m1").whole("a1", "m1", {}, { finish: "tool-calls" })
    compaction("c1")
    stage.at(10).step("a2", "c1", COMPACTION).at(20).model.sessionFailed("s", { kind: "error", type: "500" })
    stage.idle().update("a2", { completedAt: T0 + 20, failure: { kind: "error", type: "500" } })
    expect(stage.tree({ attributes: ["opencode.outcome"] })).toBe(lines`
      invoke_agent build ERROR (500) opencode.outcome=error
        chat fake-1
        invoke_agent compaction ERROR (500) opencode.outcome=error
          chat fake-1 ERROR (500)
    `)
  })

  test("that is aborted interrupts the user's run", () => {
    stage.prompt("m1").whole("a1", "m1", {}, { finish: "tool-calls" })
    compaction("c1")
    stage.at(10).step("a2", "c1", COMPACTION).at(20).model.sessionFailed("s", { kind: "interrupted" })
    stage.idle().update("a2", { completedAt: T0 + 20, failure: { kind: "interrupted" } })
    expect(stage.tree({ attributes: ["opencode.outcome"] })).toBe(lines`
      invoke_agent build opencode.outcome=interrupted
        chat fake-1
        invoke_agent compaction opencode.outcome=interrupted
          chat fake-1
    `)
  })

  test("aborted while OpenCode waits to try it again interrupts the user's run, too", () => {
    stage.prompt("m1").whole("a1", "m1", {}, { finish: "tool-calls" })
    compaction("c1")
    stage
      .at(10)
      .step("a2", "c1", COMPACTION)
      .model.sessionRetried("s", { attempt: 1, next: T0 + 5_000 })
    stage
      .at(20)
      .idle()
      .update("a2", { completedAt: T0 + 20 })
    expect(stage.run("m1").attributes["opencode.outcome"]).toBe("interrupted")
    expect(stage.tracer.one("invoke_agent compaction").attributes["opencode.outcome"]).toBe("interrupted")
  })
})

describe("compaction by hand", () => {
  test("is a root of its own; what follows it says that the history was compacted", () => {
    stage.prompt("m1").whole("a1", "m1").idle()
    stage.at(100).busy()
    compaction("c1")
    stage.whole("a2", "c1", COMPACTION).model.sessionCompacted("s")
    stage.at(110).idle().at(200).prompt("m2").whole("a3", "m2").idle()
    expect(
      stage.tree({ attributes: ["opencode.run.trigger", "gen_ai.conversation.compacted"], events: true }),
    ).toBe(lines`
      invoke_agent build opencode.run.trigger=prompt
        chat fake-1
      invoke_agent compaction opencode.run.trigger=compaction
        * opencode.compaction
        chat fake-1
      invoke_agent build opencode.run.trigger=prompt
        chat fake-1 gen_ai.conversation.compacted=true
    `)
  })
})

describe("compaction that makes up for one that failed", () => {
  test("is an agent beneath the prompt that it names", () => {
    stage.prompt("m1").whole("a1", "m1", COMPACTION).model.sessionCompacted("s")
    stage.at(10).whole("a2", "m1").at(20).idle()
    expect(stage.tree({ attributes: ["opencode.run.trigger"], events: true })).toBe(lines`
      invoke_agent build opencode.run.trigger=prompt
        * opencode.compaction
        invoke_agent compaction opencode.run.trigger=compaction
          chat fake-1
        chat fake-1
    `)
  })

  test("takes the queue along for its prompt, which its request names", () => {
    stage.prompt("m1").step("a1", "m1").text("a1").at(10).prompt("queued").at(20)
    stage.model.sessionFailed("s", { kind: "interrupted" })
    stage.idle().at(30).prompt("m2").assistant("a2", "m2", COMPACTION)
    stage.model.requestSent(modelRequest("m2", { agent: "compaction", temperature: 0.5 }))
    stage.text("a2").finish("a2").at(40).idle().at(60_000)
    expect(stage.tree({ attributes: ["gen_ai.request.temperature", "opencode.run.merged_into"] })).toBe(lines`
      invoke_agent build
        chat fake-1
      invoke_agent build opencode.run.merged_into=m2
      invoke_agent build
        invoke_agent compaction
          chat fake-1 gen_ai.request.temperature=0.5
    `)
  })
})
