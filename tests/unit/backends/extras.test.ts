import { describe, expect, test } from "bun:test"
import { LangfuseOtelSpanAttributes } from "@langfuse/core"
import type { Attributes } from "@opentelemetry/api"
import { BACKEND_NAMES, type BackendName, extrasFor } from "../../../src/backends/index.ts"
import { resolveConfig } from "../../../src/config/index.ts"

function added(backend: BackendName, attributes: Attributes): Attributes {
  return extrasFor(backend)?.attributes?.({ attributes }) ?? {}
}

const messages = (role: string, ...texts: string[]) =>
  JSON.stringify(
    texts.map((content) => ({ role, parts: [{ type: "text", content }], finish_reason: "stop" })),
  )

const root = {
  "gen_ai.operation.name": "invoke_agent",
  "gen_ai.conversation.id": "ses_1",
  "opencode.session.id": "ses_1",
  "opencode.run.trigger": "prompt",
  "opencode.outcome": "completed",
  "opencode.run.cost": 0.5,
  "user.id": "jo",
}
const subagent = { ...root, "opencode.session.id": "ses_2", "opencode.session.parent_id": "ses_1" }
const compaction = {
  ...root,
  "opencode.run.trigger": "compaction",
  "opencode.compaction.messages_before": 7,
  "gen_ai.output.messages": messages("assistant", "We fixed the tests."),
}
const chat = {
  "gen_ai.operation.name": "chat",
  "gen_ai.conversation.id": "ses_1",
  "gen_ai.provider.name": "anthropic",
  "gen_ai.usage.output_tokens": 20,
  "gen_ai.usage.reasoning.output_tokens": 7,
  "opencode.cost": 0.25,
  "user.id": "jo",
}
const tool = {
  "gen_ai.operation.name": "execute_tool",
  "gen_ai.conversation.id": "ses_1",
  "gen_ai.tool.name": "bash",
  "gen_ai.tool.call.arguments": '{"command":"ls"}',
  "gen_ai.tool.call.result": '{"output":"a.txt"}',
}

test("without a backend, and for those that read the conventions alone, there are no extras", () => {
  expect(extrasFor(undefined)).toBeUndefined()
  const plain = BACKEND_NAMES.filter((name) => extrasFor(name) === undefined)
  expect(plain).toEqual(["phoenix", "braintrust", "honeycomb", "grafana", "mlflow", "jaeger"])
})

describe("weave", () => {
  test("reasoning tokens on chats that used some", () => {
    expect(added("weave", chat)).toEqual({ "weave.usage.reasoning_tokens": 7 })
    expect(added("weave", { "gen_ai.operation.name": "chat", "gen_ai.usage.output_tokens": 20 })).toEqual({})
  })

  test("the id of a subagent is its session", () => {
    expect(added("weave", root)).toEqual({})
    expect(added("weave", subagent)).toEqual({ "gen_ai.agent.id": "ses_2" })
  })

  test("a compaction's numbers always, its summary where the span carries it", () => {
    const numbers = { "weave.compaction.items_before": 7, "weave.compaction.items_after": 2 }
    expect(added("weave", compaction)).toEqual({
      ...numbers,
      "weave.compaction.summary": "We fixed the tests.",
    })
    const { "gen_ai.output.messages": _, ...silent } = compaction
    expect(added("weave", silent)).toEqual(numbers)
  })

  test("a compaction that failed has no card", () => {
    expect(added("weave", { ...compaction, "opencode.outcome": "error" })).toEqual({})
  })

  test.each(["{a: 1}", "[1]", ' {"a": 1}'])("a summary that begins like JSON is left out: %s", (summary) => {
    const span = { ...compaction, "gen_ai.output.messages": messages("assistant", summary) }
    expect(added("weave", span)).not.toContainKey("weave.compaction.summary")
  })

  test("permissions in its own words, and nothing of what was asked", () => {
    const event = extrasFor("weave")?.event
    expect(event?.({ name: "opencode.permission.asked", attributes: { permission: "bash" } })).toEqual({
      name: "weave.permission_request",
    })
    const replied = (reply: string) =>
      event?.({ name: "opencode.permission.replied", attributes: { permission: "bash", reply, wait_ms: 9 } })
    const resolved = (approved: boolean) => ({
      name: "weave.permission_resolved",
      attributes: { "weave.permission.approved": approved },
    })
    expect(replied("once")).toEqual(resolved(true))
    expect(replied("always")).toEqual(resolved(true))
    expect(replied("reject")).toEqual(resolved(false))
    expect(event?.({ name: "opencode.question.asked" })).toBeUndefined()
  })
})

