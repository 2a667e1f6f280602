// The trace as a table that a person can read: the tree, and beside it time, tokens and cost.
import type { ReceivedSpan } from "../tests/harness/otlp-receiver.ts"

type Row = { label: string; time: string; tokens: string; cost: string }

function number(span: ReceivedSpan, key: string): number | undefined {
  const value = span.attributes[key]
  return typeof value === "number" ? value : undefined
}

function seconds(span: ReceivedSpan): string {
  return `${((span.endMs - span.startMs) / 1_000).toFixed(2)} s`
}

/** Tokens in and out: of the request itself, or of everything beneath an agent. */
function tokens(span: ReceivedSpan): string {
  const input = number(span, "gen_ai.usage.input_tokens") ?? number(span, "opencode.run.input_tokens")
  const output = number(span, "gen_ai.usage.output_tokens") ?? number(span, "opencode.run.output_tokens")
  if (input === undefined || output === undefined) return ""
  return `${input.toLocaleString("en")} in ${output.toLocaleString("en").padStart(5)} out`
}

function cost(span: ReceivedSpan): string {
  const usd = number(span, "opencode.cost") ?? number(span, "opencode.run.cost")
  return usd === undefined ? "" : `$${usd.toFixed(4)}`
}

function rows(spans: readonly ReceivedSpan[], span: ReceivedSpan, above: string, branch: string): Row[] {
  const failure = span.status === "ERROR" ? ` ✗ ${span.attributes["error.type"] ?? "failed"}` : ""
  const row = {
    label: `${above}${branch}${span.name}${failure}`,
    ...{ time: seconds(span), tokens: tokens(span), cost: cost(span) },
  }
  const children = spans
    .filter((child) => child.parentSpanId === span.spanId)
    .sort((a, b) => a.startMs - b.startMs || a.name.localeCompare(b.name))
  const below = above + { "": "", "├─ ": "│  ", "└─ ": "   " }[branch]
  const last = children.length - 1
  return [row, ...children.flatMap((child, at) => rows(spans, child, below, at === last ? "└─ " : "├─ "))]
}

/** The spans as lines of text, every trace from its root; what has no parent here stands at the top. */
export function report(spans: readonly ReceivedSpan[]): string {
  const ids = new Set(spans.map((span) => span.spanId))
  const roots = spans.filter((span) => span.parentSpanId === undefined || !ids.has(span.parentSpanId))
  const lines = roots.flatMap((root) => rows(spans, root, "", ""))
  const width = (field: keyof Row) => Math.max(...lines.map((line) => line[field].length))
  const [label, time, used, price] = [width("label"), width("time"), width("tokens"), width("cost")]
  return lines
    .map((line) =>
      [
        line.label.padEnd(label),
        line.time.padStart(time),
        line.tokens.padStart(used),
        line.cost.padStart(price),
      ]
        .join("   ")
        .trimEnd(),
    )
    .join("\n")
}
