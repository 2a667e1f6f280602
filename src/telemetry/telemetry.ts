import { homedir } from "node:os"
import { isAbsolute, join } from "node:path"
import type { Tracer } from "@opentelemetry/api"
import type { Config } from "../config/index.ts"
import { createPipeline } from "./pipeline.ts"
import { createTracer, SCOPE } from "./provider.ts"
import { createResource } from "./resource.ts"
import { createSampler } from "./sampler.ts"
import { attributeProcessor } from "./span-attributes.ts"
import type { Report, Stats } from "./stats.ts"

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

const HOUR_MS = 3_600_000

/** Everything between a span and the collector, from one configuration. Nothing is opened before a span ends. */
export function createTelemetry(
  config: Config,
  env: Readonly<Record<string, string | undefined>>,
  report: Report,
): Telemetry {
  const { batch, limits, spool, tls } = config
  const pipeline = createPipeline(
    {
      endpoint: config.endpoint,
      headers: config.headers,
      compression: config.compression,
      userAgent: `${SCOPE.name}/${SCOPE.version}`,
      timeoutMs: Math.min(config.timeoutMs, batch.exportTimeoutMs),
      tls: {
        ...(tls.certificate && { caFile: tls.certificate }),
        ...(tls.clientCertificate && { certFile: tls.clientCertificate }),
        ...(tls.clientKey && { keyFile: tls.clientKey }),
      },
      batch: {
        maxSpans: batch.maxExportBatchSize,
        delayMs: batch.scheduleDelayMs,
        queueSpans: batch.maxQueueSize,
      },
      ...(spool.enabled && {
        spool: {
          directory: spool.directory ?? defaultSpool(env),
          maxBytes: spool.maxBytes,
          maxAgeMs: spool.maxAgeHours * HOUR_MS,
        },
      }),
    },
    { report },
  )
  const own = Object.keys(config.spanAttributes).length > 0 ? [attributeProcessor(config.spanAttributes)] : []
  const tracer = createTracer({
    resource: createResource(config),
    sampler: createSampler(config.sampler),
    spanLimits: {
      attributeCountLimit: limits.attributeCount,
      eventCountLimit: limits.eventCount,
      linkCountLimit: limits.linkCount,
      attributePerEventCountLimit: limits.attributesPerEvent,
      attributePerLinkCountLimit: limits.attributesPerLink,
      ...(limits.attributeValueLength !== undefined && {
        attributeValueLengthLimit: limits.attributeValueLength,
      }),
    },
    processors: [...own, pipeline.processor],
  })
  return {
    tracer,
    flush: () => void pipeline.flush(config.flushTimeoutMs),
    shutdown: () => pipeline.shutdown(config.flushTimeoutMs),
    saveNow: pipeline.spoolNow,
    stats: pipeline.stats,
  }
}

/** `$XDG_STATE_HOME/opencode-traces/spool`; the XDG specification says to ignore a relative path. */
function defaultSpool(env: Readonly<Record<string, string | undefined>>): string {
  const given = env.XDG_STATE_HOME
  const state = given && isAbsolute(given) ? given : join(homedir(), ".local", "state")
  return join(state, SCOPE.name, "spool")
}
