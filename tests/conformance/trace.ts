import type { CheckedSpan, Finding } from "./finding.ts"
import { type CheckOptions, checkSpan, operationOf } from "./span.ts"
import { checkTotals } from "./totals.ts"

export interface TraceCheckOptions extends CheckOptions {
  /** True where an inbound `TRACEPARENT` is continued: then a root's parent is somewhere else. Default false. */
  readonly remoteParent?: boolean
}

/**
 * Checks the spans of one or more finished traces: each by itself, and each trace as a tree of one root per
 * prompt whose models and tools hang under agents. Late spans (`opencode.orphan_reason`) may stand alone.
 */
export function checkTrace(
  spans: readonly CheckedSpan[],
  options: TraceCheckOptions = {},
): readonly Finding[] {
  const traces = Map.groupBy(spans, (span) => span.traceId)
  return [
    ...spans.flatMap((span) => checkSpan(span, options)),
    ...[...traces.values()].flatMap((trace) => checkTree(trace, options)),
  ]
}

/** Only what is wrong, without what could be better. */
export function violations(
  spans: readonly CheckedSpan[],
  options: TraceCheckOptions = {},
): readonly Finding[] {
  return checkTrace(spans, options).filter(({ severity }) => severity === "violation")
}

function checkTree(
  trace: readonly CheckedSpan[],
  { remoteParent = false }: TraceCheckOptions,
): readonly Finding[] {
  const findings: Finding[] = []
  const report = (span: CheckedSpan, rule: string, message: string) =>
    findings.push({ severity: "violation", rule, span: span.name, message })
  const byId = Map.groupBy(trace, (span) => span.spanId)
  for (const span of trace) {
    if ((byId.get(span.spanId)?.length ?? 0) > 1)
      report(span, "id", `span id ${span.spanId} twice in a trace`)
    const parent = span.parentSpanId === undefined ? undefined : byId.get(span.parentSpanId)?.[0]
    if (span.parentSpanId !== undefined && !parent && !remoteParent)
      report(span, "parent", "its parent is missing")
    if (parent && operationOf(parent) !== "invoke_agent")
      report(span, "parent", `it hangs under "${parent.name}"`)
    if (!parent && !isOrphan(span) && operationOf(span) !== "invoke_agent")
      report(span, "parent", "no agent above it")
    if (parent && span.startMs < parent.startMs) report(span, "time", `it starts before "${parent.name}"`)
  }
  const roots = trace.filter((span) => !isOrphan(span) && !byId.has(span.parentSpanId ?? ""))
  for (const root of roots.slice(1)) report(root, "root", "a second root in one trace")
  if (!trace.some(isOrphan)) for (const root of roots) findings.push(...checkTotals(root, trace))
  const [first, ...others] = new Set(trace.map((span) => span.attributes["gen_ai.conversation.id"]))
  if (trace[0] && others.length > 0)
    report(trace[0], "conversation", `a trace of ${String(first)} and ${others.join(", ")}`)
  return findings
}

function isOrphan(span: CheckedSpan): boolean {
  return span.attributes["opencode.orphan_reason"] !== undefined
}
