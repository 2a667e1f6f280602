import { describe, expect, test } from "bun:test"
import { type CheckedSpan, renderFindings } from "../../conformance/finding.ts"
import { type CheckOptions, checkSpan } from "../../conformance/span.ts"
import { checkTrace, violations } from "../../conformance/trace.ts"
import { agent, chat, having, subagent, tool } from "./spans.ts"

const rendered = (span: CheckedSpan, options?: CheckOptions) => renderFindings(checkSpan(span, options))

test("conforming spans have no findings", () => {
  expect(renderFindings(checkTrace([agent, chat, tool, subagent]))).toBe("")
})

describe("a planted fault is found, and nothing else", () => {
  const faults: readonly (readonly [what: string, span: CheckedSpan, findings: string])[] = [
    [
      "a wrong name",
      { ...chat, name: "chat" },
      'violation name in "chat": expected "chat claude-sonnet-4-5"',
    ],
    [
      "a name of something unknown",
      having(agent, { "gen_ai.agent.name": undefined }),
      'violation name in "invoke_agent build": expected "invoke_agent"\nimprovement recommended in "invoke_agent build": gen_ai.agent.name is missing',
    ],
    [
      "a wrong kind",
      { ...chat, kind: "INTERNAL" },
      'violation kind in "chat claude-sonnet-4-5": expected CLIENT, found INTERNAL',
    ],
    [
      "an unknown operation",
      having(tool, { "gen_ai.operation.name": "permission" }),
      'violation operation in "execute_tool bash": unknown gen_ai.operation.name "permission"',
    ],
    [
      "status OK",
      { ...tool, status: "OK" },
      'violation status in "execute_tool bash": success is UNSET, never OK',
    ],
    [
      "ERROR without a type",
      { ...tool, status: "ERROR" },
      'violation status in "execute_tool bash": ERROR without error.type',
    ],
    [
      "a type without ERROR",
      having(tool, { "error.type": "tool_error" }),
      'violation status in "execute_tool bash": error.type without ERROR',
    ],
    [
      "free text as type",
      { ...having(tool, { "error.type": "No such file" }), status: "ERROR" },
      'violation error-type in "execute_tool bash": error.type is free text',
    ],
    [
      "a status description without content",
      { ...having(tool, { "error.type": "tool_error" }), status: "ERROR", statusMessage: "ENOENT /home" },
      'violation content in "execute_tool bash": a status description while content is off',
    ],
    [
      "outcome and status apart",
      having(agent, { "opencode.outcome": "error" }),
      'violation outcome in "invoke_agent build": outcome `error` and status ERROR go together',
    ],
    [
      "an end before the start",
      { ...tool, endMs: 1 },
      'violation time in "execute_tool bash": it ends before it starts',
    ],
    [
      "a required attribute missing",
      having(chat, { "gen_ai.provider.name": undefined }),
      'violation required in "chat claude-sonnet-4-5": gen_ai.provider.name is missing',
    ],
    [
      "a recommended attribute missing",
      having(chat, { "gen_ai.response.model": undefined }),
      'improvement recommended in "chat claude-sonnet-4-5": gen_ai.response.model is missing',
    ],
    [
      "text for a number",
      having(chat, { "gen_ai.usage.input_tokens": "102" }),
      'violation type in "chat claude-sonnet-4-5": gen_ai.usage.input_tokens is no int: "102"\nviolation usage in "chat claude-sonnet-4-5": input_tokens must include what was cached',
    ],
    [
      "a fraction of a token",
      having(chat, { "gen_ai.usage.output_tokens": 20.5 }),
      'violation type in "chat claude-sonnet-4-5": gen_ai.usage.output_tokens is no int: 20.5',
    ],
    [
      "NaN",
      having(chat, { "opencode.cost": Number.NaN }),
      'violation type in "chat claude-sonnet-4-5": opencode.cost is no double: null',
    ],
    [
      "a hole in a list",
      having(chat, { "gen_ai.response.finish_reasons": ["stop", null] }),
      'violation type in "chat claude-sonnet-4-5": gen_ai.response.finish_reasons is no string[]: ["stop",null]',
    ],
    [
      "an empty text",
      having(tool, { "gen_ai.tool.call.id": "" }),
      'violation type in "execute_tool bash": gen_ai.tool.call.id is no string: ""',
    ],
    [
      "a value outside the list",
      having(agent, { "opencode.run.trigger": "cron" }),
      'violation value in "invoke_agent build": opencode.run.trigger must not be cron',
    ],
    [
      "a false flag",
      having(chat, { "gen_ai.conversation.compacted": false }),
      'violation value in "chat claude-sonnet-4-5": gen_ai.conversation.compacted must not be false',
    ],
    [
      "a breakdown of zero",
      having(chat, { "gen_ai.usage.cache_creation.input_tokens": 0 }),
      'violation value in "chat claude-sonnet-4-5": gen_ai.usage.cache_creation.input_tokens is 0: leave it out',
    ],
    [
      "a negative wait",
      having(tool, { "opencode.permission.wait_ms": -1 }),
      'violation value in "execute_tool bash": opencode.permission.wait_ms is negative',
    ],
    [
      "text that begins like JSON",
      having(tool, { "opencode.mcp.server": "{x}" }),
      'violation value in "execute_tool bash": opencode.mcp.server begins like JSON',
    ],
    [
      "an unknown attribute",
      having(tool, { "opencode.secret": 1 }),
      'violation unknown in "execute_tool bash": opencode.secret is not an attribute of execute_tool',
    ],
    [
      "an attribute of another kind of span",
      having(chat, { "gen_ai.tool.name": "bash" }),
      'violation unknown in "chat claude-sonnet-4-5": gen_ai.tool.name is not an attribute of chat',
    ],
    [
      "a deprecated attribute",
      having(chat, { "gen_ai.system": "anthropic" }),
      'violation deprecated in "chat claude-sonnet-4-5": gen_ai.system: use gen_ai.provider.name',
    ],
    [
      "two names for one number",
      having(chat, { "gen_ai.usage.cache_write.input_tokens": 3 }),
      'violation deprecated in "chat claude-sonnet-4-5": gen_ai.usage.cache_write.input_tokens: use gen_ai.usage.cache_creation.input_tokens (see DESIGN §4)',
    ],
    [
      "cached tokens not included",
      having(chat, { "gen_ai.usage.input_tokens": 39 }),
      'violation usage in "chat claude-sonnet-4-5": input_tokens must include what was cached',
    ],
    [
      "reasoning not included",
      having(chat, { "gen_ai.usage.output_tokens": 6 }),
      'violation usage in "chat claude-sonnet-4-5": output_tokens must include reasoning',
    ],
    [
      "milliseconds for seconds",
      having(chat, { "gen_ai.response.time_to_first_chunk": 420 }),
      'violation time in "chat claude-sonnet-4-5": time_to_first_chunk is longer than the span: seconds?',
    ],
    [
      "an address without a port",
      having(chat, { "server.port": undefined }),
      'violation required in "chat claude-sonnet-4-5": server.port is required beside server.address',
    ],
    [
      "usage on an agent",
      having(agent, { "gen_ai.usage.input_tokens": 102 }),
      'violation unknown in "invoke_agent build": gen_ai.usage.input_tokens is not an attribute of invoke_agent\nviolation usage in "invoke_agent build": gen_ai.usage.input_tokens on an agent: backends sum spans',
    ],
    [
      "a subagent without its call",
      having(subagent, { "opencode.subagent.spawning_tool_call_id": undefined }),
      'violation required in "invoke_agent explore": opencode.subagent.spawning_tool_call_id is required on a subagent',
    ],
    [
      "content while it is off",
      having(tool, { "gen_ai.tool.call.arguments": "{}" }),
      'violation content in "execute_tool bash": gen_ai.tool.call.arguments while content is off',
    ],
    [
      "an unknown event",
      { ...tool, events: [{ name: "exception", attributes: {} }] },
      'violation event in "execute_tool bash": unknown event exception',
    ],
    [
      "an event in the wrong place",
      { ...tool, events: [{ name: "opencode.retry", attributes: { attempt: 1 } }] },
      'violation event in "execute_tool bash": opencode.retry does not belong on execute_tool',
    ],
    [
      "an event without its attribute",
      { ...chat, events: [{ name: "opencode.retry", attributes: { message: "x" } }] },
      'violation event in "chat claude-sonnet-4-5": unknown attribute message on opencode.retry\nviolation event in "chat claude-sonnet-4-5": opencode.retry without attempt',
    ],
  ]
  for (const [what, span, findings] of faults) test(what, () => expect(rendered(span)).toBe(findings))
})

