import { describe, type Failure } from "./export-result.ts"

/** Where messages for the user go; it must not throw. Limiting their rate is its business. */
export type Report = (level: "info" | "warn" | "error", message: string) => void

/** What became of the spans, counted in spans since the pipeline was created. */
export interface Stats {
  /** Accepted by the collector, spans read back from the spool included. */
  readonly exported: number
  /** Part of a failed attempt; one span counts as often as it failed. */
  readonly failed: number
  /** Refused for good by the collector: partial success, 400, 413 on a single span, 415. */
  readonly rejected: number
  /** Given up on this side: a bound was hit, they grew too old, or they could not be written. */
  readonly dropped: number
  /** Written to the spool folder. */
  readonly spooled: number
  /** Accepted by the collector after having been in the spool, of any process. */
  readonly redelivered: number
  /** Why the last attempt failed, until one succeeds. */
  readonly lastFailure?: Failure & { readonly hint: string }
}

/** Counts, and tells the user when delivery starts to fail, changes its reason, or works again. */
export interface Ledger {
  accepted(spans: number, rejected: number, message: string, fromSpool: boolean): void
  failed(spans: number, failure: Failure): void
  rejected(spans: number, failure: Failure): void
  dropped(spans: number, why: string): void
  spooled(spans: number): void
  problem(message: string): void
  stats(): Stats
}

function plural(spans: number): string {
  return spans === 1 ? "1 span" : `${spans} spans`
}

/** Failures that stay until a person does something. */
const NEEDS_A_PERSON: ReadonlySet<string> = new Set(["configuration", "key", "path", "encoding", "tls"])

/** A ledger of one pipeline. A failing `report` is swallowed: telemetry never breaks its host. */
export function createLedger(report: Report): Ledger {
  const counts = { exported: 0, failed: 0, rejected: 0, dropped: 0, spooled: 0, redelivered: 0 }
  let last: Failure | undefined
  let nextDropMessageAt = 1

  const say: Report = (level, message) => {
    try {
      report(level, message)
    } catch {
      // Nowhere left to say it.
    }
  }

  function note(failure: Failure): void {
    const known = last?.kind === failure.kind
    last = failure
    if (known) return
    const level = NEEDS_A_PERSON.has(failure.kind) ? "error" : "warn"
    say(level, `Traces are not being delivered: ${describe(failure)}.`)
  }

  return {
    accepted(spans, rejected, message, fromSpool) {
      const kept = Math.max(0, spans - rejected)
      counts.exported += kept
      counts.rejected += spans - kept
      if (fromSpool) counts.redelivered += kept
      if (last) say("info", "Traces are being delivered again.")
      last = undefined
      const words = message && `: ${message}`
      if (rejected > 0) say("warn", `The collector rejected ${plural(spans - kept)}${words}.`)
      if (rejected === 0 && words) say("warn", `The collector warns${words}.`)
    },
    failed(spans, failure) {
      counts.failed += spans
      note(failure)
    },
    rejected(spans, failure) {
      counts.failed += spans
      counts.rejected += spans
      last = failure
      say("error", `The collector rejected ${plural(spans)} for good: ${describe(failure)}.`)
    },
    dropped(spans, why) {
      if (spans === 0) return
      counts.dropped += spans
      // Spans are dropped one by one while a bound is hit: tell at the first, then whenever they doubled.
      if (counts.dropped < nextDropMessageAt) return
      nextDropMessageAt = counts.dropped * 2
      say("warn", `${plural(counts.dropped)} dropped so far; the last because ${why}.`)
    },
    spooled(spans) {
      counts.spooled += spans
    },
    problem: (message) => say("warn", message),
    stats: () => ({ ...counts, ...(last && { lastFailure: { ...last, hint: describe(last) } }) }),
  }
}
