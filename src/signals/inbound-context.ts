import {
  type Context,
  createTraceState,
  type Link,
  ROOT_CONTEXT,
  TraceFlags,
  trace,
} from "@opentelemetry/api"
import type { Config } from "../config/index.ts"

/** What root spans start in, and what they link to. */
export interface Inbound {
  readonly context: Context
  readonly links: readonly Link[]
}

/**
 * The span that OpenCode was started in (`TRACEPARENT`), as parent of every root or as a link from it. A backend
 * that takes only a span without parent for the beginning of a turn (Weave) needs the link.
 */
export function inbound({
  remoteParent,
  inboundContext,
}: Pick<Config, "remoteParent" | "inboundContext">): Inbound {
  if (!remoteParent || inboundContext === "ignore") return { context: ROOT_CONTEXT, links: [] }
  const { traceId, spanId, sampled, traceState } = remoteParent
  const spanContext = {
    traceId,
    spanId,
    isRemote: true,
    traceFlags: sampled ? TraceFlags.SAMPLED : TraceFlags.NONE,
    ...(traceState && { traceState: createTraceState(traceState) }),
  }
  if (inboundContext === "link") return { context: ROOT_CONTEXT, links: [{ context: spanContext }] }
  return { context: trace.setSpanContext(ROOT_CONTEXT, spanContext), links: [] }
}
