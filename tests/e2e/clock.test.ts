// Times: OpenCode's own wherever there are any; the model's and the tools' kept apart.
import { describe, expect, test } from "bun:test"
import { record } from "../harness/json.ts"
import { bash, task } from "../harness/scenarios/scenario.ts"
import { spanOf, useStage } from "./support/stage.ts"

const stage = useStage()

/** Not a command: those may begin a little before OpenCode says so, because they are to find their span in place. */
const LOOK = { name: "glob", args: { pattern: "*.md" } }

describe("the clock", () => {
  test("a model that answers in 100 ms and a tool that takes 2 s are seen apart", async () => {
    const { server, model } = stage
    model.script("take your time", [
      { say: "I will.", delayMs: 100, calls: [bash("sleep 2")] },
      { say: "I did.", delayMs: 100 },
    ])
    const session = await server.createSession()
    await server.prompt(session.id, "take your time")
    const spans = await stage.traces(
      session.id,
      `
      invoke_agent build prompt completed
        chat fake-1 tool_call
        execute_tool bash
        chat fake-1 stop
      `,
    )
    const tool = spanOf(spans, "execute_tool bash")
    const [asking, answering] = [0, 1].map((nth) => spanOf(spans, "chat fake-1", nth))
    expect(tool.endMs - tool.startMs).toBeGreaterThanOrEqual(2_000)
    // The model's last words can arrive while the tool starts, but not while it sleeps.
    expect(tool.endMs - (asking?.endMs ?? 0)).toBeGreaterThanOrEqual(1_000)
    expect(answering?.startMs).toBeGreaterThanOrEqual(tool.endMs)
    for (const chat of [asking, answering]) {
      expect((chat?.endMs ?? 0) - (chat?.startMs ?? 0)).toBeGreaterThanOrEqual(100)
      expect(chat?.attributes["gen_ai.response.time_to_first_chunk"]).toBeGreaterThanOrEqual(0.1)
    }
  })

  test("agents start and calls start and end when OpenCode says they do", async () => {
    const { server, model } = stage
    model.script("by your watch", [{ calls: [LOOK, task("watch it too")] }, { say: "Tock." }])
    model.script("watch it too", [{ calls: [LOOK] }, { say: "Watched." }])
    const session = await server.createSession()
    await server.prompt(session.id, "by your watch")
    const spans = await stage.traces(
      session.id,
      `
      invoke_agent build prompt completed
        chat fake-1 tool_call
        execute_tool glob
        invoke_agent general subagent completed
          chat fake-1 tool_call
          execute_tool glob
          chat fake-1 stop
        chat fake-1 stop
      `,
    )
    const child = (await server.children(session.id))[0]?.id ?? ""
    const messages = [...(await server.messages(session.id)), ...(await server.messages(child))]
    const prompts = messages.filter((message) => message.info.role === "user")
    const agents = [spanOf(spans, "invoke_agent build"), spanOf(spans, "invoke_agent general")]
    expect(agents.map((agent) => agent.startMs)).toEqual(
      prompts.map((message) => Number(record(message.info.time).created)),
    )
    const tools = [0, 1].map((nth) => spanOf(spans, "execute_tool glob", nth))
    for (const [nth, id] of [session.id, child].entries()) {
      expect([tools[nth]?.startMs, tools[nth]?.endMs]).toEqual(globTimes(id))
    }
  })
})

/** When OpenCode first and last said that the session's `glob` call started and ended. */
function globTimes(session: string): [start: number, end: number] {
  const times = stage.server.events
    .filter((event) => event.type === "message.part.updated")
    .map((event) => record(event.properties.part))
    .filter((part) => part.sessionID === session && part.tool === "glob")
    .map((part) => record(record(part.state).time))
  return [Number(times.find((time) => time.start !== undefined)?.start), Number(times.at(-1)?.end)]
}
