import { describe, expect, test } from "bun:test"
import { testPlugin } from "../../support/plugin.ts"

const SESSION = "ses_1"
const PROMPT = "msg_1"
const ANSWER = "msg_2"

/** A plugin with an open run and its first assistant message. */
async function working() {
  const plugin = testPlugin()
  const { hooks, clock } = plugin
  const now = clock.now()
  const message = { id: PROMPT, role: "user", sessionID: SESSION, time: { created: now }, agent: "build" }
  const info = {
    id: ANSWER,
    role: "assistant",
    sessionID: SESSION,
    parentID: PROMPT,
    agent: "build",
    time: { created: now },
  }
  const send = (type: string, properties: object) =>
    Reflect.apply(hooks.event ?? (() => {}), undefined, [{ event: { type, properties } }])
  const call = (
    name: "chat.message" | "chat.params" | "chat.headers" | "shell.env",
    input: object,
    output: object,
  ) => Reflect.apply(hooks[name] ?? (() => {}), undefined, [input, output])
  call("chat.message", { sessionID: SESSION }, { message, parts: [] })
  send("message.updated", { sessionID: SESSION, info })
  const request = (providerID: string) => ({
    sessionID: SESSION,
    agent: "build",
    message,
    model: { id: "m", providerID, api: { id: "m", url: "" } },
    provider: {},
  })
  const part = (state: object, callID = "call_1") =>
    send("message.part.updated", {
      sessionID: SESSION,
      part: {
        id: `prt_${callID}`,
        messageID: ANSWER,
        sessionID: SESSION,
        type: "tool",
        tool: "bash",
        callID,
        state,
      },
    })
  return { plugin, send, call, request, part, now }
}

describe("shell.env", () => {
  test("gives a command the TRACEPARENT of its own call, and nothing else", async () => {
    const { plugin, call, part, now } = await working()
    part({ status: "pending", input: {} })
    const output = { env: { PATH: "/bin" } }
    call("shell.env", { cwd: "/", sessionID: SESSION, callID: "call_1" }, output)
    part({ status: "running", input: {}, time: { start: now } })
    part({ status: "completed", input: {}, time: { start: now, end: now + 5 }, metadata: { exit: 0 } })
    const [tool] = plugin.spans()
    expect(output.env).toEqual({
      PATH: "/bin",
      TRACEPARENT: `00-${tool?.traceId}-${tool?.spanId}-01`,
    } as typeof output.env)
    expect(tool?.name).toBe("execute_tool bash")
  })

  test("a call that is not known yet joins the run", async () => {
    const { plugin, call, send, now } = await working()
    const output: { env: Record<string, string> } = { env: {} }
    call("shell.env", { cwd: "/", sessionID: SESSION, callID: "call_9" }, output)
    send("message.updated", {
      info: {
        id: ANSWER,
        role: "assistant",
        sessionID: SESSION,
        parentID: PROMPT,
        time: { created: now, completed: now },
      },
    })
    send("session.idle", { sessionID: SESSION })
    const [run] = plugin.spans()
    expect(run?.name).toBe("invoke_agent build")
    expect(output.env).toEqual({ TRACEPARENT: `00-${run?.traceId}-${run?.spanId}-01` })
  })

  test("a terminal without a call, an unknown session and a frozen environment stay as they are", async () => {
    const { call } = await working()
    const env = Object.freeze({})
    for (const input of [
      { cwd: "/" },
      { cwd: "/", sessionID: "ses_x", callID: "c" },
      { sessionID: SESSION, callID: "c" },
    ]) {
      call("shell.env", input, { env })
    }
    expect(env).toEqual({})
  })
})

describe("chat.headers", () => {
  test("carries the chat's context to listed providers only", async () => {
    const { plugin, call, request } = await working()
    const listed: { headers: Record<string, string> } = { headers: { a: "b" } }
    const other: { headers: Record<string, string> } = { headers: {} }
    call("chat.params", request("traced"), {})
    call("chat.headers", request("traced"), listed)
    call("chat.headers", request("other"), other)
    plugin.runs.shutdown()
    const chat = plugin.spans().find((span) => span.name === "chat m")
    expect(listed.headers).toEqual({ a: "b", traceparent: `00-${chat?.traceId}-${chat?.spanId}-01` })
    expect(other.headers).toEqual({})
  })

  test("the title's request is not a step and carries nothing", async () => {
    const { call, request } = await working()
    const output: { headers: Record<string, string> } = { headers: {} }
    call("chat.headers", { ...request("traced"), agent: "title" }, output)
    expect(output.headers).toEqual({})
  })
})
