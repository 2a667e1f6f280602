// The user aborts. Whatever was open ends by itself, nothing is an error, and the next prompt knows nothing of it.
import { describe, expect, test } from "bun:test"
import { bash, task, toolRunning } from "../harness/scenarios/scenario.ts"
import { asks, childOf, retrying, streaming } from "./support/bus.ts"
import { eventsOf, spanOf, useStage } from "./support/stage.ts"

const stage = useStage({ config: { permission: { "*": "allow", bash: { "*": "allow", "date*": "ask" } } } })

const FOREVER = new Promise<never>(() => {})

/** A session that `meanwhile` takes to the point of the abort; then a second prompt, after the first went idle. */
async function abortedSession(
  prompt: string,
  meanwhile: (session: string) => Promise<unknown>,
): Promise<string> {
  const { server, model } = stage
  model.script("and now", [{ say: "Clean." }])
  const session = await server.createSession()
  await server.promptAsync(session.id, prompt)
  await meanwhile(session.id)
  const since = server.mark()
  await server.abort(session.id)
  await server.waitForIdle(session.id, since)
  await server.prompt(session.id, "and now")
  return session.id
}

const CLEAN_TURN = `
      invoke_agent build prompt completed
        chat fake-1 stop
`

describe("an abort", () => {
  test("while the model streams keeps the partial chat", async () => {
    stage.model.script("talk on", [{ say: "This is the beginning of", hold: FOREVER }])
    const session = await abortedSession("talk on", (id) => streaming(stage.server, id))
    const spans = await stage.traces(
      session,
      `
      invoke_agent build prompt interrupted
        chat fake-1 error
      ${CLEAN_TURN}`,
    )
    const chat = spanOf(spans, "chat fake-1")
    expect(chat.attributes["gen_ai.response.time_to_first_chunk"]).toBeNumber()
    expect(chat.attributes["gen_ai.usage.input_tokens"]).toBeUndefined()
  })

  test("before the first word leaves a chat without an answer", async () => {
    const { model } = stage
    model.script("say nothing", [{ hang: true }])
    const session = await abortedSession("say nothing", () =>
      model.waitForRequest((request) => request.key === "say nothing"),
    )
    const spans = await stage.traces(
      session,
      `
      invoke_agent build prompt interrupted
        chat fake-1 error
      ${CLEAN_TURN}`,
    )
    const chat = spanOf(spans, "chat fake-1")
    expect(chat.attributes["gen_ai.response.time_to_first_chunk"]).toBeUndefined()
    expect(chat.attributes["gen_ai.response.model"]).toBeUndefined()
  })

  test("while a tool runs cancels the call", async () => {
    stage.model.script("take long", [{ calls: [bash("sleep 300")] }])
    const session = await abortedSession("take long", (id) => toolRunning(stage.server, id))
    await stage.traces(
      session,
      `
      invoke_agent build prompt interrupted
        chat fake-1 error
        execute_tool bash ERROR (cancelled)
      ${CLEAN_TURN}`,
    )
  })

  test("while a subagent runs reaches everything beneath it", async () => {
    const { server, model } = stage
    model.script("delegate it", [{ calls: [task("dig for long")] }])
    model.script("dig for long", [{ calls: [bash("sleep 300")] }])
    const session = await abortedSession("delegate it", async (id) =>
      toolRunning(server, await childOf(server, id)),
    )
    await stage.traces(
      session,
      `
      invoke_agent build prompt interrupted
        chat fake-1 error
        invoke_agent general subagent interrupted
          chat fake-1 error
          execute_tool bash ERROR (cancelled)
      ${CLEAN_TURN}`,
    )
  })

  test("while two subagents run beside a tool reaches all of them", async () => {
    const { server, model } = stage
    model.script("split it up", [{ calls: [task("left half"), task("right half"), bash("sleep 300")] }])
    model.script("left half", [{ calls: [bash("sleep 300")] }])
    model.script("right half", [{ say: "This is only", hold: FOREVER }])
    const session = await abortedSession("split it up", async (id) => {
      await model.waitForRequest((request) => request.key === "right half")
      const children = await server.children(id)
      const left = model.requests.find((request) => request.key === "left half")?.session
      const right = children.find((child) => child.id !== left)?.id ?? ""
      await Promise.all([toolRunning(server, id), toolRunning(server, left ?? ""), streaming(server, right)])
    })
    await stage.traces(
      session,
      `
      invoke_agent build prompt interrupted
        chat fake-1 error
        invoke_agent general subagent interrupted
          chat fake-1 error
          execute_tool bash ERROR (cancelled)
        invoke_agent general subagent interrupted
          chat fake-1 error
        execute_tool bash ERROR (cancelled)
      ${CLEAN_TURN}`,
    )
  })

  test("while a subagent streams keeps its partial chat", async () => {
    const { server, model } = stage
    model.script("delegate talk", [{ calls: [task("talk for long")] }])
    model.script("talk for long", [{ say: "This is only", hold: FOREVER }])
    const session = await abortedSession("delegate talk", async (id) =>
      streaming(server, await childOf(server, id)),
    )
    await stage.traces(
      session,
      `
      invoke_agent build prompt interrupted
        chat fake-1 error
        invoke_agent general subagent interrupted
          chat fake-1 error
      ${CLEAN_TURN}`,
    )
  })

  test("while a permission is pending is no rejection", async () => {
    const { server, model } = stage
    model.script("ask for leave", [{ calls: [bash("date")] }])
    const session = await abortedSession("ask for leave", (id) => asks(server, "permission.asked", id))
    const spans = await stage.traces(
      session,
      `
      invoke_agent build prompt interrupted
        chat fake-1 error
        execute_tool bash ERROR (cancelled)
          * opencode.permission.asked
      ${CLEAN_TURN}`,
    )
    const call = spanOf(spans, "execute_tool bash")
    expect(call.attributes["opencode.permission.wait_ms"]).toBeNumber()
    expect(eventsOf(call, "opencode.permission.replied")).toEqual([])
  })

  test("while a subagent's permission is pending", async () => {
    const { server, model } = stage
    model.script("delegate leave", [{ calls: [task("need leave")] }, { hang: true }])
    model.script("need leave", [{ calls: [bash("date")] }])
    const session = await abortedSession("delegate leave", async (id) =>
      asks(server, "permission.asked", await childOf(server, id)),
    )
    const subagent = `
        chat fake-1 tool_call
        invoke_agent general subagent interrupted
          chat fake-1 error
          execute_tool bash ERROR (cancelled)
            * opencode.permission.asked`
    // OpenCode aborts the subagent first, which takes 300 ms; meanwhile its parent goes on to the next step.
    await stage.traces(session, [
      `
      invoke_agent build prompt interrupted${subagent}
        chat fake-1 error
      ${CLEAN_TURN}`,
      `
      invoke_agent build prompt interrupted${subagent}
      ${CLEAN_TURN}`,
    ])
  })

  test("during retry backoff, which OpenCode reports as nothing at all", async () => {
    const { server, model } = stage
    model.script("overloaded", [{ status: 503, headers: { "retry-after": "600" } }])
    const session = await abortedSession("overloaded", (id) => retrying(server, id))
    const spans = await stage.traces(
      session,
      `
      invoke_agent build prompt interrupted
        chat fake-1 error
          * opencode.retry
      ${CLEAN_TURN}`,
    )
    expect(spanOf(spans, "invoke_agent build").attributes["opencode.run.retries"]).toBe(1)
  })

  test("of the subagent's session alone: its parent goes on", async () => {
    const { server, model } = stage
    model.script("delegate on", [{ calls: [task("be aborted")] }, { say: "It was aborted." }])
    model.script("be aborted", [{ calls: [bash("sleep 300")] }])
    const session = await server.createSession()
    await server.promptAsync(session.id, "delegate on")
    const child = await childOf(server, session.id)
    await toolRunning(server, child)
    await server.abort(child)
    await stage.traces(
      session.id,
      `
      invoke_agent build prompt completed
        chat fake-1 tool_call
        invoke_agent general subagent interrupted
          chat fake-1 error
          execute_tool bash ERROR (cancelled)
        chat fake-1 stop
      `,
    )
  })
})
