// Much at once and much in a row, on the real OpenCode: no span is lost and none comes twice. How memory and time
// grow with ten times as much is measured in `bench/`.
import { describe, expect, test } from "bun:test"
import { task } from "../harness/scenarios/scenario.ts"
import { useStage } from "./support/stage.ts"

const TURNS = 200
const SUBAGENTS = 200
/** Half a minute each on two cores that do nothing else. */
const LIMIT_MS = 240_000

const stage = useStage()

describe("a session", () => {
  test(
    `of ${TURNS} turns has as many whole traces`,
    async () => {
      const { server, model } = stage
      model.script("once more", [{ say: "Done." }])
      const session = await server.createSession()
      for (let turn = 0; turn < TURNS; turn++) await server.prompt(session.id, "once more")
      const turn = `
      invoke_agent build prompt completed
        chat fake-1 stop`
      const spans = await stage.traces(session.id, turn.repeat(TURNS))
      expect(new Set(spans.map((span) => span.traceId)).size).toBe(TURNS)
    },
    LIMIT_MS,
  )
})

describe("a run", () => {
  test(
    `of ${SUBAGENTS} subagents at once has them all, each with its own call`,
    async () => {
      const { server, model } = stage
      const errands = Array.from({ length: SUBAGENTS }, (_, nth) => `errand <${nth}>`)
      model.script("everybody", [{ calls: errands.map((errand) => task(errand)) }, { say: "All are back." }])
      for (const errand of errands) model.script(errand, [{ say: errand }])
      const session = await server.createSession()
      await server.prompt(session.id, "everybody")
      const errand = `
        invoke_agent general subagent completed
          chat fake-1 stop`
      const spans = await stage.traces(
        session.id,
        `
      invoke_agent build prompt completed
        chat fake-1 tool_call${errand.repeat(SUBAGENTS)}
        chat fake-1 stop
      `,
      )
      const calls = spans.map((span) => span.attributes["opencode.subagent.spawning_tool_call_id"])
      expect(new Set(calls.filter((call) => call !== undefined)).size).toBe(SUBAGENTS)
      expect(spans[0]?.attributes).toMatchObject({
        "opencode.run.subagents": SUBAGENTS,
        "opencode.run.llm_calls": SUBAGENTS + 2,
      })
    },
    LIMIT_MS,
  )
})