describe("names that are prefixes of others", () => {
  test("are found at any depth", () => {
    const span = having(tool, { error: "x", "error.type": "tool_error", "gen_ai.tool": "bash" })
    const found = checkSpan({ ...span, status: "ERROR" }, { extra: ["error", "gen_ai.tool"] })
    expect(found.filter(({ rule }) => rule === "prefix").map(({ message }) => message)).toEqual([
      "gen_ai.tool beside gen_ai.tool.name",
      "gen_ai.tool beside gen_ai.tool.type",
      "gen_ai.tool beside gen_ai.tool.call.id",
      "error beside error.type",
    ])
  })
})

describe("what a preset adds", () => {
  test("is allowed by name or by prefix", () => {
    const span = having(chat, { "weave.usage.reasoning_tokens": 7, "gen_ai.usage.cost": 0.1 })
    expect(rendered(span, { extra: ["weave.*", "gen_ai.usage.cost"] })).toBe("")
    expect(checkSpan(span).map(({ rule }) => rule)).toEqual(["unknown", "unknown"])
  })
})

describe("content", () => {
  const messages = (value: unknown) => having(chat, { "gen_ai.input.messages": JSON.stringify(value) })
  const output = (value: unknown) => having(chat, { "gen_ai.output.messages": JSON.stringify(value) })
  const text = { type: "text", content: "hi" }

  test("in the conventions' shapes conforms", () => {
    const parts = [
      text,
      { type: "uri", modality: "image", uri: "file:///a.png", mime_type: "image/png" },
      { type: "reasoning", content: "hm" },
      { type: "tool_call", id: "call_1", name: "bash", arguments: { command: "ls" } },
    ]
    const response = { type: "tool_call_response", id: "call_1", response: "ok" }
    const said = having(
      messages([
        { role: "user", parts },
        { role: "tool", parts: [response] },
      ]),
      {
        "gen_ai.output.messages": JSON.stringify([{ role: "assistant", parts, finish_reason: "stop" }]),
        "gen_ai.system_instructions": JSON.stringify([text]),
      },
    )
    expect(rendered(said, { content: true })).toBe("")
    const called = { "gen_ai.tool.call.arguments": "{}", "gen_ai.tool.call.result": '{"output":"ok"}' }
    expect(rendered(having(tool, called), { content: true })).toBe("")
  })

  const faults: readonly (readonly [what: string, span: CheckedSpan])[] = [
    ["cut JSON", having(chat, { "gen_ai.input.messages": '[{"role":"us' })],
    ["a structure instead of JSON", having(chat, { "gen_ai.input.messages": [{ role: "user" }] })],
    ["an empty list", messages([])],
    ["a message without parts", messages([{ role: "user", content: "hi" }])],
    ["a text part with the key text", messages([{ role: "user", parts: [{ type: "text", text: "hi" }] }])],
    ["an unknown part", messages([{ role: "user", parts: [{ type: "file", file_id: "1" }] }])],
    [
      "inlined data",
      messages([
        { role: "user", parts: [{ type: "uri", modality: "image", uri: "data:image/png;base64,AA" }] },
      ]),
    ],
    ["a uri without modality", messages([{ role: "user", parts: [{ type: "uri", uri: "file:///a" }] }])],
    [
      "a response called result",
      messages([{ role: "tool", parts: [{ type: "tool_call_response", id: "1", result: "x" }] }]),
    ],
    [
      "two responses in one message",
      messages([
        {
          role: "tool",
          parts: [1, 2].map((n) => ({ type: "tool_call_response", id: `${n}`, response: "x" })),
        },
      ]),
    ],
    ["an answer among the input", messages([{ role: "assistant", parts: [text] }])],
    ["an answer without a finish reason", output([{ role: "assistant", parts: [text] }])],
    ["a tool result that is no object", having(tool, { "gen_ai.tool.call.result": '"ok"' })],
    [
      "instructions that are no text",
      having(agent, { "gen_ai.system_instructions": '[{"type":"reasoning","content":"x"}]' }),
    ],
  ]
  for (const [what, span] of faults) {
    test(`finds ${what}`, () => {
      const found = checkSpan(span, { content: true })
      expect(found.map(({ rule }) => rule)).toEqual([what.startsWith("a structure") ? "type" : "message"])
    })
  }
})

