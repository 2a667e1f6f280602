import { afterEach, beforeEach, describe, expect, test } from "bun:test"
import { ROOT_CONTEXT, trace } from "@opentelemetry/api"
import { lines, Stage, T0 } from "../../support/stage.ts"

const SHOWN = { attributes: ["opencode.message.id", "opencode.run.trigger", "opencode.run.merged_into"] }

let stage: Stage
beforeEach(() => {
  stage = new Stage()
})
afterEach(() => {
  expect(stage.tracer.faults).toEqual([])
  expect(stage.tracer.open).toEqual([])
})

describe("several prompts at once", () => {
  test("each of two prompts gets its own trace, complete", () => {
    stage.prompt("m1").step("a1", "m1").at(10).prompt("m2").at(20).text("a1").finish("a1")
    stage.at(30).step("a2", "m2").at(40).text("a2").finish("a2").at(50).idle()
    expect(stage.tree(SHOWN)).toBe(lines`
      invoke_agent build opencode.message.id=m1 opencode.run.trigger=prompt
        chat fake-1
      invoke_agent build opencode.message.id=m2 opencode.run.trigger=prompt
        chat fake-1
    `)
    // The first was over when its answer was, not when OpenCode rested.
    expect(stage.run("m1").endMs).toBe(T0 + 20)
    expect([stage.run("m2").startMs, stage.run("m2").endMs]).toEqual([T0 + 10, T0 + 50])
    expect(stage.rootsEnded).toBe(2)
  })

  test("a queued prompt that OpenCode answers with a later one says so, and links to it", () => {
    stage.prompt("m1").step("a1", "m1").text("a1").call("p1", "a1")
    stage.at(10).prompt("m2").at(20).prompt("m3")
    stage.at(30).called("p1", "a1").finish("a1", { finish: "tool-calls" })
    stage.at(40).whole("a3", "m3").at(50).idle()
    expect(stage.tree({ attributes: [...SHOWN.attributes, "opencode.outcome"] })).toBe(lines`
      invoke_agent build opencode.message.id=m1 opencode.run.trigger=prompt opencode.outcome=completed
        chat fake-1
        execute_tool bash
      invoke_agent build opencode.message.id=m2 opencode.run.trigger=prompt opencode.run.merged_into=m3 opencode.outcome=completed
      invoke_agent build opencode.message.id=m3 opencode.run.trigger=prompt opencode.outcome=completed
        chat fake-1
    `)
    const merged = stage.run("m2")
    expect(merged.links.map((link) => link.context)).toEqual([stage.run("m3").spanContext()])
    expect([merged.startMs, merged.endMs]).toEqual([T0 + 10, T0 + 40])
  })

  test("a later prompt is not merged into an earlier one", () => {
    stage.prompt("m1").step("a1", "m1").at(10).prompt("m2")
    stage.at(20).text("a1").finish("a1", { finish: "tool-calls" }).at(30).whole("a2", "m1").at(40).idle()
    expect(stage.tracer.spans).toHaveLength(3)
    expect(stage.model.sizes.announced).toBe(1)
  })

  test("messages that ask for no answer export nothing and are not merged", () => {
    stage.model.promptSent({
      messageId: "note",
      sessionId: "s",
      createdAt: T0,
      agent: "build",
      model: undefined,
      json: false,
    })
    stage.stored("note").at(10).prompt("m1").whole("a1", "m1").idle().idle()
    expect(stage.tree(SHOWN)).toBe(lines`
      invoke_agent build opencode.message.id=m1 opencode.run.trigger=prompt
        chat fake-1
    `)
  })
})

