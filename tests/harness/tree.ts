// Traces as text to compare with, and the rules that hold for every trace.
import { type Finding, renderFindings } from "../conformance/finding.ts"
import { type TraceCheckOptions, violations } from "../conformance/trace.ts"
import type { ReceivedSpan } from "./otlp-receiver.ts"

/** The fields of a span that the tree and the rules read: received spans have them, others can. */
export type TreeSpan = Omit<ReceivedSpan, "resource" | "scope" | "links">

export type TreeOptions = {
  /** Attributes to show, in this order, where a span has them. */
  attributes?: string[]
  /** Show the kind after the name. */
  kind?: boolean
  /** Show span events below their span, by name. */
  events?: boolean
  /** More to print at the end of a span's line. */
  note?: (span: TreeSpan) => string
}

type Block = { startMs: number; lines: string[] }

/** By start; what started in the same millisecond by its text, so that a drawing never depends on random ids. */
const byStart = (a: Block, b: Block) =>
  a.startMs - b.startMs || a.lines.join("\n").localeCompare(b.lines.join("\n"))

function valueText(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value)
}

function line(span: TreeSpan, options: TreeOptions): string {
  const failure = span.attributes["error.type"]
  const shown = (options.attributes ?? []).filter((key) => span.attributes[key] !== undefined)
  return [
    span.name,
    options.kind ? span.kind : "",
    span.status === "UNSET" ? "" : span.status,
    failure === undefined ? "" : `(${valueText(failure)})`,
    ...shown.map((key) => `${key}=${valueText(span.attributes[key])}`),
    options.note?.(span) ?? "",
  ]
    .filter((part) => part !== "")
    .join(" ")
}

/**
 * The traces as indented text, two spaces a level, children and traces in the order of their start; a span
 * whose parent is not among `spans` stands at the top with `(parent missing)`.
 *
 *     invoke_agent build
 *       chat fake-1
 *       execute_tool read ERROR (tool_error)
 */
export function renderTree(spans: readonly TreeSpan[], options: TreeOptions = {}): string {
  const known = new Set(spans.map((span) => span.spanId))
  const children = Map.groupBy(spans, (span) => span.parentSpanId ?? "")
  const renderAll = (siblings: readonly TreeSpan[], depth: number): string[] =>
    siblings
      .map((span) => ({ startMs: span.startMs, lines: render(span, depth) }))
      .sort(byStart)
      .flatMap((block) => block.lines)
  const render = (span: TreeSpan, depth: number): string[] => {
    const orphan = span.parentSpanId !== undefined && !known.has(span.parentSpanId) ? " (parent missing)" : ""
    const events = options.events ? [...span.events].sort((a, b) => a.timeMs - b.timeMs) : []
    return [
      `${"  ".repeat(depth)}${line(span, options)}${orphan}`,
      ...events.map((event) => `${"  ".repeat(depth + 1)}* ${event.name}`),
      ...renderAll(children.get(span.spanId) ?? [], depth + 1),
    ]
  }
  const tops = spans.filter((span) => span.parentSpanId === undefined || !known.has(span.parentSpanId))
  return renderAll(tops, 0).join("\n")
}

export type SoundOptions = TraceCheckOptions & {
  /** True for a span that may lie outside of its parent's time: late events after an abort, say. */
  mayOverrun?: (span: TreeSpan) => boolean
  /** True for a finding about the conventions that is to be expected: totals that late spans are missing in, say. */
  mayBe?: (finding: Finding) => boolean
}

function prefixConflicts(keys: string[]): string[] {
  const sorted = [...keys].sort()
  return sorted.flatMap((key) =>
    sorted.filter((other) => other.startsWith(`${key}.`)).map((other) => `${key} / ${other}`),
  )
}

function spanFaults(span: TreeSpan, parent: TreeSpan | undefined, options: SoundOptions): string[] {
  const faults: string[] = []
  const failed = span.attributes["error.type"] !== undefined
  if (span.parentSpanId !== undefined && !parent) faults.push("its parent never came")
  if (parent && parent.traceId !== span.traceId) faults.push("its parent is in another trace")
  if (span.endMs < span.startMs) faults.push("it ends before it starts")
  if (parent && !options.mayOverrun?.(span)) {
    if (span.startMs < parent.startMs)
      faults.push(`it starts ${parent.startMs - span.startMs} ms before its parent`)
    if (span.endMs > parent.endMs) faults.push(`it ends ${span.endMs - parent.endMs} ms after its parent`)
  }
  if (span.status === "OK") faults.push("its status is OK: success is UNSET")
  if (span.status === "ERROR" && !failed) faults.push("it is ERROR without error.type")
  if (span.status !== "ERROR" && failed) faults.push("it has error.type without ERROR")
  for (const event of span.events) {
    const conflicts = prefixConflicts(Object.keys(event.attributes))
    if (conflicts.length > 0)
      faults.push(`event ${event.name} has keys that are prefixes: ${conflicts.join(", ")}`)
    if (event.timeMs < span.startMs || event.timeMs > span.endMs)
      faults.push(`event ${event.name} lies outside of its time`)
  }
  const conflicts = prefixConflicts(Object.keys(span.attributes))
  if (conflicts.length > 0) faults.push(`it has keys that are prefixes: ${conflicts.join(", ")}`)
  if (span.attributes["gen_ai.operation.name"] === "invoke_agent") {
    const usage = Object.keys(span.attributes).filter((key) => key.startsWith("gen_ai.usage."))
    if (usage.length > 0)
      faults.push(`an agent has usage, which backends would count twice: ${usage.join(", ")}`)
  }
  return faults
}

/**
 * Throws, naming every fault, unless the spans are sound: ids unique, every parent there and in the same
 * trace, one root in each trace, children and events within their span's time, ERROR exactly where `error.type` is,
 * never OK, no attribute key a dotted prefix of another, no token usage on agents, and everything else that the
 * conventions ask for (`tests/conformance`).
 */
export function assertSound(spans: readonly TreeSpan[], options: SoundOptions = {}): void {
  const byId = new Map(spans.map((span) => [span.spanId, span]))
  const faults = spans.flatMap((span) => {
    const parent = span.parentSpanId === undefined ? undefined : byId.get(span.parentSpanId)
    return spanFaults(span, parent, options).map((fault) => `${span.name}: ${fault}`)
  })
  if (byId.size !== spans.length) faults.push(`${spans.length - byId.size} span ids came twice`)
  for (const [trace, members] of Map.groupBy(spans, (span) => span.traceId)) {
    const roots = members.filter((span) => span.parentSpanId === undefined)
    if (roots.length !== 1)
      faults.push(`trace ${trace} has ${roots.length} roots: ${roots.map((r) => r.name).join(", ")}`)
  }
  const unconventional = renderFindings(
    violations(spans, options).filter((finding) => !options.mayBe?.(finding)),
  )
  if (unconventional !== "") faults.push(unconventional)
  if (faults.length > 0)
    throw new Error(`the traces are not sound:\n${faults.join("\n")}\n${renderTree(spans)}`)
}