describe("traces", () => {
  const rules = (spans: readonly CheckedSpan[], remoteParent = false) =>
    violations(spans, { remoteParent })
      .filter(({ rule }) => rule !== "totals")
      .map(({ rule, message }) => `${rule}: ${message}`)

  test("a missing parent, unless it is remote", () => {
    const child = { ...agent, parentSpanId: "00000000000000ff" }
    expect(rules([child])).toEqual(["parent: its parent is missing"])
    expect(rules([child], true)).toEqual([])
  })

  test("a second root, a tool beneath a chat, a lone chat", () => {
    expect(rules([agent, { ...agent, spanId: "0000000000000009" }])).toEqual([
      "root: a second root in one trace",
    ])
    expect(rules([agent, chat, { ...tool, parentSpanId: chat.spanId }])).toEqual([
      'parent: it hangs under "chat claude-sonnet-4-5"',
    ])
    expect(rules([{ ...chat, parentSpanId: undefined }])).toEqual(["parent: no agent above it"])
    expect(
      rules([having({ ...tool, parentSpanId: undefined }, { "opencode.orphan_reason": "unknown_run" })]),
    ).toEqual([])
  })

  test("an id used twice, two conversations in one trace, a child before its root", () => {
    expect(rules([agent, chat, chat])).toEqual(
      Array.from({ length: 2 }, () => `id: span id ${chat.spanId} twice in a trace`),
    )
    expect(rules([agent, having(chat, { "gen_ai.conversation.id": "ses_2" })])).toEqual([
      "conversation: a trace of ses_1 and ses_2",
    ])
    expect(rules([agent, { ...chat, startMs: 999 }])).toEqual(['time: it starts before "invoke_agent build"'])
  })

  test("several traces are checked apart", () => {
    const other = "1af7651916cd43dd8448eb211c80319c"
    const second = [agent, chat].map((span) =>
      having({ ...span, traceId: other }, { "gen_ai.conversation.id": "ses_9" }),
    )
    expect(rules([agent, chat, tool, ...second])).toEqual([])
  })

  test("totals that the spans beneath do not make", () => {
    const found = (spans: readonly CheckedSpan[]) => renderFindings(violations(spans))
    expect(
      found(
        [agent, chat, chat, tool, subagent].map((span, index) => ({
          ...span,
          spanId: `${span.spanId}${index}`,
          parentSpanId: span.parentSpanId && `${agent.spanId}0`,
        })),
      ),
    ).toBe(
      [
        'violation totals in "invoke_agent build": opencode.run.llm_calls is 1, the spans below make 2',
        'violation totals in "invoke_agent build": opencode.run.input_tokens is 102, the spans below make 204',
        'violation totals in "invoke_agent build": opencode.run.output_tokens is 20, the spans below make 40',
      ].join("\n"),
    )
    const beneath = { ...tool, parentSpanId: subagent.spanId, startMs: subagent.startMs }
    expect(found([agent, chat, subagent, beneath])).toBe(
      'violation totals in "invoke_agent explore": opencode.run.tool_calls is 0, the spans below make 1',
    )
    const retried = { ...chat, events: [{ name: "opencode.retry", attributes: { attempt: 1 } }] }
    expect(found([agent, retried, tool, subagent])).toBe(
      'violation totals in "invoke_agent build": opencode.run.retries is 0, the spans below make 1',
    )
  })
})
