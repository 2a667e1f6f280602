import { describe, expect, test } from "bun:test"
import { DEFAULT_RUN_SETTINGS } from "../../../src/runs/deps.ts"
import { assertSound } from "../../harness/tree.ts"
import { lines, Stage, T0 } from "../../support/stage.ts"

const { limits } = DEFAULT_RUN_SETTINGS

/** The bound of each of the model's maps. */
const BOUNDS: Readonly<Record<string, number>> = {
  announced: limits.openRuns,
  open: limits.openRuns,
  ended: limits.endedRuns,
  aliases: limits.messages,
  routes: limits.messages,
  current: limits.sessions,
  sessions: limits.sessions,
  asks: limits.asks,
  steps: limits.messages,
  calls: limits.calls,
  done: limits.calls,
  spawners: limits.calls,
  earlyRequests: 16,
}

/** After a flood: every map within its bound, no span open, lost or ended twice. */
function expectBounded(stage: Stage, spans: number): void {
  expect(Object.keys(stage.model.sizes).sort()).toEqual(Object.keys(BOUNDS).sort())
  for (const [map, size] of Object.entries(stage.model.sizes)) {
    expect(size, map).toBeLessThanOrEqual(BOUNDS[map] ?? -1)
  }
  expect(stage.tracer.faults).toEqual([])
  expect(stage.tracer.open).toEqual([])
  expect(stage.tracer.spans).toHaveLength(spans)
  expect(stage.clock.timers).toBe(0)
  assertSound(stage.tracer.exported())
}