describe("langfuse", () => {
  test("the session on every span, the cost on chats alone", () => {
    const session = { "session.id": "ses_1" }
    expect(added("langfuse", root)).toEqual(session)
    expect(added("langfuse", subagent)).toEqual(session)
    expect(added("langfuse", tool)).toEqual(session)
    expect(added("langfuse", chat)).toEqual({ ...session, "gen_ai.usage.cost": 0.25 })
  })

  test("the preset's names are those of Langfuse's own SDK", () => {
    const own: string[] = Object.values(LangfuseOtelSpanAttributes)
    const { config } = resolveConfig(
      { backend: "langfuse" },
      {
        LANGFUSE_PUBLIC_KEY: "pk",
        LANGFUSE_SECRET_KEY: "sk",
        LANGFUSE_TRACING_ENVIRONMENT: "ci",
        LANGFUSE_RELEASE: "1",
      },
    )
    const { "service.name": _, ...resource } = config.resourceAttributes
    const { "gen_ai.usage.cost": cost, ...span } = added("langfuse", chat)
    expect(cost).toBe(0.25)
    // The page of the preset tells users to set the tags by hand.
    const named = [...Object.keys(resource), ...Object.keys(span), "langfuse.trace.tags", "user.id"]
    expect(named.filter((name) => !own.includes(name))).toEqual([])
    expect(named.length).toBeGreaterThan(4)
  })
})

describe("langsmith", () => {
  test("its kinds of run, thread, user and provider", () => {
    const known = { "langsmith.metadata.thread_id": "ses_1", "langsmith.metadata.user_id": "jo" }
    expect(added("langsmith", root)).toEqual({ ...known, "langsmith.span.kind": "chain" })
    expect(added("langsmith", chat)).toEqual({
      ...known,
      "langsmith.span.kind": "llm",
      "gen_ai.system": "anthropic",
    })
  })

  test("what a tool was called with, and answered", () => {
    expect(added("langsmith", tool)).toEqual({
      "langsmith.span.kind": "tool",
      "langsmith.metadata.thread_id": "ses_1",
      "input.value": '{"command":"ls"}',
      "output.value": '{"output":"a.txt"}',
    })
  })

  test("messages by number: text, and what tools answered", () => {
    const input = [
      {
        role: "user",
        parts: [
          { type: "text", content: "one" },
          { type: "uri", uri: "file:///a" },
        ],
      },
      { role: "tool", parts: [{ type: "tool_call_response", id: "c1", response: "a.txt" }] },
      { role: "tool", parts: [{ type: "tool_call_response", id: "c2", response: { b: 1 } }] },
    ]
    const output = [
      {
        role: "assistant",
        parts: [
          { type: "reasoning", content: "hm" },
          { type: "text", content: "two" },
          { type: "tool_call", id: "c3", name: "bash" },
        ],
      },
    ]
    const read = added("langsmith", {
      "gen_ai.operation.name": "chat",
      "gen_ai.input.messages": JSON.stringify(input),
      "gen_ai.output.messages": JSON.stringify(output),
    })
    expect(read).toEqual({
      "langsmith.span.kind": "llm",
      "gen_ai.prompt.0.role": "user",
      "gen_ai.prompt.0.content": "one",
      "gen_ai.prompt.1.role": "tool",
      "gen_ai.prompt.1.content": "a.txt",
      "gen_ai.prompt.2.role": "tool",
      "gen_ai.prompt.2.content": '{"b":1}',
      "gen_ai.completion.0.role": "assistant",
      "gen_ai.completion.0.content": "two",
    })
  })

  test.each(["", "no JSON", "{}", "[1, null, {}]", '[{"role":"user","parts":[null, {"type":"text"}]}]'])(
    "unreadable messages are none: %p",
    (broken) => {
      expect(added("langsmith", { ...chat, "gen_ai.input.messages": broken })).toEqual(
        added("langsmith", chat),
      )
    },
  )

  test("however many messages, the span keeps room for its other attributes", () => {
    const many = Array.from({ length: 200 }, (_, index) => `m${index}`)
    const read = added("langsmith", { ...chat, "gen_ai.input.messages": messages("user", ...many) })
    expect(Object.keys(read).filter((key) => key.startsWith("gen_ai.prompt."))).toHaveLength(40)
  })
})

test("logfire: cost, and the provider under its former name", () => {
  expect(added("logfire", chat)).toEqual({ "operation.cost": 0.25, "gen_ai.system": "anthropic" })
  expect(added("logfire", root)).toEqual({})
})

test("sentry: cost", () => {
  expect(added("sentry", chat)).toEqual({ "gen_ai.cost.total_tokens": 0.25 })
  expect(added("sentry", root)).toEqual({})
})

test("datadog: the user, on every span and only where one is known", () => {
  expect(added("datadog", chat)).toEqual({ "enduser.id": "jo" })
  expect(added("datadog", tool)).toEqual({})
})

test("a cost that is not known is not told", () => {
  const { "opencode.cost": _, ...unpriced } = chat
  const told = BACKEND_NAMES.flatMap((name) => Object.keys(added(name, unpriced)))
  expect(told.filter((key) => key.includes("cost"))).toEqual([])
})
