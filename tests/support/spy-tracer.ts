import {
  type Attributes,
  type AttributeValue,
  type Context,
  type Link,
  type Span,
  type SpanContext,
  SpanKind,
  type SpanOptions,
  type SpanStatus,
  SpanStatusCode,
  type TimeInput,
  TraceFlags,
  type Tracer,
  trace,
} from "@opentelemetry/api"
import type { TreeSpan } from "../harness/tree.ts"
import { KIND, STATUS } from "./names.ts"

function epochMs(time: TimeInput | undefined): number {
  if (typeof time !== "number") throw new Error(`a span's time must be given in epoch milliseconds: ${time}`)
  return time
}

/** A span that keeps everything it is told, and what it should never have been told. */
export class SpySpan implements Span {
  readonly name: string
  readonly kind: SpanKind
  readonly startMs: number
  /** The context of the parent; undefined for a true root. */
  readonly parent: SpanContext | undefined
  readonly attributes: Attributes = {}
  readonly events: { name: string; attributes: Attributes; timeMs: number }[] = []
  readonly links: Link[] = []
  /** Calls that came after the end, the second end included: each is a fault. */
  readonly afterEnd: string[] = []
  status: SpanStatus = { code: SpanStatusCode.UNSET }
  endMs: number | undefined

  readonly #context: SpanContext

  constructor(name: string, options: SpanOptions, context: SpanContext, parent: SpanContext | undefined) {
    this.name = name
    this.kind = options.kind ?? SpanKind.INTERNAL
    this.startMs = epochMs(options.startTime)
    this.parent = parent
    this.#context = context
    this.links.push(...(options.links ?? []))
    Object.assign(this.attributes, options.attributes)
  }

  spanContext(): SpanContext {
    return this.#context
  }

  setAttribute(key: string, value: AttributeValue): this {
    return this.setAttributes({ [key]: value })
  }

  setAttributes(attributes: Attributes): this {
    this.#note("setAttributes")
    Object.assign(this.attributes, attributes)
    return this
  }

  addEvent(name: string, attributes?: Attributes | TimeInput, time?: TimeInput): this {
    this.#note(`addEvent ${name}`)
    if (typeof attributes !== "object" || Array.isArray(attributes) || attributes instanceof Date) {
      throw new Error("the plugin gives every event its attributes and its time")
    }
    this.events.push({ name, attributes, timeMs: epochMs(time) })
    return this
  }

  addLink(link: Link): this {
    return this.addLinks([link])
  }

  addLinks(links: Link[]): this {
    this.#note("addLinks")
    this.links.push(...links)
    return this
  }

  setStatus(status: SpanStatus): this {
    this.#note("setStatus")
    this.status = status
    return this
  }

  updateName(): this {
    throw new Error("a span's name is given when it starts")
  }

  recordException(): void {
    throw new Error("an exception's message is content")
  }

  isRecording(): boolean {
    return this.endMs === undefined
  }

  end(time?: TimeInput): void {
    this.#note("end")
    this.endMs = epochMs(time)
  }

  #note(call: string): void {
    if (this.endMs !== undefined) this.afterEnd.push(call)
  }
}

/** A tracer whose spans have unique ids that count up: the first is `…01`. Refuses to use the active context. */
export class SpyTracer implements Tracer {
  readonly spans: SpySpan[] = []

  startSpan(name: string, options: SpanOptions = {}, context?: Context): SpySpan {
    if (!context) throw new Error("the parent must be given")
    const parent = trace.getSpanContext(context)
    const number = this.spans.length + 1
    const span = new SpySpan(
      name,
      options,
      {
        traceId: parent?.traceId ?? number.toString(16).padStart(32, "0"),
        spanId: number.toString(16).padStart(16, "0"),
        traceFlags: TraceFlags.SAMPLED,
      },
      parent,
    )
    this.spans.push(span)
    return span
  }

  startActiveSpan(): never {
    throw new Error("a span must never become active")
  }

  get open(): SpySpan[] {
    return this.spans.filter((span) => span.endMs === undefined)
  }

  get ended(): SpySpan[] {
    return this.spans.filter((span) => span.endMs !== undefined)
  }

  /** The only span of that name. Throws where there is none or more than one. */
  one(name: string): SpySpan {
    const [found, another] = this.spans.filter((span) => span.name === name)
    if (!found || another) throw new Error(`${another ? "more than one" : "no"} span is named ${name}`)
    return found
  }

  /** What was done to spans that had already ended: must be empty. */
  get faults(): string[] {
    return this.spans.flatMap((span) => span.afterEnd.map((call) => `${span.name}: ${call} after its end`))
  }

  /** What an exporter would have got: ended spans alone. */
  exported(): TreeSpan[] {
    return this.ended.map((span) => ({
      name: span.name,
      traceId: span.spanContext().traceId,
      spanId: span.spanContext().spanId,
      parentSpanId: span.parent?.spanId,
      kind: KIND[span.kind],
      startMs: span.startMs,
      endMs: span.endMs ?? Number.NaN,
      status: STATUS[span.status.code],
      statusMessage: span.status.message ?? "",
      attributes: { ...span.attributes },
      events: span.events,
    }))
  }
}
