// Answers of another form, answers that are cut, long answers, and tools that stream.
import { describe, expect, test } from "bun:test"
import { bash } from "../harness/scenarios/scenario.ts"
import { spanOf, useStage } from "./support/stage.ts"

const stage = useStage()

const SCHEMA = { type: "object", properties: { answer: { type: "number" } }, required: ["answer"] }

describe("an answer", () => {
  test("in a JSON schema says so on each of its chats, and on no other", async () => {
    const { server, model } = stage
    model.script("as JSON", [
      { calls: [bash("echo thinking")] },
      { calls: [{ name: "StructuredOutput", args: { answer: 42 } }] },
    ])
    model.script("in words", [{ say: "Forty-two." }])
    const session = await server.createSession()
    await server.prompt(session.id, { text: "as JSON", format: { type: "json_schema", schema: SCHEMA } })
    await server.prompt(session.id, "in words")
    const spans = await stage.traces(
      session.id,
      `
      invoke_agent build prompt completed
        chat fake-1 tool_call
        execute_tool bash
        chat fake-1 tool_call
        execute_tool StructuredOutput
      invoke_agent build prompt completed
        chat fake-1 stop
      `,
    )
    const types = [0, 1, 2].map((nth) => spanOf(spans, "chat fake-1", nth).attributes["gen_ai.output.type"])
    expect(types).toEqual(["json", "json", undefined])
  })

  test("in a JSON schema that the model does not keep to is an error", async () => {
    const { server, model } = stage
    model.script("as JSON, please", [{ say: "I would rather not." }])
    const session = await server.createSession()
    await server.prompt(session.id, {
      text: "as JSON, please",
      format: { type: "json_schema", schema: SCHEMA, retryCount: 0 },
    })
    await stage.traces(
      session.id,
      `
      invoke_agent build ERROR (StructuredOutputError) prompt error
        chat fake-1 ERROR (StructuredOutputError) stop
      `,
    )
  })

  test("that is cut at the output limit is no error of the run", async () => {
    const { server, model } = stage
    model.script("go on for ever", [{ say: "And so on and", finish: "length" }])
    const session = await server.createSession()
    await server.prompt(session.id, "go on for ever")
    await stage.traces(
      session.id,
      `
      invoke_agent build prompt completed
        chat fake-1 length
      `,
    )
  })

  test("of 20,000 words is one chat", async () => {
    const { server, model } = stage
    model.script("recite", [{ say: "word ".repeat(20_000), usage: { prompt: 10, completion: 20_000 } }])
    const session = await server.createSession()
    await server.prompt(session.id, "recite")
    const spans = await stage.traces(
      session.id,
      `
      invoke_agent build prompt completed
        chat fake-1 stop
      `,
    )
    const chat = spanOf(spans, "chat fake-1")
    expect(chat.attributes["gen_ai.usage.output_tokens"]).toBe(20_000)
    expect(chat.events).toEqual([])
  })
})

describe("a tool", () => {
  test("that streams its output, snapshot by snapshot, is one span", async () => {
    const { server, model } = stage
    const script = "for i in $(seq 1 2000); do echo line $i; done"
    model.script("count up", [{ calls: [bash(script)] }, { say: "Counted." }])
    const session = await server.createSession()
    await server.prompt(session.id, "count up")
    const spans = await stage.traces(
      session.id,
      `
      invoke_agent build prompt completed
        chat fake-1 tool_call
        execute_tool bash
        chat fake-1 stop
      `,
    )
    expect(spanOf(spans, "execute_tool bash").attributes["process.exit.code"]).toBe(0)
  })
})