describe("how a run is set off", () => {
  test("a slash command names its run, and no later one", () => {
    stage.model.slashCommandSent("s", "greet")
    stage.prompt("m1").whole("a1", "m1").idle().prompt("m2").whole("a2", "m2").idle()
    expect(stage.tree({ attributes: ["opencode.run.trigger", "opencode.command.name"] })).toBe(lines`
      invoke_agent build opencode.run.trigger=command opencode.command.name=greet
        chat fake-1
      invoke_agent build opencode.run.trigger=prompt
        chat fake-1
    `)
  })

  test("a command whose prompt never came does not name the next prompt", () => {
    stage.model.slashCommandSent("s", "broken")
    stage.idle().prompt("m1").whole("a1", "m1").idle()
    expect(stage.run("m1").attributes["opencode.run.trigger"]).toBe("prompt")
  })

  test("a shell command is a root of its own, without a model request", () => {
    stage.busy().stored("m1").model.promptOriginSeen("m1", "shell")
    stage
      .assistant("a1", "m1")
      .call("p1", "a1")
      .at(10)
      .update("a1", { completedAt: T0 + 10 })
    stage.at(11).called("p1", "a1").at(12).idle()
    expect(stage.tree({ attributes: ["opencode.run.trigger", "opencode.run.llm_calls"] })).toBe(lines`
      invoke_agent build opencode.run.trigger=shell opencode.run.llm_calls=0
        execute_tool bash
    `)
    expect(stage.run("m1").endMs).toBe(T0 + 12)
  })

  test("the option agentName names roots, and roots alone", () => {
    stage = new Stage({ agentName: "reviewer" })
    stage.prompt("m1").step("a1", "m1").task("p1", "a1", "c")
    stage.prompt("m2", { sessionId: "c", agent: "explore" })
    stage
      .whole("b1", "m2", { sessionId: "c", agent: "explore" })
      .idle("c")
      .called("p1", "a1", { tool: "task" })
    stage.text("a1").finish("a1").idle()
    expect(stage.tree({ attributes: ["gen_ai.agent.name"] })).toBe(lines`
      invoke_agent reviewer gen_ai.agent.name=reviewer
        chat fake-1 gen_ai.agent.name=build
        invoke_agent explore gen_ai.agent.name=explore
          chat fake-1 gen_ai.agent.name=explore
    `)
  })

  test("roots hang under the remote parent that the user asked for", () => {
    const remote = { traceId: "1".repeat(32), spanId: "2".repeat(16), traceFlags: 1, isRemote: true }
    stage = new Stage(
      {},
      { rootContext: trace.setSpanContext(ROOT_CONTEXT, remote), rootLinks: [{ context: remote }] },
    )
    stage.prompt("m1").step("a1", "m1").text("a1").finish("a1").idle()
    expect(stage.run("m1").parent).toEqual(remote)
    expect(stage.run("m1").links).toEqual([{ context: remote }])
    expect(stage.tracer.one("chat fake-1").links).toEqual([])
  })
})

describe("messages that continue a run", () => {
  test("a synthetic message while the session works starts nothing; its answer is the run's", () => {
    stage.prompt("m1").whole("a1", "m1").at(10).stored("m1b").at(20).whole("a2", "m1b").at(30).idle()
    expect(stage.tree(SHOWN)).toBe(lines`
      invoke_agent build opencode.message.id=m1 opencode.run.trigger=prompt
        chat fake-1
        chat fake-1
    `)
  })

  test("the same message in an idle session is work of its own", () => {
    stage.prompt("m1").whole("a1", "m1").idle().stored("m2").whole("a2", "m2").idle()
    expect(stage.rootsEnded).toBe(2)
  })

  test("one that the user wrote is a prompt in the queue, though no hook told of it", () => {
    stage
      .prompt("m1")
      .step("a1", "m1")
      .at(10)
      .stored("m2")
      .model.promptPartStored("m2", { partId: "t", text: "two" })
    stage.at(20).text("a1").finish("a1").at(30).whole("a2", "m2").at(40).idle()
    expect(stage.tree(SHOWN)).toBe(lines`
      invoke_agent build opencode.message.id=m1 opencode.run.trigger=prompt
        chat fake-1
      invoke_agent build opencode.message.id=m2 opencode.run.trigger=prompt
        chat fake-1
    `)
    expect(stage.run("m2").startMs).toBe(T0 + 10)
  })

  test("one that a compaction sends again is the same turn, though the user wrote it", () => {
    stage
      .prompt("m1")
      .step("a1", "m1")
      .at(10)
      .update("a1", { completedAt: T0 + 10 })
    stage.stored("c").model.promptOriginSeen("c", "compaction")
    stage
      .whole("a2", "c", { agent: "compaction" })
      .stored("m1b")
      .model.promptPartStored("m1b", { partId: "t", text: "one" })
    stage.at(20).whole("a3", "m1b").idle()
    expect(stage.rootsEnded).toBe(1)
    expect(stage.tracer.spans).toHaveLength(5)
  })

  test("its answer after the run has ended still lands in the run", () => {
    stage.prompt("m1").whole("a1", "m1").stored("m1b").idle().at(10).whole("a2", "m1b")
    expect(stage.tracer.spans.at(-1)?.parent).toEqual(stage.run("m1").spanContext())
    stage.at(60_000)
  })
})
