import type { CheckedSpan } from "../../conformance/finding.ts"

/** Three conforming spans of one trace, to be broken by tests. */
const COMMON = {
  traceId: "0af7651916cd43dd8448eb211c80319c",
  status: "UNSET",
  statusMessage: "",
  events: [],
} as const

const EVERY = {
  "gen_ai.conversation.id": "ses_1",
  "gen_ai.agent.name": "build",
  "opencode.session.id": "ses_1",
} as const

const TOTALS = {
  "opencode.run.llm_calls": 1,
  "opencode.run.tool_calls": 1,
  "opencode.run.subagents": 1,
  "opencode.run.retries": 0,
  "opencode.run.input_tokens": 102,
  "opencode.run.output_tokens": 20,
  "opencode.run.cost": 0.0005,
} as const

export const agent: CheckedSpan = {
  ...COMMON,
  name: "invoke_agent build",
  kind: "INTERNAL",
  spanId: "0000000000000001",
  startMs: 1000,
  endMs: 9000,
  attributes: {
    ...EVERY,
    ...TOTALS,
    "gen_ai.operation.name": "invoke_agent",
    "gen_ai.request.model": "claude-sonnet-4-5",
    "gen_ai.agent.version": "1.18.33",
    "opencode.message.id": "msg_1",
    "opencode.run.trigger": "prompt",
    "opencode.outcome": "completed",
  },
}

export const chat: CheckedSpan = {
  ...COMMON,
  name: "chat claude-sonnet-4-5",
  kind: "CLIENT",
  spanId: "0000000000000002",
  parentSpanId: agent.spanId,
  startMs: 1100,
  endMs: 4000,
  attributes: {
    ...EVERY,
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": "anthropic",
    "opencode.provider.id": "anthropic",
    "gen_ai.request.model": "claude-sonnet-4-5",
    "gen_ai.request.stream": true,
    "gen_ai.request.temperature": 0.7,
    "server.address": "api.anthropic.com",
    "server.port": 443,
    "gen_ai.response.model": "claude-sonnet-4-5",
    "gen_ai.response.finish_reasons": ["tool_call"],
    "gen_ai.response.time_to_first_chunk": 0.42,
    "gen_ai.usage.input_tokens": 102,
    "gen_ai.usage.output_tokens": 20,
    "gen_ai.usage.cache_read.input_tokens": 40,
    "gen_ai.usage.reasoning.output_tokens": 7,
    "opencode.cost": 0.0005,
  },
}

export const tool: CheckedSpan = {
  ...COMMON,
  name: "execute_tool bash",
  kind: "INTERNAL",
  spanId: "0000000000000003",
  parentSpanId: agent.spanId,
  startMs: 4000,
  endMs: 8000,
  events: [
    { name: "opencode.permission.asked", attributes: { permission: "bash" } },
    { name: "opencode.permission.replied", attributes: { permission: "bash", reply: "once", wait_ms: 900 } },
  ],
  attributes: {
    ...EVERY,
    "gen_ai.operation.name": "execute_tool",
    "gen_ai.tool.name": "bash",
    "gen_ai.tool.type": "function",
    "gen_ai.tool.call.id": "call_1",
    "process.exit.code": 0,
    "opencode.permission.wait_ms": 900,
  },
}

export const subagent: CheckedSpan = {
  ...agent,
  name: "invoke_agent explore",
  spanId: "0000000000000004",
  parentSpanId: agent.spanId,
  startMs: 5000,
  attributes: {
    ...agent.attributes,
    "gen_ai.agent.name": "explore",
    "opencode.session.id": "ses_2",
    "opencode.session.parent_id": "ses_1",
    "opencode.run.trigger": "subagent",
    "opencode.run.llm_calls": 0,
    "opencode.run.tool_calls": 0,
    "opencode.run.subagents": 0,
    "opencode.run.input_tokens": 0,
    "opencode.run.output_tokens": 0,
    "opencode.subagent.spawning_tool_call_id": "call_2",
  },
}

/** The span with some attributes replaced, added, or (with `undefined`) taken away. */
export function having(span: CheckedSpan, changes: Readonly<Record<string, unknown>>): CheckedSpan {
  const entries = Object.entries({ ...span.attributes, ...changes }).filter(
    ([, value]) => value !== undefined,
  )
  return { ...span, attributes: Object.fromEntries(entries) }
}
