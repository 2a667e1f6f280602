import {
  type Attributes,
  type Context,
  type Link,
  ROOT_CONTEXT,
  type Span,
  SpanStatusCode,
  type Tracer,
  trace,
} from "@opentelemetry/api"
import { ATTR_ERROR_TYPE } from "../genai/attributes.ts"
import type { SpanStart } from "../genai/spans.ts"

/**
 * A span that keeps its times in order, whatever clocks they were read from: none of its events lies before its
 * start, and it ends neither before its start nor before its last event. All times are epoch milliseconds.
 */
export class TimedSpan {
  readonly startedAt: number
  /** What the span's children are started in. */
  readonly context: Context
  readonly #span: Span
  #lastAt: number

  constructor(
    tracer: Pick<Tracer, "startSpan">,
    { name, kind, attributes }: SpanStart,
    place: { readonly startedAt: number; readonly parent: Context; readonly links?: readonly Link[] },
  ) {
    const { startedAt, parent, links = [] } = place
    this.startedAt = startedAt
    this.#lastAt = startedAt
    this.#span = tracer.startSpan(name, { kind, attributes, startTime: startedAt, links: [...links] }, parent)
    this.context = trace.setSpan(ROOT_CONTEXT, this.#span)
  }

  addEvent(name: string, attributes: Attributes, at: number): void {
    this.#span.addEvent(name, attributes, this.#notBefore(at))
  }

  set(attributes: Attributes): void {
    this.#span.setAttributes(attributes)
  }

  link(to: Context): void {
    const context = trace.getSpanContext(to)
    if (context) this.#span.addLink({ context })
  }

  /** Status and `error.type` go together. `message` is content: absent unless the user captures it. */
  fail(type: string, message: string | undefined): void {
    this.#span.setStatus({ code: SpanStatusCode.ERROR, ...(message && { message }) })
    this.#span.setAttribute(ATTR_ERROR_TYPE, type)
  }

  /** @returns when it ended. The span takes nothing more afterwards. */
  end(at: number): number {
    const endedAt = this.#notBefore(Math.max(at, this.#lastAt))
    this.#span.end(endedAt)
    return endedAt
  }

  #notBefore(at: number): number {
    const inside = Math.max(at, this.startedAt)
    this.#lastAt = Math.max(this.#lastAt, inside)
    return inside
  }
}
