// Whole recorded sessions with content, as Arize's own converter (the one of Phoenix) reads them: nothing may be lost
// on the way.
import { describe, expect, test } from "bun:test"
import { convertGenAISpanAttributesToOpenInferenceSpanAttributes as convert } from "@arizeai/openinference-genai"
import type { Attributes } from "@opentelemetry/api"
import type { TreeSpan } from "../harness/tree.ts"
import { testCapture } from "../support/capture.ts"
import { readStream, replayLines } from "../support/replay.ts"

function converted(recording: string) {
  const spans = replayLines(readStream(recording), { capture: testCapture() }).spans()
  return spans.map((span) => {
    const read: Readonly<Record<string, unknown>> = convert(attributesOf(span)) ?? {}
    return { span, read }
  })
}

function attributesOf({ attributes }: TreeSpan): Attributes {
  return Object.fromEntries(Object.entries(attributes).filter(isAttribute))
}

function isAttribute(entry: [string, unknown]): entry is [string, string | number | boolean | string[]] {
  return entry[1] !== null && (typeof entry[1] !== "object" || Array.isArray(entry[1]))
}

type Part = {
  type: string
  content?: string
  id?: string
  name?: string
  arguments?: unknown
  response?: unknown
}
type Message = { role: string; parts: Part[] }

function messages({ attributes }: TreeSpan, name: string): Message[] {
  return JSON.parse(String(attributes[name] ?? "[]"))
}

const KINDS: Readonly<Record<string, string>> = { invoke_agent: "AGENT", chat: "LLM", execute_tool: "TOOL" }

const RECORDINGS = [
  "tools",
  "subagents",
  "compaction-auto",
  "permissions",
  "mcp",
  "resume-subagent",
  "queued",
]

describe.each(RECORDINGS.map((name) => [name]))("%s", (recording) => {
  const all = converted(recording)

  test("every span has the kind of its operation", () => {
    expect(all.length).toBeGreaterThan(0)
    for (const { span, read } of all) {
      expect(read["openinference.span.kind"]).toBe(KINDS[String(span.attributes["gen_ai.operation.name"])])
    }
  })

  test("tokens and models of every request", () => {
    const chats = all.filter(({ span }) => span.attributes["gen_ai.operation.name"] === "chat")
    for (const { span, read } of chats) {
      const own = span.attributes
      expect(read["llm.model_name"]).toBe(own["gen_ai.response.model"] ?? own["gen_ai.request.model"])
      expect(read["llm.provider"]).toBe(own["gen_ai.provider.name"])
      expect(read["llm.token_count.prompt"]).toBe(own["gen_ai.usage.input_tokens"])
      expect(read["llm.token_count.completion"]).toBe(own["gen_ai.usage.output_tokens"])
      expect(read["llm.token_count.prompt_details.cache_read"]).toBe(
        own["gen_ai.usage.cache_read.input_tokens"],
      )
    }
    const others = all.filter(({ span }) => span.attributes["gen_ai.operation.name"] !== "chat")
    const counted = others.flatMap(({ read }) =>
      Object.keys(read).filter((key) => key.includes("token_count")),
    )
    expect(counted).toEqual([])
  })

  test("every message, every text, every call and every answer, in order", () => {
    let seen = 0
    for (const { span, read } of all) {
      for (const [name, prefix, first] of [
        [
          "gen_ai.input.messages",
          "llm.input_messages",
          span.attributes["gen_ai.system_instructions"] ? 1 : 0,
        ],
        ["gen_ai.output.messages", "llm.output_messages", 0],
      ] as const) {
        for (const [index, message] of messages(span, name).entries()) {
          seen += 1
          const at = `${prefix}.${index + first}.message`
          expect(read[`${at}.role`]).toBe(message.role)
          const calls = message.parts.filter(({ type }) => type === "tool_call")
          for (const [position, call] of calls.entries()) {
            const key = `${at}.tool_calls.${position}.tool_call`
            expect(read[`${key}.id`]).toBe(call.id)
            expect(read[`${key}.function.name`]).toBe(call.name)
            expect(JSON.parse(String(read[`${key}.function.arguments`]))).toEqual(call.arguments ?? {})
          }
          const answer = message.parts.find(({ type }) => type === "tool_call_response")
          if (answer) {
            expect(message.parts).toHaveLength(1)
            expect(read[`${at}.tool_call_id`]).toBe(answer.id)
            expect(read[`${at}.content`]).toBe(answer.response)
          }
          const texts = Object.entries(read)
            .filter(([key]) => key.startsWith(`${at}.contents.`) && key.endsWith(".text"))
            .map(([, text]) => text)
          for (const { type, content } of message.parts) if (type === "text") expect(texts).toContain(content)
        }
      }
    }
    expect(seen).toBeGreaterThan(0)
  })

  test("every tool with its name, call and arguments", () => {
    const tools = all.filter(({ span }) => span.attributes["gen_ai.operation.name"] === "execute_tool")
    for (const { span, read } of tools) {
      expect(read["tool.name"]).toBe(span.attributes["gen_ai.tool.name"])
      expect(read["tool_call.id"]).toBe(span.attributes["gen_ai.tool.call.id"])
      expect(read["tool.parameters"]).toBe(span.attributes["gen_ai.tool.call.arguments"])
    }
  })
})
