import type { Attributes } from "@opentelemetry/api"

/** A span that is about to end, as far as extras look at it. */
export interface EndingSpan {
  readonly attributes: Attributes
}

/** Something that happened on a span. */
export interface SpanEvent {
  readonly name: string
  readonly attributes?: Attributes | undefined
}

/**
 * What one backend reads beyond the conventions, as pure functions of what a span already carries when it ends: an
 * extra can say the same in the backend's words, but can never send what the span would not have sent anyway.
 */
export interface Extras {
  /** Attributes to add. Names that the span has already are left as they are. */
  attributes?(span: EndingSpan): Attributes
  /** The same event in the backend's words, to stand beside ours. */
  event?(event: SpanEvent): SpanEvent | undefined
}

/** The value under another name, where there is one. */
export function copied(attributes: Attributes, names: Readonly<Record<string, string>>): Attributes {
  const entries = Object.entries(names).flatMap(([to, from]) => {
    const value = attributes[from]
    return value === undefined ? [] : [[to, value] as const]
  })
  return Object.fromEntries(entries)
}