describe("floods", () => {
  test("1,000 turns in one session", () => {
    const stage = new Stage()
    for (let n = 0; n < 1_000; n++) {
      stage
        .at(n * 10)
        .prompt(`m${n}`)
        .step(`a${n}`, `m${n}`)
        .text(`a${n}`)
        .call(`p${n}`, `a${n}`)
      stage.called(`p${n}`, `a${n}`).finish(`a${n}`, { finish: "tool-calls" }).whole(`b${n}`, `m${n}`)
      stage.idle().stored(`m${n}`)
    }
    expectBounded(stage, 4_000)
    expect(stage.rootsEnded).toBe(1_000)
  })

  test("200 subagents in one run, all at once", () => {
    const stage = new Stage()
    stage.prompt("m").step("a", "m").text("a")
    for (let n = 0; n < 200; n++) stage.session(`c${n}`, { parentId: "s" }).task(`p${n}`, "a", `c${n}`)
    for (let n = 0; n < 200; n++) stage.prompt(`m${n}`, { sessionId: `c${n}` })
    for (let n = 0; n < 200; n++) stage.step(`a${n}`, `m${n}`, { sessionId: `c${n}` })
    expect(stage.tracer.open).toHaveLength(402)
    for (let n = 0; n < 200; n++) {
      stage.text(`a${n}`).finish(`a${n}`).idle(`c${n}`).called(`p${n}`, "a", { tool: "task" })
    }
    stage.finish("a").idle()
    expectBounded(stage, 402)
    expect(stage.run("m").attributes).toMatchObject({
      "opencode.run.subagents": 200,
      "opencode.run.llm_calls": 201,
    })
    expect(stage.model.sizes).toMatchObject({ open: 0, current: 0, steps: 0, calls: 0, spawners: 0 })
  })

  test("10,000 updates of one tool's metadata", () => {
    const stage = new Stage()
    stage.prompt("m").step("a", "m").text("a")
    for (let n = 0; n < 10_000; n++) stage.at(n).call("p", "a")
    stage.called("p", "a").finish("a").idle()
    expectBounded(stage, 3)
  })

  test("10,000 messages that ask for no answer push out no open run", () => {
    const stage = new Stage()
    stage.prompt("m", { sessionId: "t" }).step("a", "m", { sessionId: "t" })
    for (let n = 0; n < 10_000; n++) stage.note(`note${n}`)
    expect(stage.model.sizes.announced).toBe(limits.openRuns)
    expect(stage.run("m").endMs).toBeUndefined()
    stage.text("a").finish("a").idle("t").idle()
    expectBounded(stage, 2)
  })

  test("more open runs than there is room for: the oldest are ended, none is lost", () => {
    const stage = new Stage()
    const many = limits.openRuns + 100
    for (let n = 0; n < many; n++) stage.at(n).prompt(`m${n}`, { sessionId: `s${n}` })
    for (let n = 0; n < many; n++) {
      const where = { sessionId: `s${n}` }
      stage
        .at(1_000 + n)
        .assistant(`a${n}`, `m${n}`, where)
        .request(`m${n}`, where)
    }
    expect(stage.model.sizes.open).toBe(limits.openRuns)
    stage.at(5_000)
    for (let n = many - 1; n >= 100; n--) stage.text(`a${n}`).finish(`a${n}`).idle(`s${n}`)
    const evicted = stage.tracer.spans.filter(
      (span) => span.attributes["opencode.orphan_reason"] === "evicted",
    )
    // 100 runs had no room in either map: those were pushed out of `announced` and begun by their messages alone.
    expect(evicted).toHaveLength(200)
    stage.at(60_000)
    expectBounded(stage, 2 * many)
  })

  test("more sessions than there is room for: a forgotten one still ends its run", () => {
    const stage = new Stage()
    stage.prompt("m").step("a", "m")
    for (let n = 0; n < limits.sessions + 5; n++) stage.session(`other${n}`)
    stage.at(10).text("a").finish("a").idle()
    expect(stage.run("m").endMs).toBe(T0 + 10)
    expectBounded(stage, 2)
  })

  test("more open steps and calls than there is room for: the oldest are ended, marked", () => {
    const stage = new Stage({ limits: { messages: 2, calls: 2 } })
    stage.prompt("m")
    for (const n of [1, 2, 3]) stage.at(n).step(`a${n}`, "m").text(`a${n}`).call(`p${n}`, `a${n}`)
    for (const n of [2, 3]) stage.called(`p${n}`, `a${n}`).finish(`a${n}`)
    stage.idle()
    expect(stage.tree({ attributes: ["opencode.orphan_reason"] })).toBe(lines`
      invoke_agent build
        chat fake-1 opencode.orphan_reason=evicted
        execute_tool bash opencode.orphan_reason=evicted
        chat fake-1
        execute_tool bash
        chat fake-1
        execute_tool bash
    `)
    expect(stage.tracer.open).toEqual([])
  })

  test("a task that there is no room for any more: its subagent is over with it", () => {
    const stage = new Stage({ limits: { calls: 1 } })
    stage.prompt("m").step("a", "m").text("a").task("p", "a", "c")
    stage.prompt("n", { sessionId: "c" }).whole("b", "n", { sessionId: "c" })
    expect(stage.run("n").endMs).toBeUndefined()
    stage.at(10).call("q", "a")
    expect(stage.run("n").endMs).toBe(T0 + 10)
    stage.called("q", "a").finish("a").idle()
  })

  test("permissions that nobody answers", () => {
    const stage = new Stage()
    stage.prompt("m").step("a", "m").text("a").call("p", "a")
    for (let n = 0; n < 2_000; n++) stage.asks(`r${n}`, "p", "a").asks(`x${n}`, "never", "seen")
    stage.called("p", "a").finish("a").idle()
    expectBounded(stage, 3)
  })

  test("requests that no message ever follows", () => {
    const stage = new Stage()
    for (let n = 0; n < 1_000; n++) stage.request(`m${n}`)
    expectBounded(stage, 0)
  })

  test("messages that continue a run, one after another", () => {
    const stage = new Stage()
    stage.prompt("m0").whole("a0", "m0")
    for (let n = 1; n < 6_000; n++) stage.stored(`m${n}`).whole(`a${n}`, `m${n}`)
    stage.idle()
    expectBounded(stage, 6_001)
    expect(stage.rootsEnded).toBe(1)
  })

  test("a session that is its own ancestor", () => {
    const stage = new Stage()
    stage.session("s", { parentId: "t" }).session("t", { parentId: "s" }).session("u", { parentId: "u" })
    stage
      .prompt("m")
      .whole("a", "m")
      .idle()
      .prompt("n", { sessionId: "u" })
      .whole("b", "n", { sessionId: "u" })
    stage.idle("u")
    expectBounded(stage, 4)
  })
})
