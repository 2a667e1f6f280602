import { hostname } from "node:os"
import type { Tracer } from "@opentelemetry/api"
import type { Config } from "../config/index.ts"
import type { Report, Stats } from "../export/ledger.ts"
import { createPipeline } from "../export/pipeline.ts"
import { USER_ID } from "../genai/attributes.ts"
import { type Enricher, enrichingProcessor } from "./enricher.ts"
import { createTracer } from "./provider.ts"
import { createResource } from "./resource.ts"
import { createSampler } from "./sampler.ts"
import { pipelineConfig, spanLimits } from "./settings.ts"
import { attributeProcessor } from "./span-attributes.ts"

/** Where spans go. Knows nothing of runs. */
export interface Telemetry {
  readonly tracer: Tracer
  /** Sends what has ended, in the background. Never throws, never waited for. */
  flush(): void
  /** Tries to send everything until the configured deadline, and keeps the rest on disk. Never rejects. */
  shutdown(): Promise<void>
  /** Writes what is only in memory to disk, synchronously, where the spool is on. Never throws. */
  saveNow(): void
  stats(): Stats
}

export interface TelemetryDeps {
  readonly report: Report
  /** OpenCode's version, or that it stays unknown. Must not reject. */
  readonly hostVersion: Promise<string | undefined>
  readonly enrichers: readonly Enricher[]
}

/** Everything between a span and the collector, from one configuration. Nothing is opened before a span ends. */
export function createTelemetry(config: Config, deps: TelemetryDeps): Telemetry {
  const pipeline = createPipeline(pipelineConfig(config), { report: deps.report })
  const { userId, hostName } = config.identity
  const tracer = createTracer({
    resource: createResource(config, deps.hostVersion, hostName ? { "host.name": hostname() } : {}),
    sampler: createSampler(config.sampler),
    spanLimits: spanLimits(config),
    processors: [
      attributeProcessor({ ...(userId && { [USER_ID]: userId }), ...config.spanAttributes }),
      enrichingProcessor(deps.enrichers),
      pipeline.processor,
    ],
  })
  return {
    tracer,
    flush: () => void pipeline.flush(config.flushTimeoutMs),
    shutdown: () => pipeline.shutdown(config.flushTimeoutMs),
    saveNow: pipeline.spoolNow,
    stats: pipeline.stats,
  }
}
