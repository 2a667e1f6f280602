// The ways in which work starts other than by a plain prompt.
import { describe, expect, test } from "bun:test"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { bash, task, toolRunning } from "../harness/scenarios/scenario.ts"
import { childOf } from "./support/bus.ts"
import { spanOf, useStage } from "./support/stage.ts"

const stage = useStage({
  config: { command: { greet: { template: "greet $ARGUMENTS", description: "greets" } } },
  files: { "notes.txt": "a note\n" },
})

describe("a ! shell command", () => {
  test("in a session of its own, failing, and after a prompt: no model, no chat", async () => {
    const { server, model } = stage
    model.script("hello there", [{ say: "Hello." }])
    const session = await server.createSession()
    await server.shell(session.id, "echo shell")
    await server.shell(session.id, "exit 3")
    await server.prompt(session.id, "hello there")
    await server.waitForIdle(session.id)
    await server.shell(session.id, "echo again")
    const spans = await stage.traces(
      session.id,
      `
      invoke_agent build shell completed
        execute_tool bash
      invoke_agent build shell completed
        execute_tool bash
      invoke_agent build prompt completed
        chat fake-1 stop
      invoke_agent build shell completed
        execute_tool bash
      `,
    )
    // What a person runs goes through no model, and OpenCode tells no exit code of it.
    const codes = spans.map((span) => span.attributes["process.exit.code"])
    expect(codes.filter((code) => code !== undefined)).toEqual([])
    expect(spanOf(spans, "invoke_agent build").attributes["opencode.run.llm_calls"]).toBe(0)
  })

  test("that is aborted", async () => {
    const { server } = stage
    const session = await server.createSession()
    const running = server.shell(session.id, "sleep 300").catch(() => {})
    await toolRunning(server, session.id)
    await server.abort(session.id)
    await running
    await stage.traces(
      session.id,
      `
      invoke_agent build shell interrupted
        execute_tool bash ERROR (cancelled)
      `,
    )
  })
})

describe("a prompt", () => {
  test("of a slash command names the command", async () => {
    const { server, model } = stage
    model.script("greet", [{ calls: [bash("echo hi")] }, { say: "Hi." }])
    model.script("plainly", [{ say: "Plain." }])
    const session = await server.createSession()
    await server.command(session.id, "greet", "the world")
    await server.prompt(session.id, "plainly")
    const spans = await stage.traces(
      session.id,
      `
      invoke_agent build command completed
        chat fake-1 tool_call
        execute_tool bash
        chat fake-1 stop
      invoke_agent build prompt completed
        chat fake-1 stop
      `,
    )
    expect(spanOf(spans, "invoke_agent build", 0).attributes["opencode.command.name"]).toBe("greet")
    expect(spanOf(spans, "invoke_agent build", 1).attributes["opencode.command.name"]).toBeUndefined()
  })

  test("of a slash command that does not exist is no work, and marks no later one", async () => {
    const { server, model } = stage
    model.script("after nothing", [{ say: "Something." }])
    const session = await server.createSession()
    await server.command(session.id, "nowhere").catch(() => {})
    await server.prompt(session.id, "after nothing")
    await stage.traces(
      session.id,
      `
      invoke_agent build prompt completed
        chat fake-1 stop
      `,
    )
  })

  test("without a reply is nothing, until a prompt is answered", async () => {
    const { server, model } = stage
    model.script("an answer", [{ say: "Here it is." }])
    const session = await server.createSession()
    await server.prompt(session.id, { text: "only for your information", noReply: true })
    await server.prompt(session.id, "an answer")
    await stage.traces(
      session.id,
      `
      invoke_agent build prompt completed
        chat fake-1 stop
      `,
    )
  })

  test("with a file: OpenCode reads it for the model, which is no call of the model's", async () => {
    const { server, model } = stage
    model.script("read this", [{ say: "I read it." }])
    const url = pathToFileURL(join(server.workspace.project, "notes.txt")).href
    const session = await server.createSession()
    await server.prompt(session.id, {
      text: "read this",
      parts: [{ type: "file", mime: "text/plain", url, filename: "notes.txt" }],
    })
    await stage.traces(
      session.id,
      `
      invoke_agent build prompt completed
        chat fake-1 stop
      `,
    )
    const asked = model.requests.find((request) => request.key === "read this")
    expect(JSON.stringify(asked?.body)).toContain("a note")
  })

  test("to another agent, one after the other in a session", async () => {
    const { server, model } = stage
    model.script("plan it", [{ say: "Planned." }])
    model.script("build it", [{ say: "Built." }])
    const session = await server.createSession()
    await server.prompt(session.id, { text: "plan it", agent: "plan" })
    await server.prompt(session.id, { text: "build it", agent: "build" })
    const spans = await stage.traces(
      session.id,
      `
      invoke_agent plan prompt completed
        chat fake-1 stop
      invoke_agent build prompt completed
        chat fake-1 stop
      `,
    )
    const agents = spans.map((span) => span.attributes["gen_ai.agent.name"])
    expect(agents).toEqual(["plan", "plan", "build", "build"])
  })

  test("to a subagent's session is a root of its own in the same conversation", async () => {
    const { server, model } = stage
    model.script("have it done", [{ calls: [task("do it")] }, { say: "It is done." }])
    model.script("do it", [{ say: "Did." }])
    model.script("ask it yourself", [{ say: "Yes?" }])
    const session = await server.createSession()
    await server.prompt(session.id, "have it done")
    const child = await childOf(server, session.id)
    await server.prompt(child, { text: "ask it yourself", agent: "general" })
    const spans = await stage.traces(
      session.id,
      `
      invoke_agent build prompt completed
        chat fake-1 tool_call
        invoke_agent general subagent completed
          chat fake-1 stop
        chat fake-1 stop
      invoke_agent general prompt completed
        chat fake-1 stop
      `,
    )
    const own = spanOf(spans, "invoke_agent general", 1)
    expect(own.parentSpanId).toBeUndefined()
    expect(own.attributes["opencode.session.id"]).toBe(child)
  })
})
