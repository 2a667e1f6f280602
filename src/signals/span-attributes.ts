import type { Attributes } from "@opentelemetry/api"
import type { SpanProcessor } from "@opentelemetry/sdk-trace-base"

/** Sets the user's own attributes (option `spanAttributes`) on every span as it starts. */
export function attributeProcessor(attributes: Attributes): SpanProcessor {
  const done = () => Promise.resolve()
  return {
    onStart: (span) => void span.setAttributes(attributes),
    onEnd() {},
    forceFlush: done,
    shutdown: done,
  }
}
