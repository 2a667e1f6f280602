/** The configuration in the terms of the SDK and of the pipeline. */
import type { SpanLimits } from "@opentelemetry/sdk-trace-base"
import { version } from "../../package.json"
import type { Config } from "../config/index.ts"
import type { PipelineConfig } from "../export/pipeline.ts"

const HOUR_MS = 3_600_000

/** What the pipeline needs of the configuration. Both time limits hold for an attempt, so the smaller does. */
export function pipelineConfig(config: Config): PipelineConfig {
  const { batch, spool, tls } = config
  return {
    endpoint: config.endpoint,
    headers: config.headers,
    compression: config.compression,
    tls: {
      ...(tls.certificate && { caFile: tls.certificate }),
      ...(tls.clientCertificate && { certFile: tls.clientCertificate }),
      ...(tls.clientKey && { keyFile: tls.clientKey }),
    },
    userAgent: `opencode-traces/${version}`,
    timeoutMs: Math.min(config.timeoutMs, batch.exportTimeoutMs),
    batch: {
      maxSpans: batch.maxExportBatchSize,
      queueSpans: batch.maxQueueSize,
      delayMs: batch.scheduleDelayMs,
    },
    ...(spool.enabled && {
      spool: {
        directory: spool.directory,
        maxBytes: spool.maxBytes,
        maxAgeMs: spool.maxAgeHours * HOUR_MS,
      },
    }),
  }
}

/**
 * The limits that the SDK enforces. Content is cut to the value length before, in its structure: what the SDK
 * cuts is no JSON any more.
 */
export function spanLimits({ limits }: Config): SpanLimits {
  return {
    attributeCountLimit: limits.attributeCount,
    attributeValueLengthLimit: limits.attributeValueLength ?? Number.POSITIVE_INFINITY,
    eventCountLimit: limits.eventCount,
    linkCountLimit: limits.linkCount,
    attributePerEventCountLimit: limits.attributesPerEvent,
    attributePerLinkCountLimit: limits.attributesPerLink,
  }
}
