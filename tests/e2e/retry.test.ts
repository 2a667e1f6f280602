// The provider stumbles, and OpenCode tries again: one chat covers all attempts.
import { describe, expect, test } from "bun:test"
import { task } from "../harness/scenarios/scenario.ts"
import { retrying } from "./support/bus.ts"
import { eventsOf, spanOf, useStage } from "./support/stage.ts"

const stage = useStage()

const RETRIED_ONCE = `
      invoke_agent build prompt completed
        chat fake-1 stop
          * opencode.retry
`

describe("retries", () => {
  test("a 503 with Retry-After waits as told", async () => {
    const { server, model } = stage
    model.script("come back", [{ say: "Back.", status: 503, failTimes: 1, headers: { "retry-after": "1" } }])
    const session = await server.createSession()
    await server.prompt(session.id, "come back")
    const spans = await stage.traces(session.id, RETRIED_ONCE)
    const chat = spanOf(spans, "chat fake-1")
    const [retry] = eventsOf(chat, "opencode.retry")
    expect(retry).toEqual({ attempt: 1, next: expect.any(Number), wait_ms: expect.any(Number) })
    expect(retry?.wait_ms).toBeWithin(500, 1_001)
    expect(chat.endMs - chat.startMs).toBeGreaterThanOrEqual(1_000)
    expect(spanOf(spans, "invoke_agent build").attributes).toMatchObject({
      "opencode.run.retries": 1,
      "opencode.run.llm_calls": 1,
    })
    // Counted from the attempt that was answered, not from the first one.
    expect(chat.attributes["gen_ai.response.time_to_first_chunk"]).toBeLessThan(1)
  })

  test("a 503 without Retry-After", async () => {
    const { server, model } = stage
    model.script("stumble", [{ say: "Up again.", status: 503, failTimes: 1 }])
    const session = await server.createSession()
    await server.prompt(session.id, "stumble")
    await stage.traces(session.id, RETRIED_ONCE)
  })

  test("a connection that breaks in mid-answer", async () => {
    const { server, model } = stage
    model.script("break off", [{ say: "Whole this time.", drop: 1 }])
    const session = await server.createSession()
    await server.prompt(session.id, "break off")
    const spans = await stage.traces(session.id, RETRIED_ONCE)
    expect(spanOf(spans, "chat fake-1").attributes["gen_ai.usage.output_tokens"]).toBe(20)
  })

  test("two in a row, in the second step", async () => {
    const { server, model } = stage
    const twice = { status: 429, failTimes: 2, headers: { "retry-after-ms": "20" } }
    model.script("try hard", [
      { calls: [{ name: "glob", args: { pattern: "*.md" } }] },
      { say: "Done.", ...twice },
    ])
    const session = await server.createSession()
    await server.prompt(session.id, "try hard")
    const spans = await stage.traces(
      session.id,
      `
      invoke_agent build prompt completed
        chat fake-1 tool_call
        execute_tool glob
        chat fake-1 stop
          * opencode.retry
          * opencode.retry
      `,
    )
    const attempts = eventsOf(spanOf(spans, "chat fake-1", 1), "opencode.retry").map((event) => event.attempt)
    expect(attempts).toEqual([1, 2])
    expect(spanOf(spans, "invoke_agent build").attributes["opencode.run.retries"]).toBe(2)
  })

  test("in a subagent count for the run as well", async () => {
    const { server, model } = stage
    model.script("delegate it", [{ calls: [task("stumble twice")] }, { say: "It got up." }])
    model.script("stumble twice", [
      { say: "Up.", status: 503, failTimes: 2, headers: { "retry-after-ms": "20" } },
    ])
    const session = await server.createSession()
    await server.prompt(session.id, "delegate it")
    const spans = await stage.traces(
      session.id,
      `
      invoke_agent build prompt completed
        chat fake-1 tool_call
        invoke_agent general subagent completed
          chat fake-1 stop
            * opencode.retry
            * opencode.retry
        chat fake-1 stop
      `,
    )
    for (const name of ["invoke_agent build", "invoke_agent general"]) {
      expect(spanOf(spans, name).attributes["opencode.run.retries"]).toBe(2)
    }
  })

  test("again and again until the user aborts", async () => {
    const { server, model } = stage
    model.script("in vain", [{ status: 429, headers: { "retry-after-ms": "20" } }])
    const session = await server.createSession()
    await server.promptAsync(session.id, "in vain")
    await model.waitForRequest((request) => request.key === "in vain" && request.attempt === 3)
    // From the fourth attempt on OpenCode is to wait so long that the abort finds it waiting.
    model.script("in vain", [{ status: 429, headers: { "retry-after": "600" } }])
    await retrying(server, session.id, 4)
    await server.abort(session.id)
    const spans = await stage.traces(
      session.id,
      `
      invoke_agent build prompt interrupted
        chat fake-1 error
          * opencode.retry
          * opencode.retry
          * opencode.retry
          * opencode.retry
      `,
    )
    expect(spanOf(spans, "invoke_agent build").attributes["opencode.run.retries"]).toBe(4)
  })
})
