import { afterEach, beforeEach, describe, expect, test } from "bun:test"
import { lines, modelRequest, Stage, T0 } from "../../support/stage.ts"

let stage: Stage
beforeEach(() => {
  stage = new Stage()
})
afterEach(() => {
  expect(stage.tracer.faults).toEqual([])
  expect(stage.tracer.open).toEqual([])
})

function end(): void {
  stage.idle().at(100_000)
}

describe("model requests", () => {
  test("start the chat span with what chat.params tells", () => {
    stage.prompt("m1").at(5).assistant("a1", "m1").at(3_000)
    stage.request("m1", {
      temperature: 0,
      topP: 0.9,
      topK: 40,
      maxTokens: 1_000,
      server: { address: "api.example.com", port: 443 },
    })
    stage
      .at(3_100)
      .text("a1", T0 + 3_050)
      .finish("a1")
    end()
    const chat = stage.tracer.one("chat fake-1")
    expect([chat.startMs, chat.endMs]).toEqual([T0 + 3_000, T0 + 3_100])
    expect(chat.attributes).toEqual({
      "gen_ai.operation.name": "chat",
      "gen_ai.conversation.id": "s",
      "gen_ai.agent.name": "build",
      "gen_ai.provider.name": "fake",
      "gen_ai.request.model": "fake-1",
      "gen_ai.request.temperature": 0,
      "gen_ai.request.top_p": 0.9,
      "gen_ai.request.top_k": 40,
      "gen_ai.request.max_tokens": 1_000,
      "gen_ai.request.stream": true,
      "gen_ai.response.finish_reasons": ["stop"],
      "gen_ai.response.model": "fake-1",
      "gen_ai.response.time_to_first_chunk": 0.05,
      "opencode.provider.id": "fake",
      "opencode.session.id": "s",
      "server.address": "api.example.com",
      "server.port": 443,
    })
  })

  test("sent before their assistant message is known wait for it", () => {
    stage.prompt("m1").at(10).request("m1", { temperature: 0.5 }).at(20).assistant("a1", "m1")
    expect(stage.model.sizes.earlyRequests).toBe(0)
    stage.at(30).text("a1").finish("a1")
    end()
    expect(stage.tracer.one("chat fake-1").attributes["gen_ai.request.temperature"]).toBe(0.5)
  })

  test("for the session's title are nobody's step", () => {
    stage
      .prompt("m1")
      .request("m1", { agent: "title" })
      .assistant("a1", "m1")
      .request("m1", { agent: "title" })
    expect(stage.tracer.spans.map((span) => span.name)).toEqual(["invoke_agent build"])
    expect(stage.model.sizes.earlyRequests).toBe(0)
    stage.request("m1").text("a1").finish("a1")
    end()
  })

  test("of another agent, or for another prompt, are not this step's", () => {
    stage.prompt("m1").request("m1", { agent: "summary" }).request("m2").assistant("a1", "m1")
    expect(stage.tracer.spans).toHaveLength(1)
    stage.update("a1", { completedAt: T0 })
    end()
  })

  test("begin by chat.headers where chat.params was left out, and only there", () => {
    stage.prompt("m1").assistant("a1", "m1").at(10).model.requestHeaders(modelRequest("m1"))
    stage.at(20).model.requestHeaders(modelRequest("m1"))
    stage
      .at(30)
      .text("a1", T0 + 25)
      .finish("a1")
    end()
    const chat = stage.tracer.one("chat fake-1")
    expect(chat.startMs).toBe(T0 + 10)
    expect(chat.attributes["gen_ai.response.time_to_first_chunk"]).toBe(0.015)
  })

  test("begin at the first sign of the model where both were left out", () => {
    stage.prompt("m1").assistant("a1", "m1").at(10)
    stage.model.outputSeen("a1", { type: "started", at: T0 + 8 })
    stage.at(20).text("a1").finish("a1")
    end()
    expect(stage.tracer.one("chat fake-1").startMs).toBe(T0 + 8)
  })

  test("of which nothing was seen but a retry or an error were requests all the same", () => {
    stage
      .prompt("m1")
      .at(5)
      .assistant("a1", "m1")
      .at(10)
      .model.sessionRetried("s", { attempt: 1, next: undefined })
    stage
      .at(20)
      .update("a1", { completedAt: T0 + 20 })
      .idle()
    stage.at(30).prompt("m2").at(35).assistant("a2", "m2")
    stage
      .at(40)
      .update("a2", { completedAt: T0 + 40, failure: { kind: "error", type: "401" } })
      .idle()
    expect(stage.tree({ attributes: ["opencode.outcome"], events: true })).toBe(lines`
      invoke_agent build opencode.outcome=interrupted
        chat fake-1
          * opencode.retry
      invoke_agent build ERROR (401) opencode.outcome=error
        chat fake-1 ERROR (401)
    `)
    expect(stage.tracer.spans.map((span) => span.startMs - T0)).toEqual([0, 5, 30, 35])
  })

  test("tried again are one span with an event for each wait", () => {
    stage
      .prompt("m1")
      .step("a1", "m1")
      .at(10)
      .model.sessionRetried("s", { attempt: 1, next: T0 + 2_010 })
    stage.model.sessionRetried("s", { attempt: 1, next: T0 + 2_010 })
    stage.at(2_010).request("m1").at(2_020).model.sessionRetried("s", { attempt: 2, next: undefined })
    stage
      .at(5_000)
      .request("m1")
      .at(5_040)
      .text("a1", T0 + 5_030)
      .finish("a1")
    stage.model.sessionRetried("s", { attempt: 3, next: undefined })
    end()
    const chat = stage.tracer.one("chat fake-1")
    expect(chat.events).toEqual([
      {
        name: "opencode.retry",
        attributes: { attempt: 1, next: T0 + 2_010, wait_ms: 2_000 },
        timeMs: T0 + 10,
      },
      { name: "opencode.retry", attributes: { attempt: 2 }, timeMs: T0 + 2_020 },
    ])
    expect([chat.startMs, chat.endMs]).toEqual([T0, T0 + 5_040])
    expect(chat.attributes["gen_ai.response.time_to_first_chunk"]).toBe(0.03)
    expect(chat.status.code).toBe(0)
    expect(stage.run("m1").attributes).toMatchObject({
      "opencode.run.retries": 2,
      "opencode.outcome": "completed",
    })
  })

  test("what a failed attempt wrote is neither the first output of the next nor the end of the span", () => {
    stage
      .prompt("m1")
      .step("a1", "m1")
      .at(10)
      .text("a1", T0 + 5)
    stage.model.sessionRetried("s", { attempt: 1, next: undefined })
    stage.at(100).request("m1").at(110).model.sessionFailed("s", { kind: "error", type: "500" })
    stage
      .idle()
      .at(111)
      .update("a1", { completedAt: T0 + 110, failure: { kind: "error", type: "500" } })
    const chat = stage.tracer.one("chat fake-1")
    expect(chat.endMs).toBe(T0 + 110)
    expect(chat.attributes["gen_ai.response.time_to_first_chunk"]).toBeUndefined()
  })

  test("answered by a tool call alone have their first chunk when the model begins to write it", () => {
    stage.prompt("m1").step("a1", "m1").at(40).call("p1", "a1", { status: "pending" })
    stage.at(60).call("p1", "a1").at(70).called("p1", "a1").finish("a1", { finish: "tool-calls" })
    end()
    const chat = stage.tracer.one("chat fake-1")
    expect(chat.attributes["gen_ai.response.time_to_first_chunk"]).toBe(0.04)
    expect(chat.endMs).toBe(T0 + 60)
  })

  test("and the tools they call are of their message's agent", () => {
    stage.prompt("m1", { agent: "build" }).step("a1", "m1", { agent: "plan" }).text("a1").call("p1", "a1")
    stage.called("p1", "a1").finish("a1")
    end()
    expect(stage.tree({ attributes: ["gen_ai.agent.name"] })).toBe(lines`
      invoke_agent build gen_ai.agent.name=build
        chat fake-1 gen_ai.agent.name=plan
        execute_tool bash gen_ai.agent.name=plan
    `)
  })

  test("end with the model's last output, not with their tools", () => {
    stage
      .prompt("m1")
      .step("a1", "m1")
      .at(100)
      .text("a1", T0 + 90)
      .call("p1", "a1", { status: "pending" })
    stage
      .at(110)
      .call("p1", "a1")
      .at(2_110)
      .called("p1", "a1")
      .at(2_120)
      .finish("a1", { finish: "tool-calls" })
    end()
    expect(stage.tracer.one("chat fake-1").endMs).toBe(T0 + 110)
    expect(stage.tracer.one("execute_tool bash").endMs).toBe(T0 + 2_110)
  })

  test("do not end later because a tool tells more and more of itself", () => {
    stage.prompt("m1").step("a1", "m1").at(10).call("p1", "a1")
    for (let n = 1; n <= 50; n++) stage.at(10 + n).call("p1", "a1", { startedAt: T0 + 10 + n })
    stage
      .at(100)
      .called("p1", "a1", { startedAt: T0 + 60 })
      .finish("a1", { finish: "tool-calls" })
    end()
    expect(stage.tracer.one("chat fake-1").endMs).toBe(T0 + 10)
    expect(stage.tracer.one("execute_tool bash").startMs).toBe(T0 + 10)
  })

  test("of a message with several steps add up", () => {
    stage.prompt("m1").step("a1", "m1").text("a1")
    const once = { input: 10, output: 5, cacheRead: 2, cacheWrite: 1, reasoning: 3 }
    for (const partId of ["end1", "end1", "end2"]) {
      stage.model.outputSeen("a1", {
        type: "finished",
        partId,
        at: T0,
        finish: "stop",
        usage: once,
        cost: 0.25,
      })
    }
    stage.update("a1", { completedAt: T0, finish: "stop", usage: once, cost: 0.25 })
    end()
    expect(stage.tracer.one("chat fake-1").attributes).toMatchObject({
      "gen_ai.usage.input_tokens": 20,
      "gen_ai.usage.output_tokens": 10,
      "gen_ai.usage.cache_read.input_tokens": 4,
      "gen_ai.usage.cache_creation.input_tokens": 2,
      "gen_ai.usage.reasoning.output_tokens": 6,
      "opencode.cost": 0.5,
    })
  })
})

