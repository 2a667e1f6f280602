import type { CheckedSpan, Finding } from "./finding.ts"
import { operationOf } from "./span.ts"

/** Checks that an agent and every agent below it tell as totals what the spans beneath them add up to. */
export function checkTotals(agent: CheckedSpan, trace: readonly CheckedSpan[]): readonly Finding[] {
  const below = descendants(agent, trace)
  const own = operationOf(agent) === "invoke_agent" ? compare(agent, below) : []
  const agents = below.filter(
    (span) => span.parentSpanId === agent.spanId && operationOf(span) === "invoke_agent",
  )
  return [...own, ...agents.flatMap((child) => checkTotals(child, trace))]
}

function compare(agent: CheckedSpan, spans: readonly CheckedSpan[]): readonly Finding[] {
  const chats = spans.filter((span) => operationOf(span) === "chat")
  const subagents = spans.filter((span) => span.attributes["opencode.run.trigger"] === "subagent")
  const tools = spans.filter((span) => operationOf(span) === "execute_tool")
  const expected = {
    "opencode.run.llm_calls": chats.length,
    "opencode.run.tool_calls": tools.length,
    "opencode.run.subagents": subagents.length,
    "opencode.run.retries": chats
      .flatMap((span) => span.events)
      .filter(({ name }) => name === "opencode.retry").length,
    "opencode.run.input_tokens": sum(chats, "gen_ai.usage.input_tokens"),
    "opencode.run.output_tokens": sum(chats, "gen_ai.usage.output_tokens"),
  }
  return Object.entries(expected)
    .filter(([key, value]) => agent.attributes[key] !== value)
    .map(([key, value]) => ({
      severity: "violation",
      rule: "totals",
      span: agent.name,
      message: `${key} is ${agent.attributes[key]}, the spans below make ${value}`,
    }))
}

function descendants(span: CheckedSpan, trace: readonly CheckedSpan[]): readonly CheckedSpan[] {
  const children = trace.filter(({ parentSpanId }) => parentSpanId === span.spanId)
  return [...children, ...children.flatMap((child) => descendants(child, trace))]
}

function sum(spans: readonly CheckedSpan[], key: string): number {
  return spans.reduce(
    (total, { attributes }) => total + (typeof attributes[key] === "number" ? attributes[key] : 0),
    0,
  )
}
