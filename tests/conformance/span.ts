import { checkAttributes, checkValue } from "./attributes.ts"
import type { CheckedSpan, Finding, Report } from "./finding.ts"
import { ATTRIBUTES, EVENTS, NAME_ATTRIBUTES, type Operation, SPAN_KINDS } from "./table.ts"

export interface CheckOptions {
  /** True where content capture was on; else any content is a violation. Default false. */
  readonly content?: boolean
  /** Attributes that a backend preset or the user added: names, or prefixes that end in `.*`. */
  readonly extra?: readonly string[]
}

const LOW_CARDINALITY = /^[A-Za-z0-9_.-]{1,64}$/

/** Checks one span against the conventions and DESIGN §4. No findings: it conforms. */
export function checkSpan(span: CheckedSpan, options: CheckOptions = {}): readonly Finding[] {
  const findings: Finding[] = []
  const report: Report = (rule, message, severity = "violation") =>
    findings.push({ severity, rule, span: span.name, message })
  const operation = operationOf(span)
  if (!operation) {
    report(
      "operation",
      `unknown gen_ai.operation.name ${JSON.stringify(span.attributes["gen_ai.operation.name"])}`,
    )
    return findings
  }
  checkName(span, operation, report)
  checkStatus(span, operation, options, report)
  if (span.endMs < span.startMs) report("time", "it ends before it starts")
  checkAttributes(span, operation, options, report)
  if (operation === "chat") checkChat(span, report)
  if (operation === "invoke_agent") checkAgent(span, report)
  checkEvents(span, operation, report)
  return findings
}

/** The span's operation, when it is one of the three. */
export function operationOf(span: CheckedSpan): Operation | undefined {
  const name = span.attributes["gen_ai.operation.name"]
  return isOperation(name) ? name : undefined
}

function isOperation(value: unknown): value is Operation {
  return typeof value === "string" && Object.hasOwn(ATTRIBUTES, value)
}

function checkName(span: CheckedSpan, operation: Operation, report: Report): void {
  const target = span.attributes[NAME_ATTRIBUTES[operation]]
  const expected = typeof target === "string" ? `${operation} ${target}` : operation
  if (span.name !== expected) report("name", `expected "${expected}"`)
  if (span.kind !== SPAN_KINDS[operation])
    report("kind", `expected ${SPAN_KINDS[operation]}, found ${span.kind}`)
}

function checkStatus(span: CheckedSpan, operation: Operation, options: CheckOptions, report: Report): void {
  const type = span.attributes["error.type"]
  if (span.status === "OK") report("status", "success is UNSET, never OK")
  if (span.status === "ERROR" && type === undefined) report("status", "ERROR without error.type")
  if (span.status !== "ERROR" && type !== undefined) report("status", "error.type without ERROR")
  if (typeof type === "string" && !LOW_CARDINALITY.test(type)) report("error-type", "error.type is free text")
  if (!options.content && span.statusMessage) report("content", "a status description while content is off")
  if (operation !== "invoke_agent") return
  const failed = span.attributes["opencode.outcome"] === "error"
  if (failed !== (span.status === "ERROR")) report("outcome", "outcome `error` and status ERROR go together")
}

function checkChat({ attributes, startMs, endMs }: CheckedSpan, report: Report): void {
  const number = (key: string) => {
    const value = attributes[key]
    return typeof value === "number" ? value : 0
  }
  const cached =
    number("gen_ai.usage.cache_read.input_tokens") + number("gen_ai.usage.cache_creation.input_tokens")
  if (cached > number("gen_ai.usage.input_tokens"))
    report("usage", "input_tokens must include what was cached")
  if (number("gen_ai.usage.reasoning.output_tokens") > number("gen_ai.usage.output_tokens")) {
    report("usage", "output_tokens must include reasoning")
  }
  const seconds = number("gen_ai.response.time_to_first_chunk")
  if (seconds * 1000 > endMs - startMs + 1)
    report("time", "time_to_first_chunk is longer than the span: seconds?")
  if (attributes["server.address"] !== undefined && attributes["server.port"] === undefined) {
    report("required", "server.port is required beside server.address")
  }
}

function checkAgent({ attributes, parentSpanId }: CheckedSpan, report: Report): void {
  const usage = Object.keys(attributes).filter((key) => key.startsWith("gen_ai.usage."))
  for (const key of usage) report("usage", `${key} on an agent: backends sum spans`)
  if (attributes["opencode.run.trigger"] !== "subagent") return
  for (const key of ["opencode.subagent.spawning_tool_call_id", "opencode.session.parent_id"]) {
    if (attributes[key] === undefined) report("required", `${key} is required on a subagent`)
  }
  if (parentSpanId === undefined && attributes["opencode.orphan_reason"] === undefined) {
    report("parent", "a subagent without a parent")
  }
}

function checkEvents(span: CheckedSpan, operation: Operation, report: Report): void {
  for (const event of span.events) {
    const rule = EVENTS[event.name]
    if (!rule) report("event", `unknown event ${event.name}`)
    else if (!rule.on.includes(operation)) report("event", `${event.name} does not belong on ${operation}`)
    else checkEventAttributes(event.name, event.attributes, rule.attributes, report)
  }
}

function checkEventAttributes(
  name: string,
  attributes: CheckedSpan["attributes"],
  table: (typeof ATTRIBUTES)[Operation],
  report: Report,
): void {
  for (const [key, value] of Object.entries(attributes)) {
    const rule = table[key]
    if (!rule) report("event", `unknown attribute ${key} on ${name}`)
    else checkValue(`${name} ${key}`, value, rule, report)
  }
  for (const [key, rule] of Object.entries(table)) {
    if (rule.level === "required" && attributes[key] === undefined) report("event", `${name} without ${key}`)
  }
}
