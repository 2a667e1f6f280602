import { type Context, ROOT_CONTEXT, trace } from "@opentelemetry/api"
import type { OrphanReason } from "../genai/attributes.ts"
import type { RunDeps } from "./deps.ts"
import { type Lineage, OpenRun } from "./open-run.ts"

/**
 * A stand-in for a run that has ended, or was never known: what comes late hangs under the old span, or, where there
 * is none, becomes a root of its own. It has no span itself and goes when its children have gone.
 */
export class LateRun extends OpenRun {
  readonly kind = "late"
  readonly context: Context
  readonly orphanReason: OrphanReason | undefined
  readonly lineage: Lineage | undefined

  constructor(deps: RunDeps, lineage: Lineage, onEnded: (run: OpenRun) => void) {
    const transcript = deps.capture?.transcript("root")
    super(deps, { ...lineage, json: false, parent: undefined, transcript }, "draining", onEnded)
    const { spanContext } = lineage
    this.context = spanContext ? trace.setSpanContext(ROOT_CONTEXT, spanContext) : ROOT_CONTEXT
    this.orphanReason = spanContext ? undefined : "unknown_run"
    this.lineage = spanContext ? lineage : undefined
  }

  /** There is no span that could take an event. */
  addEvent(): void {}

  /** The totals of the run left with its span. */
  count(): void {}

  protected endSpan(at: number): number {
    return at
  }

  protected get mayEnd(): boolean {
    return true
  }
}