describe("an error that follows completion", () => {
  test("is still the step's", () => {
    stage.prompt("m1").step("a1", "m1").at(10).text("a1").finish("a1", { finish: "content-filter" })
    stage.at(14).update("a1", { failure: { kind: "error", type: "ContentFilterError" } })
    stage.model.sessionFailed("s", { kind: "error", type: "ContentFilterError" })
    stage.at(15).idle()
    expect(stage.tree({ attributes: ["gen_ai.response.finish_reasons", "opencode.outcome"] })).toBe(lines`
      invoke_agent build ERROR (ContentFilterError) opencode.outcome=error
        chat fake-1 ERROR (ContentFilterError) gen_ai.response.finish_reasons=["content_filter"]
    `)
  })
})

describe("copies of a fork", () => {
  test("complete ones make no spans", () => {
    stage.session("f", { createdAt: T0 }).at(1)
    stage.stored("m1", { sessionId: "f", createdAt: T0 - 900 })
    stage.assistant("a1", "m1", {
      sessionId: "f",
      createdAt: T0 - 800,
      completedAt: T0 - 700,
      finish: "stop",
    })
    stage.called("p1", "a1", { sessionId: "f", startedAt: T0 - 750, endedAt: T0 - 740 })
    expect(stage.tracer.spans).toEqual([])
    expect(stage.model.sizes.open).toBe(0)
  })

  test("ones that were still at work make no spans either", () => {
    stage.session("f", { createdAt: T0 }).at(1)
    stage.stored("m1", { sessionId: "f", createdAt: T0 - 900 })
    stage.assistant("a1", "m1", { sessionId: "f", createdAt: T0 - 800 })
    stage.call("p1", "a1", { sessionId: "f", startedAt: T0 - 750 }).text("a1")
    expect(stage.tracer.spans).toEqual([])
    stage.prompt("m2", { sessionId: "f" }).whole("a2", "m2", { sessionId: "f" }).idle("f")
    expect(stage.tracer.spans).toHaveLength(2)
  })
})
