// A session goes on in a new process, which has never heard of it.
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test"
import { createWorkspace, type Server, startServer, type Workspace } from "../harness/opencode.ts"
import { type OtlpReceiver, type ReceivedSpan, startOtlpReceiver } from "../harness/otlp-receiver.ts"
import { bash, task } from "../harness/scenarios/scenario.ts"
import { type ScriptedModel, startScriptedModel } from "../harness/scripted-model.ts"
import { assertSound } from "../harness/tree.ts"
import { drawTraces, outdent } from "./support/draw.ts"
import { spanOf } from "./support/stage.ts"

setDefaultTimeout(180_000)

let model: ScriptedModel
let receiver: OtlpReceiver
let workspace: Workspace
const running = new Set<Server>()

beforeAll(async () => {
  model = await startScriptedModel()
  receiver = await startOtlpReceiver()
  workspace = await createWorkspace({ model })
})

afterAll(async () => {
  for (const server of running) await server.stop({ keep: true })
  await workspace?.remove()
  await model?.stop()
  await receiver?.stop()
}, 60_000)

/** One process on the workspace; everything that the plugin sent by its orderly end. */
async function life(work: (server: Server) => Promise<void>): Promise<ReceivedSpan[]> {
  receiver.reset()
  const server = await startServer(workspace, { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: receiver.tracesUrl })
  running.add(server)
  await work(server)
  await server.disposeAll()
  await server.stop({ keep: true })
  running.delete(server)
  assertSound(receiver.spans)
  return receiver.spans
}

describe("a session that goes on in a new process", () => {
  test("makes spans of what runs there alone, its resumed subagent included", async () => {
    model.script("start it", [{ calls: [task("look at the code")] }, { say: "It looked." }])
    model.script("look at the code", [{ calls: [bash("echo looking")] }, { say: "I looked." }])
    model.script("look again", [{ say: "Nothing new." }])
    const ids = { session: "", child: "" }
    const first = await life(async (server) => {
      ids.session = (await server.createSession()).id
      await server.prompt(ids.session, "start it")
      ids.child = (await server.children(ids.session))[0]?.id ?? ""
    })
    expect(drawTraces(first)).toBe(
      outdent(`
      invoke_agent build prompt completed
        chat fake-1 tool_call
        invoke_agent general subagent completed
          chat fake-1 tool_call
          execute_tool bash
          chat fake-1 stop
        chat fake-1 stop
      `),
    )

    model.script("go on with it", [
      { calls: [task("look again", { task_id: ids.child })] },
      { say: "Again." },
    ])
    const second = await life(async (server) => {
      await server.prompt(ids.session, "go on with it")
    })
    expect(drawTraces(second)).toBe(
      outdent(`
      invoke_agent build prompt completed
        chat fake-1 tool_call
        invoke_agent general subagent completed
          chat fake-1 stop
        chat fake-1 stop
      `),
    )
    const conversations = new Set(second.map((span) => span.attributes["gen_ai.conversation.id"]))
    expect([...conversations]).toEqual([ids.session])
    const subagent = spanOf(second, "invoke_agent general").attributes
    expect(subagent["opencode.session.id"]).toBe(ids.child)
    expect(subagent["opencode.session.parent_id"]).toBe(ids.session)
    expect(subagent["gen_ai.agent.version"]).toBe("1.18.33")
  })
})
