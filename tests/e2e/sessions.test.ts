// Sessions are copied, taken back, deleted: only what runs makes spans.
import { describe, expect, test } from "bun:test"
import { bash, task, toolRunning } from "../harness/scenarios/scenario.ts"
import { childOf } from "./support/bus.ts"
import { useStage } from "./support/stage.ts"

const stage = useStage()

const TURN = `
      invoke_agent build prompt completed
        chat fake-1 tool_call
        execute_tool bash
        chat fake-1 stop`
const ANSWER = `
      invoke_agent build prompt completed
        chat fake-1 stop`

describe("a fork", () => {
  test("copies what ran, and only what runs in it is traced", async () => {
    const { server, model } = stage
    model.script("first thing", [{ calls: [bash("echo one")] }, { say: "One." }])
    model.script("second thing", [{ say: "Two." }])
    const session = await server.createSession()
    await server.prompt(session.id, "first thing")
    await server.prompt(session.id, "second thing")
    await stage.traces(session.id, TURN + ANSWER)
    const copy = await server.fork(session.id)
    await server.prompt(copy.id, "second thing")
    await stage.traces(copy.id, ANSWER)
    const users = (await server.messages(session.id)).filter((message) => message.info.role === "user")
    const early = await server.fork(session.id, String(users[1]?.info.id))
    await server.prompt(early.id, "first thing")
    await stage.traces(early.id, TURN)
    expect((await server.messages(early.id)).length).toBeGreaterThan(4)
  })

  test("of a session at work leaves the work where it is", async () => {
    const { server, model } = stage
    const gate = Promise.withResolvers<void>()
    model.script("slow thing", [{ calls: [bash("echo slow")] }, { say: "Slow.", gate: gate.promise }])
    model.script("beside it", [{ say: "Beside." }])
    const session = await server.createSession()
    await server.promptAsync(session.id, "slow thing")
    await model.waitForRequest((request) => request.key === "slow thing" && request.index === 1)
    const copy = await server.fork(session.id)
    await server.prompt(copy.id, "beside it")
    await stage.traces(copy.id, ANSWER)
    gate.resolve()
    await stage.traces(session.id, TURN)
  })
})

describe("a revert", () => {
  test("and its undoing run nothing; a prompt after it is a new trace", async () => {
    const { server, model } = stage
    model.script("make a file", [{ calls: [bash("echo one > made.txt")] }, { say: "Made." }])
    model.script("say more", [{ say: "More." }])
    const session = await server.createSession()
    await server.prompt(session.id, "make a file")
    const more = await server.prompt(session.id, "say more")
    const prompt = String(more.info.parentID)
    await stage.traces(session.id, TURN + ANSWER)
    await server.revert(session.id, prompt)
    await server.unrevert(session.id)
    await stage.traces(session.id, TURN + ANSWER)
    await server.revert(session.id, prompt)
    await server.prompt(session.id, "say more")
    await stage.traces(session.id, TURN + ANSWER + ANSWER)
  })
})

describe("a session that is deleted", () => {
  test("while its subagent runs a tool ends with everything beneath it", async () => {
    const { server, model } = stage
    model.script("delegate away", [{ calls: [task("sleep a while")] }, { hang: true }])
    model.script("sleep a while", [{ calls: [bash("sleep 300")] }, { hang: true }])
    const session = await server.createSession()
    await server.promptAsync(session.id, "delegate away")
    await toolRunning(server, await childOf(server, session.id))
    await server.deleteSession(session.id)
    await stage.traces(
      session.id,
      `
      invoke_agent build prompt interrupted orphan=session_deleted
        chat fake-1 error orphan=session_deleted
        invoke_agent general subagent interrupted
          chat fake-1 error
          execute_tool bash ERROR (cancelled)
      `,
    )
  })

  test("when it is idle changes nothing", async () => {
    const { server, model } = stage
    model.script("short life", [{ say: "Short." }])
    const session = await server.createSession()
    await server.prompt(session.id, "short life")
    await stage.traces(session.id, ANSWER)
    await server.deleteSession(session.id)
    await stage.traces(session.id, ANSWER)
  })
})
