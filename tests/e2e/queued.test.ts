// Prompts that are sent while another one runs. OpenCode finishes the step it is at and then answers the newest.
import { describe, expect, test } from "bun:test"
import { bash, toolRunning } from "../harness/scenarios/scenario.ts"
import { prompted, streaming } from "./support/bus.ts"
import { spanOf, useStage } from "./support/stage.ts"

const stage = useStage({
  config: { command: { greet: { template: "greet $ARGUMENTS", description: "greets" } } },
})

describe("prompts sent while another one runs", () => {
  test("a second and a third: a trace each, and the one that was skipped names the one that answered it", async () => {
    const { server, model } = stage
    model.script("slow one", [{ say: "Wait.", calls: [bash("sleep 1")] }, { say: "One is done." }])
    model.script("quick two", [{ say: "Two is done." }])
    model.script("quick three", [{ calls: [bash("echo three")] }, { say: "Three is done." }])
    const session = await server.createSession()
    await server.promptAsync(session.id, "slow one")
    await toolRunning(server, session.id)
    await server.promptAsync(session.id, "quick two")
    await server.promptAsync(session.id, "quick three")
    const spans = await stage.traces(
      session.id,
      `
      invoke_agent build prompt completed
        chat fake-1 tool_call
        execute_tool bash
      invoke_agent build prompt completed
      invoke_agent build prompt completed
        chat fake-1 tool_call
        execute_tool bash
        chat fake-1 stop
      `,
    )
    const [one, two, three] = [0, 1, 2].map((nth) => spanOf(spans, "invoke_agent build", nth))
    const ids = (await server.messages(session.id))
      .filter((message) => message.info.role === "user")
      .map((message) => message.info.id)
    expect([one, two, three].map((root) => root?.attributes["opencode.message.id"])).toEqual(ids)
    expect(one?.attributes["opencode.run.merged_into"]).toBeUndefined()
    expect(two?.attributes["opencode.run.merged_into"]).toBe(String(ids[2]))
    expect(two?.links).toMatchObject([{ traceId: three?.traceId, spanId: three?.spanId }])
    expect(three?.links).toEqual([])
  })

  test("during a last answer: each is answered in its turn, in a complete trace", async () => {
    const { server, model } = stage
    const one = Promise.withResolvers<void>()
    const two = Promise.withResolvers<void>()
    model.script("in turn one", [{ calls: [bash("echo one")] }, { say: "One.", gate: one.promise }])
    model.script("in turn two", [{ say: "Two.", gate: two.promise }])
    model.script("in turn three", [{ calls: [bash("echo three")] }, { say: "Three." }])
    const session = await server.createSession()
    await server.promptAsync(session.id, "in turn one")
    await model.waitForRequest((request) => request.key === "in turn one" && request.index === 1)
    await server.promptAsync(session.id, "in turn two")
    one.resolve()
    await model.waitForRequest((request) => request.key === "in turn two")
    await server.promptAsync(session.id, "in turn three")
    two.resolve()
    const spans = await stage.traces(
      session.id,
      `
      invoke_agent build prompt completed
        chat fake-1 tool_call
        execute_tool bash
        chat fake-1 stop
      invoke_agent build prompt completed
        chat fake-1 stop
      invoke_agent build prompt completed
        chat fake-1 tool_call
        execute_tool bash
        chat fake-1 stop
      `,
    )
    expect(new Set(spans.map((span) => span.traceId)).size).toBe(3)
    expect(spans.filter((span) => "opencode.run.merged_into" in span.attributes)).toEqual([])
  })

  test("a slash command that waits keeps its name", async () => {
    const { server, model } = stage
    const gate = Promise.withResolvers<void>()
    model.script("busy bee", [{ say: "Busy.", gate: gate.promise }])
    model.script("greet", [{ say: "Hi." }])
    const session = await server.createSession()
    await server.promptAsync(session.id, "busy bee")
    await model.waitForRequest((request) => request.key === "busy bee")
    const command = server.command(session.id, "greet", "the bee")
    await prompted(server, session.id, 2)
    gate.resolve()
    await command
    const spans = await stage.traces(
      session.id,
      `
      invoke_agent build prompt completed
        chat fake-1 stop
      invoke_agent build command completed
        chat fake-1 stop
      `,
    )
    const names = spans.map((span) => span.attributes["opencode.command.name"])
    expect(names.filter((name) => name !== undefined)).toEqual(["greet"])
  })

  test("a prompt that waits takes over at the next step", async () => {
    const { server, model } = stage
    model.script("never finished", [{ calls: [bash("sleep 1")] }, { status: 400 }])
    model.script("in good health", [{ say: "Fine." }])
    const session = await server.createSession()
    await server.promptAsync(session.id, "never finished")
    await toolRunning(server, session.id)
    await server.promptAsync(session.id, "in good health")
    await stage.traces(
      session.id,
      `
      invoke_agent build prompt completed
        chat fake-1 tool_call
        execute_tool bash
      invoke_agent build prompt completed
        chat fake-1 stop
      `,
    )
  })

  test("a prompt that waits names a model that does not exist: the error is its own", async () => {
    const { server, model } = stage
    model.script("healthy before", [{ calls: [bash("sleep 1")] }, { say: "Never asked." }])
    const session = await server.createSession()
    await server.promptAsync(session.id, "healthy before")
    await toolRunning(server, session.id)
    await server.promptAsync(session.id, {
      text: "to nowhere",
      model: { providerID: "fake", modelID: "fake-9" },
    })
    await stage.traces(
      session.id,
      `
      invoke_agent build prompt completed
        chat fake-1 tool_call
        execute_tool bash
      invoke_agent build ERROR (ProviderModelNotFoundError) prompt error
      `,
    )
  })

  test("a message that asks for no answer is answered all the same when it comes in mid-turn", async () => {
    const { server, model } = stage
    const gate = Promise.withResolvers<void>()
    model.script("work away", [{ calls: [bash("echo one")], gate: gate.promise }, { say: "Noted." }])
    const session = await server.createSession()
    await server.promptAsync(session.id, "work away")
    await model.waitForRequest((request) => request.key === "work away")
    await server.prompt(session.id, { text: "for your information", noReply: true })
    gate.resolve()
    await stage.traces(
      session.id,
      `
      invoke_agent build prompt completed
        chat fake-1 tool_call
        execute_tool bash
      invoke_agent build prompt completed
        chat fake-1 stop
      `,
    )
  })

  test("the running prompt fails: OpenCode gives up the queue", async () => {
    const { server, model } = stage
    const gate = Promise.withResolvers<void>()
    model.script("refused at last", [{ gate: gate.promise, status: 400 }])
    model.script("waiting behind", [{ say: "Never asked." }])
    const session = await server.createSession()
    await server.promptAsync(session.id, "refused at last")
    await model.waitForRequest((request) => request.key === "refused at last")
    await server.promptAsync(session.id, "waiting behind")
    gate.resolve()
    const spans = await stage.traces(
      session.id,
      `
      invoke_agent build ERROR (400) prompt error
        chat fake-1 ERROR (400) error
      invoke_agent build prompt interrupted
      `,
    )
    const [failed, waiting] = spans.filter((span) => span.name === "invoke_agent build")
    expect(waiting?.attributes["opencode.run.merged_into"]).toBeUndefined()
    expect(waiting?.endMs).toBeLessThanOrEqual((failed?.endMs ?? 0) + 1_000)
  })

  test("the user aborts while a prompt waits: the next one takes it along", async () => {
    const { server, model } = stage
    model.script("endless one", [{ say: "On and on", hold: new Promise(() => {}) }])
    model.script("behind the endless", [{ say: "Never asked." }])
    model.script("afterwards", [{ say: "Clean." }])
    const session = await server.createSession()
    await server.promptAsync(session.id, "endless one")
    await streaming(server, session.id)
    await server.promptAsync(session.id, "behind the endless")
    const since = server.mark()
    await server.abort(session.id)
    await server.waitForIdle(session.id, since)
    await server.prompt(session.id, "afterwards")
    const spans = await stage.traces(
      session.id,
      `
      invoke_agent build prompt interrupted
        chat fake-1 error
      invoke_agent build prompt completed
      invoke_agent build prompt completed
        chat fake-1 stop
      `,
    )
    const [, waiting, next] = spans.filter((span) => span.name === "invoke_agent build")
    expect(waiting?.attributes["opencode.run.merged_into"]).toBe(next?.attributes["opencode.message.id"])
  })
})
