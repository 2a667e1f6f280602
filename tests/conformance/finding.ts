/** A finished span as a receiver decodes it; more fields do no harm. Times are epoch milliseconds. */
export interface CheckedSpan {
  readonly name: string
  readonly kind: string
  readonly status: string
  readonly statusMessage?: string
  readonly attributes: Readonly<Record<string, unknown>>
  readonly events: readonly CheckedEvent[]
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string | undefined
  readonly startMs: number
  readonly endMs: number
}

export interface CheckedEvent {
  readonly name: string
  readonly attributes: Readonly<Record<string, unknown>>
}

/**
 * - `violation`: against the conventions or DESIGN §4
 * - `improvement`: a recommended attribute is missing
 */
export type Severity = "violation" | "improvement"

/** What is wrong, and with which span. `rule` is a stable name to assert on. */
export interface Finding {
  readonly severity: Severity
  readonly rule: string
  readonly span: string
  readonly message: string
}

/** Makes findings about one span. */
export type Report = (rule: string, message: string, severity?: Severity) => void

/** One line for each finding, for the message of a failed test. */
export function renderFindings(findings: readonly Finding[]): string {
  return findings
    .map(({ severity, rule, span, message }) => `${severity} ${rule} in "${span}": ${message}`)
    .join("\n")
}
