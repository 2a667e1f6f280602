// With content on, the real OpenCode: every message on the span it belongs to, in the conventions' shapes.
import { expect, test } from "bun:test"
import { answered, asked, call, said, text, thought } from "./support/content.ts"
import { useContentStage } from "./support/content-stage.ts"

const stage = useContentStage({
  pluginOptions: { captureContent: true },
  files: { "a.txt": "alpha\n" },
  config: {
    permission: { "*": "allow" },
    command: { deep: { template: "Look deeply at $ARGUMENTS", agent: "general", subtask: true } },
  },
})

const TITLE = "A scripted title"
const FILE =
  "<path>$PROJECT/a.txt</path>\n<type>file</type>\n<content>\n1: alpha\n\n(End of file - total 1 lines)\n</content>"

const shell = (command: string) => ({ command, description: "run it" })
const bash = (command: string) => ({ name: "bash", args: shell(command) })
const delegation = (prompt: string) => ({ description: "a task", prompt, subagent_type: "general" })
const task = (prompt: string) => ({ name: "task", args: delegation(prompt) })

test("thoughts, text and parallel calls stand in the order of the model; their answers come next", async () => {
  const { model, server } = stage
  const read = { filePath: "a.txt" }
  const calls = [bash("echo one"), { name: "read", args: read }]
  model.script("two at once", [
    { think: "I should look.", say: "Looking.", calls },
    { think: "Seen.", say: "It says alpha." },
  ])
  const session = await server.createSession()
  await server.prompt(session.id, "two at once")

  expect(await stage.told(session.id, 5)).toEqual([
    {
      span: "invoke_agent build",
      input: asked("two at once"),
      output: said("stop", text("It says alpha.")),
      title: TITLE,
    },
    {
      span: "chat fake-1",
      input: asked("two at once"),
      output: said(
        "tool_call",
        thought("I should look."),
        text("Looking."),
        call("call 1", "bash", shell("echo one")),
        call("call 2", "read", read),
      ),
      system: stage.systemPrompt("two at once"),
    },
    { span: "execute_tool bash", args: shell("echo one"), result: { output: "one\n" } },
    { span: "execute_tool read", args: read, result: { output: FILE } },
    {
      span: "chat fake-1",
      input: answered(["call 1", "one\n"], ["call 2", FILE]),
      output: said("stop", thought("Seen."), text("It says alpha.")),
    },
  ])
})

test("a subagent has its task and its last words, and tells its parent through the call", async () => {
  const { model, server } = stage
  model.script("delegate it", [{ say: "Sending.", calls: [task("count them")] }, { say: "Counted." }])
  model.script("count them", [{ say: "I count.", calls: [bash("echo 2")] }, { say: "There are two." }])
  const session = await server.createSession()
  await server.prompt(session.id, "delegate it")

  const [child] = await server.children(session.id)
  const result = `<task id="${child?.id}" state="completed">\n<task_result>\nThere are two.\n</task_result>\n</task>`
  expect(await stage.told(session.id, 7)).toEqual([
    {
      span: "invoke_agent build",
      input: asked("delegate it"),
      output: said("stop", text("Counted.")),
      title: TITLE,
    },
    {
      span: "chat fake-1",
      input: asked("delegate it"),
      output: said("tool_call", text("Sending."), call("call 1", "task", delegation("count them"))),
      system: stage.systemPrompt("delegate it"),
    },
    {
      span: "invoke_agent general",
      input: asked("count them"),
      output: said("stop", text("There are two.")),
    },
    {
      span: "chat fake-1",
      output: said("tool_call", text("I count."), call("call 2", "bash", shell("echo 2"))),
      system: stage.systemPrompt("count them"),
    },
    { span: "execute_tool bash", args: shell("echo 2"), result: { output: "2\n" } },
    {
      span: "chat fake-1",
      input: answered(["call 2", "2\n"]),
      output: said("stop", text("There are two.")),
    },
    { span: "chat fake-1", input: answered(["call 1", result]), output: said("stop", text("Counted.")) },
  ])
})

test("a compaction's summary is its agent's; the next step is given what no step was given before", async () => {
  const { model, server } = stage
  model.script("long work", [
    { say: "First.", calls: [bash("echo one")], usage: { prompt: 11_000, completion: 20 } },
    { say: "All done." },
  ])
  const session = await server.createSession()
  const tiny = { providerID: "fake", modelID: "fake-tiny" }
  await server.prompt(session.id, { text: "long work", model: tiny })

  const spans = await stage.told(session.id, 6)
  expect(
    spans.map(({ system, ...rest }) => ({ ...rest, ...(system !== undefined && { system: true }) })),
  ).toEqual([
    {
      span: "invoke_agent build",
      input: asked("long work"),
      output: said("stop", text("All done.")),
      title: TITLE,
    },
    {
      span: "chat fake-tiny",
      input: asked("long work"),
      output: said("tool_call", text("First."), call("call 1", "bash", shell("echo one"))),
      system: true,
    },
    { span: "execute_tool bash", args: shell("echo one"), result: { output: "one\n" } },
    { span: "invoke_agent compaction", output: said("stop", text("What happened so far, in short.")) },
    { span: "chat fake-tiny", system: true },
    {
      span: "chat fake-tiny",
      input: answered(["call 1", "one\n"]),
      output: said("stop", text("All done.")),
    },
  ])
})

test("a failed call has its error as status and as the answer that the model got", async () => {
  const { model, server } = stage
  const missing = { filePath: "missing.txt" }
  const broken = { name: "bash", rawArgs: '{"command": "ec' }
  model.script("do wrong", [{ calls: [{ name: "read", args: missing }, broken] }, { say: "It failed." }])
  const session = await server.createSession()
  await server.prompt(session.id, "do wrong")

  const absent = "File not found: $PROJECT/missing.txt"
  const unread =
    'The arguments provided to the tool are invalid: Invalid input for tool bash: JSON parsing failed: Text: {"command": "ec.\nError message: JSON Parse error: Unterminated string'
  expect((await stage.told(session.id, 5)).slice(1)).toEqual([
    {
      span: "chat fake-1",
      input: asked("do wrong"),
      output: said("tool_call", call("call 1", "read", missing), {
        type: "tool_call",
        id: "call 2",
        name: "bash",
      }),
      system: stage.systemPrompt("do wrong"),
    },
    { span: "execute_tool read", args: missing, status: absent },
    { span: "execute_tool bash", status: unread },
    {
      span: "chat fake-1",
      input: answered(["call 1", absent], ["call 2", unread]),
      output: said("stop", text("It failed.")),
    },
  ])
})
