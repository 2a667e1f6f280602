import type { Tracer } from "@opentelemetry/api"
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-proto"
import { resourceFromAttributes } from "@opentelemetry/resources"
import { AlwaysOnSampler, BatchSpanProcessor, ParentBasedSampler } from "@opentelemetry/sdk-trace-base"
import { createTracer } from "./provider.ts"

/** Where spans go. Knows nothing of runs. */
export interface Telemetry {
  readonly tracer: Tracer
  /** Sends what has ended, in the background. Never throws, never waited for. */
  flush(): void
  /** Sends what has ended and stops. Resolves within the deadline, whatever the collector does. */
  shutdown(): Promise<void>
}

export interface TelemetryConfig {
  readonly url: string | undefined
  readonly headers: Readonly<Record<string, string>>
  readonly deadlineMs: number
}

export function createTelemetry({ url, headers, deadlineMs }: TelemetryConfig): Telemetry {
  const exporter = new OTLPTraceExporter({ ...(url && { url }), headers: { ...headers } })
  const processor = new BatchSpanProcessor(exporter, { maxExportBatchSize: 64, scheduledDelayMillis: 1000 })
  const tracer = createTracer({
    resource: resourceFromAttributes({ "service.name": "opencode" }),
    sampler: new ParentBasedSampler({ root: new AlwaysOnSampler() }),
    spanLimits: {},
    processor,
  })
  return {
    tracer,
    flush: () => void processor.forceFlush().catch(() => {}),
    async shutdown() {
      const done = processor
        .forceFlush()
        .then(() => exporter.forceFlush())
        .catch(() => {})
      await Promise.race([done, new Promise((resolve) => setTimeout(resolve, deadlineMs).unref())])
    },
  }
}
