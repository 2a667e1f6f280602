import { type Context, defaultTextMapSetter } from "@opentelemetry/api"
import { W3CTraceContextPropagator } from "@opentelemetry/core"

/** The W3C headers that make whoever gets them a child of the context's span; none for a context without one. */
export function traceHeaders(context: Context): Readonly<Record<string, string>> {
  const headers: Record<string, string> = {}
  new W3CTraceContextPropagator().inject(context, headers, defaultTextMapSetter)
  return headers
}

/** Sets string entries on an object of the host's, if it is one that can be written to. */
export function assign(target: unknown, entries: Readonly<Record<string, string>>): void {
  if (typeof target === "object" && target !== null && Object.isExtensible(target))
    Object.assign(target, entries)
}
