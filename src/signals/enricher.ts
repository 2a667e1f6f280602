import type { Attributes } from "@opentelemetry/api"
import type { Span, SpanProcessor } from "@opentelemetry/sdk-trace-base"

/** A span as enrichers see it. */
export interface EnrichedSpan {
  readonly attributes: Attributes
  /** True for a span without parent in this process. */
  readonly root: boolean
}

interface SpanEvent {
  readonly name: string
  readonly attributes?: Attributes | undefined
}

/** Adds to spans what does not come of the runs: what a backend wants besides, what surrounds OpenCode. */
export interface Enricher {
  /** A span has started. Must not wait. */
  started?(span: EnrichedSpan): void
  /** Attributes for a span that is about to end; those that it has already stay as they are. */
  attributes?(span: EnrichedSpan): Attributes
  /** An event to stand beside this one, at the same time. */
  event?(event: SpanEvent): SpanEvent | undefined
}

/**
 * Enrichers as a span processor, to stand before the one that exports. What an enricher throws costs only what it
 * would have added.
 *
 * `onEnding` is marked experimental in the SDK, whose version is pinned; a test holds that it is called.
 */
export function enrichingProcessor(enrichers: readonly Enricher[]): SpanProcessor {
  const done = () => Promise.resolve()
  const each = (act: (enricher: Enricher) => void) => {
    for (const enricher of enrichers) {
      try {
        act(enricher)
      } catch {
        // A span without its extras is worth more than none.
      }
    }
  }
  return {
    onStart: (span) => each((enricher) => enricher.started?.(view(span))),
    onEnding: (span) => each((enricher) => enrich(span, enricher)),
    onEnd() {},
    forceFlush: done,
    shutdown: done,
  }
}

function view({ attributes, parentSpanContext }: Span): EnrichedSpan {
  return { attributes, root: parentSpanContext === undefined || parentSpanContext.isRemote === true }
}

function enrich(span: Span, enricher: Enricher): void {
  for (const event of [...span.events]) {
    const twin = enricher.event?.(event)
    if (twin) span.addEvent(twin.name, twin.attributes ?? {}, event.time)
  }
  const added = Object.entries(enricher.attributes?.(view(span)) ?? {})
  span.setAttributes(Object.fromEntries(added.filter(([name]) => span.attributes[name] === undefined)))
}
