// With content on, the real OpenCode: prompts that come, end or are made in other ways than a plain turn.
import { expect, test } from "bun:test"
import { answered, asked, call, said, text } from "./support/content.ts"
import { useContentStage } from "./support/content-stage.ts"

const stage = useContentStage({
  pluginOptions: { captureContent: true },
  files: { "a.txt": "alpha\n" },
  config: {
    // The title's request and the step's go to one model: only their order tells their system prompts apart.
    small_model: "fake/fake-1",
    permission: { "*": "allow" },
    command: { deep: { template: "Look deeply at $ARGUMENTS", agent: "general", subtask: true } },
  },
})

const TITLE = "A scripted title"
/** One black pixel: OpenCode looks whether an image is one. */
const PIXEL =
  "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="

const shell = (command: string) => ({ command, description: "run it" })
const bash = (command: string) => ({ name: "bash", args: shell(command) })

test("an aborted answer is told as far as it came", async () => {
  const { model, server } = stage
  model.script("tell a long story", [{ say: "Once upon a time", chunkDelayMs: 5_000 }])
  const session = await server.createSession()
  await server.promptAsync(session.id, "tell a long story")
  await server.waitForEvent(
    ({ type, properties }) => type === "message.part.delta" && properties.sessionID === session.id,
  )
  await server.abort(session.id)

  const output = said("error", text("Once "))
  expect(await stage.told(session.id, 2)).toEqual([
    { span: "invoke_agent build", input: asked("tell a long story"), output, title: TITLE },
    {
      span: "chat fake-1",
      input: asked("tell a long story"),
      output,
      system: stage.systemPrompt("tell a long story"),
    },
  ])
})

test("queued prompts keep their messages apart", async () => {
  const { model, server } = stage
  const gate = Promise.withResolvers<void>()
  model.script("a long answer", [{ say: "This takes a while.", hold: gate.promise }])
  model.script("the next", [{ calls: [bash("echo next")] }, { say: "Next is done." }])
  const session = await server.createSession()
  await server.promptAsync(session.id, "a long answer")
  await model.waitForRequest((request) => request.key === "a long answer")
  await server.promptAsync(session.id, "the next")
  gate.resolve()

  const first = said("stop", text("This takes a while."))
  expect(await stage.told(session.id, 6)).toEqual([
    { span: "invoke_agent build", input: asked("a long answer"), output: first, title: TITLE },
    {
      span: "chat fake-1",
      input: asked("a long answer"),
      output: first,
      system: stage.systemPrompt("a long answer"),
    },
    {
      span: "invoke_agent build",
      input: asked("the next"),
      output: said("stop", text("Next is done.")),
      title: TITLE,
    },
    {
      span: "chat fake-1",
      input: asked("the next"),
      output: said("tool_call", call("call 1", "bash", shell("echo next"))),
      system: stage.systemPrompt("the next"),
    },
    { span: "execute_tool bash", args: shell("echo next"), result: { output: "next\n" } },
    {
      span: "chat fake-1",
      input: answered(["call 1", "next\n"]),
      output: said("stop", text("Next is done.")),
    },
  ])
})

test("a shell command is its tool's; a session without a title has none", async () => {
  const session = await stage.server.createSession()
  await stage.server.shell(session.id, "echo by hand")
  expect(await stage.told(session.id, 2)).toEqual([
    { span: "invoke_agent build" },
    { span: "execute_tool bash", args: { command: "echo by hand" }, result: { output: "by hand\n" } },
  ])
})

test("a command's prompt is what its template made of it; as a subtask it is the subagent's too", async () => {
  const { model, server } = stage
  model.script("Look deeply at", [{ say: "Deep." }])
  model.script("Summarize the task tool output", [{ say: "In short." }])
  const session = await server.createSession()
  await server.command(session.id, "deep", "the world")

  const input = asked("Look deeply at the world")
  expect(await stage.told(session.id, 4)).toEqual([
    { span: "invoke_agent build", input, output: said("stop", text("In short.")), title: TITLE },
    { span: "invoke_agent general", input, output: said("stop", text("Deep.")) },
    {
      span: "chat fake-1",
      output: said("stop", text("Deep.")),
      system: stage.systemPrompt("Look deeply at"),
    },
    {
      span: "chat fake-1",
      input,
      output: said("stop", text("In short.")),
      system: stage.systemPrompt("Summarize the task tool output"),
    },
  ])
})

test("attached files are referred to, never inlined", async () => {
  const { model, server } = stage
  model.script("look at these", [{ say: "Seen both." }])
  const session = await server.createSession()
  const url = `file://${server.workspace.project}/a.txt`
  await server.prompt(session.id, {
    text: "look at these",
    parts: [
      { type: "file", mime: "text/plain", url, filename: "a.txt" },
      { type: "file", mime: "image/png", url: PIXEL, filename: "dot.png" },
    ],
  })

  const input = [
    {
      role: "user",
      parts: [
        text("look at these"),
        { type: "uri", modality: "document", uri: "file://$PROJECT/a.txt", mime_type: "text/plain" },
        text("(inline image/png dot.png, not recorded)"),
      ],
    },
  ]
  const [agent, chat] = await stage.told(session.id, 2)
  expect([agent?.input, chat?.input]).toEqual([input, input])
})

test("a megabyte of arguments is cut, in its own shape, wherever it is told", async () => {
  const { model, server } = stage
  const args = { filePath: "large.txt", content: "0123456789abcde\n".repeat(65_536) }
  model.script("write much", [{ calls: [{ name: "write", args }] }, { say: "Written." }])
  const session = await server.createSession()
  await server.prompt(session.id, "write much")

  const spans = await stage.told(session.id, 4)
  const shape = {
    filePath: "large.txt",
    content: expect.stringMatching(/^0123456789abcde\n.*…\[\+\d{7} chars\]$/s),
  }
  expect(spans[1]?.output).toEqual(said("tool_call", call("call 1", "write", shape)))
  expect(spans[2]?.args).toEqual(shape)
  const texts = stage.spans(session.id).flatMap(({ attributes }) => Object.values(attributes))
  const sizes = texts.filter((value) => typeof value === "string").map((value) => Buffer.byteLength(value))
  expect(Math.max(...sizes)).toBeLessThanOrEqual(32 * 1024)
})
