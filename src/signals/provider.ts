import type { Tracer } from "@opentelemetry/api"
import type { Resource } from "@opentelemetry/resources"
import type { Sampler, SpanLimits, SpanProcessor } from "@opentelemetry/sdk-trace-base"
import { NodeTracerProvider } from "@opentelemetry/sdk-trace-node"
import { version } from "../../package.json"

/** The instrumentation scope of every span. */
const SCOPE = "opencode-traces"

export interface ProviderParts {
  readonly resource: Resource
  readonly sampler: Sampler
  readonly spanLimits: SpanLimits
  readonly processors: SpanProcessor[]
}

/**
 * A tracer on a private provider. It is never registered globally: OpenCode, and other plugins in the same
 * process, have telemetry of their own.
 */
export function createTracer({ resource, sampler, spanLimits, processors }: ProviderParts): Tracer {
  const provider = new NodeTracerProvider({ resource, sampler, spanLimits, spanProcessors: processors })
  return provider.getTracer(SCOPE, version)
}
