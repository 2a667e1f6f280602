// Subagents: each a nested agent in the place of the call that spawned it.
import { describe, expect, test } from "bun:test"
import { bash, task } from "../harness/scenarios/scenario.ts"
import { spanOf, useStage } from "./support/stage.ts"

const stage = useStage({
  config: {
    subagent_depth: 3,
    agent: { general: { permission: { task: "allow" } } },
    command: {
      dig: { template: "dig into $ARGUMENTS", description: "digs", subtask: true, agent: "general" },
    },
  },
})

const SPAWNING = "opencode.subagent.spawning_tool_call_id"

/** The ids of the session's `task` calls, as OpenCode stores them, in the order of the calls. */
async function taskCalls(session: string): Promise<unknown[]> {
  const parts = (await stage.server.messages(session)).flatMap((message) => message.parts)
  return parts.filter((part) => part.type === "tool" && part.tool === "task").map((part) => part.callID)
}

describe("subagents", () => {
  test("two at once, beside another tool", async () => {
    const { server, model } = stage
    model.script("both of you", [
      { calls: [task("first errand"), task("second errand"), bash("echo meanwhile")] },
      { say: "Both are back." },
    ])
    model.script("first errand", [{ calls: [bash("sleep 0.5")] }, { say: "First." }])
    model.script("second errand", [{ say: "Second." }])
    const session = await server.createSession()
    await server.prompt(session.id, "both of you")
    const spans = await stage.traces(
      session.id,
      `
      invoke_agent build prompt completed
        chat fake-1 tool_call
        invoke_agent general subagent completed
          chat fake-1 tool_call
          execute_tool bash
          chat fake-1 stop
        invoke_agent general subagent completed
          chat fake-1 stop
        execute_tool bash
        chat fake-1 stop
      `,
    )
    expect(spanOf(spans, "invoke_agent build").attributes).toMatchObject({
      "opencode.run.subagents": 2,
      "opencode.run.llm_calls": 5,
      "opencode.run.tool_calls": 2,
    })
    const children = await server.children(session.id)
    const subagents = [0, 1].map((nth) => spanOf(spans, "invoke_agent general", nth).attributes)
    expect(subagents.map((one) => one[SPAWNING])).toEqual(await taskCalls(session.id))
    expect(subagents.map((one) => one["opencode.session.id"]).sort()).toEqual(
      children.map((child) => child.id).sort(),
    )
    for (const one of subagents) expect(one["opencode.session.parent_id"]).toBe(session.id)
  })

  test("five at once", async () => {
    const { server, model } = stage
    const errands = ["alpha", "beta", "gamma", "delta", "epsilon"].map((name) => `errand ${name}`)
    model.script("all of you", [{ calls: errands.map((errand) => task(errand)) }, { say: "All are back." }])
    for (const errand of errands) {
      model.script(errand, [{ calls: [{ name: "glob", args: { pattern: "*.md" } }] }, { say: errand }])
    }
    const session = await server.createSession()
    await server.prompt(session.id, "all of you")
    const errand = `
        invoke_agent general subagent completed
          chat fake-1 tool_call
          execute_tool glob
          chat fake-1 stop`
    const spans = await stage.traces(
      session.id,
      `
      invoke_agent build prompt completed
        chat fake-1 tool_call${errand.repeat(5)}
        chat fake-1 stop
      `,
    )
    const spawning = [0, 1, 2, 3, 4].map(
      (nth) => spanOf(spans, "invoke_agent general", nth).attributes[SPAWNING],
    )
    expect(spawning.sort()).toEqual((await taskCalls(session.id)).sort())
  })

  test("three deep, and one too deep, which stays a call", async () => {
    const { server, model } = stage
    model.script("level zero", [{ calls: [task("level one")] }, { say: "Zero." }])
    model.script("level one", [{ calls: [task("level two")] }, { say: "One." }])
    model.script("level two", [{ calls: [task("level three")] }, { say: "Two." }])
    model.script("level three", [{ calls: [task("level four")] }, { say: "Three." }])
    const session = await server.createSession()
    await server.prompt(session.id, "level zero")
    const spans = await stage.traces(
      session.id,
      `
      invoke_agent build prompt completed
        chat fake-1 tool_call
        invoke_agent general subagent completed
          chat fake-1 tool_call
          invoke_agent general subagent completed
            chat fake-1 tool_call
            invoke_agent general subagent completed
              chat fake-1 tool_call
              execute_tool task ERROR (tool_error)
              chat fake-1 stop
            chat fake-1 stop
          chat fake-1 stop
        chat fake-1 stop
      `,
    )
    expect(spanOf(spans, "invoke_agent build").attributes["opencode.run.subagents"]).toBe(3)
    const conversations = new Set(spans.map((span) => span.attributes["gen_ai.conversation.id"]))
    expect([...conversations]).toEqual([session.id])
  })

  test("resumed in the same run and in a later one", async () => {
    const { server, model } = stage
    model.script("start it", [{ calls: [task("look at the code")] }, { say: "It looked." }])
    model.script("look at the code", [{ calls: [bash("echo looking")] }, { say: "I looked." }])
    model.script("look again", [{ say: "Nothing new." }])
    model.script("look twice", [{ say: "Still nothing." }])
    const session = await server.createSession()
    await server.prompt(session.id, "start it")
    const child = (await server.children(session.id))[0]?.id
    model.script("go on with it", [
      { calls: [task("look again", { task_id: child })] },
      { calls: [task("look twice", { task_id: child })] },
      { say: "It looked again." },
    ])
    await server.prompt(session.id, "go on with it")
    const spans = await stage.traces(
      session.id,
      `
      invoke_agent build prompt completed
        chat fake-1 tool_call
        invoke_agent general subagent completed
          chat fake-1 tool_call
          execute_tool bash
          chat fake-1 stop
        chat fake-1 stop
      invoke_agent build prompt completed
        chat fake-1 tool_call
        invoke_agent general subagent completed
          chat fake-1 stop
        chat fake-1 tool_call
        invoke_agent general subagent completed
          chat fake-1 stop
        chat fake-1 stop
      `,
    )
    const subagents = [0, 1, 2].map((nth) => spanOf(spans, "invoke_agent general", nth).attributes)
    expect(subagents.map((one) => one[SPAWNING])).toEqual(await taskCalls(session.id))
    expect(subagents.map((one) => one["opencode.session.id"])).toEqual([child, child, child])
  })

  test("of a type that does not exist: the call fails, and there is no subagent", async () => {
    const { server, model } = stage
    model.script("ask nobody", [
      { calls: [task("hello", { subagent_type: "nobody" })] },
      { say: "Nobody came." },
    ])
    const session = await server.createSession()
    await server.prompt(session.id, "ask nobody")
    await stage.traces(
      session.id,
      `
      invoke_agent build prompt completed
        chat fake-1 tool_call
        execute_tool task ERROR (tool_error)
        chat fake-1 stop
      `,
    )
  })

  test("started by a subtask part of a prompt: no model asked for it", async () => {
    const { server, model } = stage
    model.script("survey the land", [{ calls: [bash("echo land")] }, { say: "Surveyed." }])
    model.script("then report", [{ say: "Reported." }])
    const session = await server.createSession()
    await server.prompt(session.id, {
      text: "then report",
      parts: [{ type: "subtask", prompt: "survey the land", description: "survey", agent: "general" }],
    })
    const spans = await stage.traces(
      session.id,
      `
      invoke_agent build prompt completed
        invoke_agent general subagent completed
          chat fake-1 tool_call
          execute_tool bash
          chat fake-1 stop
        chat fake-1 stop
      `,
    )
    expect([spanOf(spans, "invoke_agent general").attributes[SPAWNING]]).toEqual(await taskCalls(session.id))
  })

  test("started by a slash command with subtask", async () => {
    const { server, model } = stage
    model.script("dig into", [{ say: "Found it." }])
    model.script("Summarize the task tool output", [{ say: "The task found it." }])
    const session = await server.createSession()
    await server.command(session.id, "dig", "the code")
    const spans = await stage.traces(
      session.id,
      `
      invoke_agent build command completed
        invoke_agent general subagent completed
          chat fake-1 stop
        chat fake-1 stop
      `,
    )
    expect(spanOf(spans, "invoke_agent build").attributes["opencode.command.name"]).toBe("dig")
  })

  test("started by an @mention", async () => {
    const { server, model } = stage
    model.script("please have", [{ calls: [task("on request")] }, { say: "Asked." }])
    model.script("on request", [{ say: "Gladly." }])
    const session = await server.createSession()
    await server.prompt(session.id, {
      parts: [
        { type: "text", text: "please have @general do it" },
        { type: "agent", name: "general", source: { value: "@general", start: 12, end: 20 } },
      ],
    })
    await stage.traces(
      session.id,
      `
      invoke_agent build prompt completed
        chat fake-1 tool_call
        invoke_agent general subagent completed
          chat fake-1 stop
        chat fake-1 stop
      `,
    )
  })
})
