import { type Attributes, ROOT_CONTEXT, TraceFlags, type Tracer } from "@opentelemetry/api"
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
  type SpanProcessor,
} from "@opentelemetry/sdk-trace-base"

/** Name of the n-th span of a test; found again in raw bytes, so that no decoder has to be trusted. */
export function spanName(index: number, prefix = "s"): string {
  return `<${prefix}-${String(index).padStart(6, "0")}>`
}

/** Names of the spans 0 to `count - 1`. */
export function spanNames(count: number, prefix = "s"): string[] {
  return Array.from({ length: count }, (_, index) => spanName(index, prefix))
}

/** The span names in the bytes of serialised requests, in order, repeated ones included. */
export function namesIn(bytes: Uint8Array): string[] {
  return (
    Buffer.from(bytes)
      .toString("latin1")
      .match(/<[a-z]+-\d{6}>/g) ?? []
  )
}

export function createTracer(...spanProcessors: SpanProcessor[]): Tracer {
  return new BasicTracerProvider({ spanProcessors }).getTracer("opencode-traces", "0.0.0")
}

/** Starts and ends spans in one go, in the order of `names`. */
export function endSpans(tracer: Tracer, names: readonly string[], attributes: Attributes = {}): void {
  for (const name of names) tracer.startSpan(name, { attributes }, ROOT_CONTEXT).end()
}

/** Ended spans of the SDK with the given names. */
export function makeSpans(names: readonly string[], attributes: Attributes = {}): ReadableSpan[] {
  const exporter = new InMemorySpanExporter()
  endSpans(createTracer(new SimpleSpanProcessor(exporter)), names, attributes)
  return exporter.getFinishedSpans()
}

/** The same span as one that the sampler did not want. */
export function unsampled(span: ReadableSpan): ReadableSpan {
  const context = { ...span.spanContext(), traceFlags: TraceFlags.NONE }
  return { ...span, name: span.name, spanContext: () => context }
}
