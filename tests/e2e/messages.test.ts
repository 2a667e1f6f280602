import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test"
import { createWorkspace, type Server, startServer } from "../harness/opencode.ts"
import { type OtlpReceiver, type ReceivedSpan, startOtlpReceiver } from "../harness/otlp-receiver.ts"
import { type ScriptedModel, startScriptedModel } from "../harness/scripted-model.ts"
import { assertSound, type SoundOptions } from "../harness/tree.ts"
import { told } from "./support/content.ts"

setDefaultTimeout(60_000)

let model: ScriptedModel
let receiver: OtlpReceiver
let server: Server

const bash = (command: string) => ({ name: "bash", args: { command, description: "run it" } })
const task = (prompt: string) => ({
  name: "task",
  args: { description: "a task", prompt, subagent_type: "general" },
})

function conversation(id: string): ReceivedSpan[] {
  return receiver.spans.filter((span) => span.attributes["gen_ai.conversation.id"] === id)
}
async function spans(id: string, count: number, options: SoundOptions = {}) {
  await receiver.waitFor(() => conversation(id).length >= count, 15_000).catch(() => {})
  assertSound(conversation(id), { content: true, ...options })
  const out = told(conversation(id), { [server.workspace.project]: "$PROJECT" })
  for (const o of out) {
    const s = JSON.stringify(o.system)
    console.log(JSON.stringify({ ...o, system: s && `${s.length} ${s.slice(0, 120)}` }, null, 1))
  }
  return out
}

beforeAll(async () => {
  model = await startScriptedModel()
  receiver = await startOtlpReceiver()
  const workspace = await createWorkspace({
    model,
    pluginOptions: { captureContent: true },
    files: { "a.txt": "alpha\n" },
    config: {
      permission: { "*": "allow" },
      command: {
        greet: { template: "Greet $ARGUMENTS" },
        deep: { template: "Look deeply at $ARGUMENTS", agent: "general", subtask: true },
      },
    },
  })
  server = await startServer(workspace, { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: receiver.tracesUrl })
}, 120_000)
afterAll(async () => {
  await server?.stop()
  await model?.stop()
  await receiver?.stop()
}, 30_000)

test("turn", async () => {
  console.log("==== turn")
  model.script("two at once", [
    {
      think: "I should look.",
      say: "Looking.",
      calls: [bash("echo one"), { name: "read", args: { filePath: "a.txt" } }],
    },
    { think: "Seen.", say: "It says alpha." },
  ])
  const s = await server.createSession()
  await server.prompt(s.id, "two at once")
  await spans(s.id, 5)
})
test("subagent", async () => {
  console.log("==== sub")
  model.script("delegate", [{ say: "Sending.", calls: [task("count the files")] }, { say: "Counted." }])
  model.script("count the files", [{ say: "I count.", calls: [bash("echo 2")] }, { say: "There are two." }])
  const s = await server.createSession()
  await server.prompt(s.id, "delegate")
  await spans(s.id, 7)
})
test("compaction", async () => {
  console.log("==== compaction")
  model.script("long work", [
    { say: "First.", calls: [bash("echo one")], usage: { prompt: 11_000, completion: 20 } },
    { say: "Second.", calls: [bash("echo two")] },
    { say: "All done." },
  ])
  const s = await server.createSession()
  await server.prompt(s.id, { text: "long work", model: { providerID: "fake", modelID: "fake-tiny" } })
  await spans(s.id, 8)
})
test("failed tools", async () => {
  console.log("==== failed")
  model.script("do wrong", [
    {
      calls: [
        { name: "read", args: { filePath: "missing.txt" } },
        { name: "nosuch", args: { x: "y" } },
        { name: "bash", rawArgs: '{"command": "ec' },
      ],
    },
    { say: "It failed." },
  ])
  const s = await server.createSession()
  await server.prompt(s.id, "do wrong")
  await spans(s.id, 6)
})
test("abort", async () => {
  console.log("==== abort")
  const gate = Promise.withResolvers<void>()
  model.script("tell long", [
    { say: "One two three", chunkDelayMs: 400, usage: { prompt: 10, completion: 3 } },
  ])
  const s = await server.createSession()
  await server.promptAsync(s.id, "tell long")
  await server.waitForEvent((e) => e.type === "message.part.delta" && e.properties.sessionID === s.id)
  await server.abort(s.id)
  gate.resolve()
  await spans(s.id, 2)
})
test("queued", async () => {
  console.log("==== queued")
  const gate = Promise.withResolvers<void>()
  model.script("a long answer", [{ say: "This takes a while.", hold: gate.promise }])
  model.script("the next", [{ calls: [bash("echo next")] }, { say: "Next is done." }])
  const s = await server.createSession()
  await server.promptAsync(s.id, "a long answer")
  await model.waitForRequest((request) => request.key === "a long answer")
  await server.promptAsync(s.id, "the next")
  gate.resolve()
  await server.waitForIdle(s.id)
  await spans(s.id, 6)
})
test("shell", async () => {
  console.log("==== shell")
  const s = await server.createSession()
  await server.shell(s.id, "echo by hand")
  await spans(s.id, 2)
})
test("command", async () => {
  console.log("==== command")
  model.script("Look deeply at", [{ say: "Deep." }])
  model.script("Summarize the task tool output", [{ say: "In short." }])
  const s = await server.createSession()
  await server.command(s.id, "deep", "the world")
  await spans(s.id, 4)
})
test("files", async () => {
  console.log("==== files")
  model.script("look at these", [{ say: "Seen both." }])
  const s = await server.createSession()
  await server.prompt(s.id, {
    parts: [
      { type: "text", text: "look at these" },
      {
        type: "file",
        mime: "text/plain",
        url: `file://${server.workspace.project}/a.txt`,
        filename: "a.txt",
      },
      {
        type: "file",
        mime: "image/png",
        url: "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
        filename: "dot.png",
      },
    ],
  })
  await spans(s.id, 2)
})
