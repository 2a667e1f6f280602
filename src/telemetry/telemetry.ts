import { hostname } from "node:os"
import type { Tracer } from "@opentelemetry/api"
import type { Config } from "../config/index.ts"
import { USER_ID } from "../genai/attributes.ts"
import { type Enricher, enrichingProcessor } from "./enrich.ts"
import { createPipeline } from "./pipeline.ts"
import { createTracer } from "./provider.ts"
import { createResource } from "./resource.ts"
import { createSampler } from "./sampler.ts"
import { pipelineConfig, spanLimits } from "./settings.ts"
import { attributeProcessor } from "./span-attributes.ts"
import type { Report, Stats } from "./stats.ts"

/** Where spans go. Knows nothing of runs. */
export interface Telemetry {
  readonly tracer: Pick<Tracer, "startSpan">
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
  /** OpenCode's version, as far as it is known when the first span starts. */
  readonly hostVersion: () => string | undefined
  readonly enrichers: readonly Enricher[]
}

/**
 * Everything between a span and the collector, from one configuration. Nothing is opened before a span ends, and
 * the resource is made when the first one starts: `service.version` is told only after the plugin has loaded.
 */
export function createTelemetry(config: Config, deps: TelemetryDeps): Telemetry {
  const { report, hostVersion, enrichers } = deps
  const pipeline = createPipeline(pipelineConfig(config), { report })
  const { userId, hostName } = config.identity
  let tracer: Tracer | undefined

  function ready(): Tracer {
    tracer ??= createTracer({
      resource: createResource(config, hostVersion(), hostName ? { "host.name": hostname() } : {}),
      sampler: createSampler(config.sampler),
      spanLimits: spanLimits(config),
      processors: [
        attributeProcessor({ ...(userId && { [USER_ID]: userId }), ...config.spanAttributes }),
        enrichingProcessor(enrichers),
        pipeline.processor,
      ],
    })
    return tracer
  }

  return {
    tracer: { startSpan: (name, options, context) => ready().startSpan(name, options, context) },
    flush: () => void pipeline.flush(config.flushTimeoutMs),
    shutdown: () => pipeline.shutdown(config.flushTimeoutMs),
    saveNow: pipeline.spoolNow,
    stats: pipeline.stats,
  }
}
