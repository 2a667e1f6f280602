/** Traces: the OpenTelemetry SDK, set up from the configuration, in front of the export. */
import { hostname } from "node:os"
import type { Attributes, Tracer } from "@opentelemetry/api"
import { defaultResource, type Resource, resourceFromAttributes } from "@opentelemetry/resources"
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  ParentBasedSampler,
  type Sampler,
  type SpanLimits,
  type SpanProcessor,
  TraceIdRatioBasedSampler,
} from "@opentelemetry/sdk-trace-base"
import { NodeTracerProvider } from "@opentelemetry/sdk-trace-node"
import { ATTR_SERVICE_VERSION } from "@opentelemetry/semantic-conventions"
import { version } from "../../package.json"
import type { Config, SamplerType, Sampling } from "../config/index.ts"
import type { Report, Stats } from "../export/ledger.ts"
import { createPipeline, type PipelineConfig } from "../export/pipeline.ts"
import { USER_ID } from "../genai/attributes.ts"
import { type Enricher, enrichingProcessor } from "./enricher.ts"

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

/** The instrumentation scope of every span. */
const SCOPE = "opencode-traces"
const HOUR_MS = 3_600_000

/**
 * Everything between a span and the collector, from one configuration. Nothing is opened before a span ends.
 *
 * The provider is private, never registered globally: OpenCode, and other plugins in the same process, have
 * telemetry of their own.
 */
export function createTelemetry(config: Config, deps: TelemetryDeps): Telemetry {
  const pipeline = createPipeline(pipelineConfig(config), { report: deps.report })
  const { userId, hostName } = config.identity
  const provider = new NodeTracerProvider({
    resource: createResource(config, deps.hostVersion, hostName ? { "host.name": hostname() } : {}),
    sampler: createSampler(config.sampler),
    spanLimits: spanLimits(config),
    spanProcessors: [
      attributeProcessor({ ...(userId && { [USER_ID]: userId }), ...config.spanAttributes }),
      enrichingProcessor(deps.enrichers),
      pipeline.processor,
    ],
  })
  return {
    tracer: provider.getTracer(SCOPE, version),
    flush: () => void pipeline.flush(config.flushTimeoutMs),
    shutdown: () => pipeline.shutdown(config.flushTimeoutMs),
    saveNow: pipeline.spoolNow,
    stats: pipeline.stats,
  }
}

/**
 * The resource, which says what produced the spans: the SDK's own `telemetry.sdk.*`, `service.version`
 * (OpenCode's, where it is known and the user gave no other), and what the configuration says. `detected`:
 * further attributes, such as `host.name`; the user's win over them.
 *
 * A version that becomes known late is missing on what is exported before. The SDK takes it in only when someone
 * waits for it, hence the call at the end.
 *
 * No detector runs: the process detector would put the command line, and with it the prompt of
 * `opencode run "…"`, on every span. The SDK's default `service.name`, which holds the executable's path, is
 * always overwritten, because the configuration always has one.
 */
export function createResource(
  config: Pick<Config, "resourceAttributes">,
  hostVersion?: string | Promise<string | undefined>,
  detected: Config["resourceAttributes"] = {},
): Resource {
  const attributes = {
    ...(hostVersion && { [ATTR_SERVICE_VERSION]: hostVersion }),
    ...detected,
    ...config.resourceAttributes,
  }
  const resource = defaultResource().merge(resourceFromAttributes(attributes))
  resource.waitForAsyncAttributes?.().catch(() => {})
  return resource
}

/**
 * One sampler per name of the specification. A run is kept or dropped whole under the `parentbased_` ones: the
 * decision falls on the root span, and everything beneath it, subagents included, follows. Given explicitly to
 * the provider, so that the SDK does not look at the environment again.
 */
export function createSampler({ type, ratio }: Sampling): Sampler {
  const samplers: Record<SamplerType, () => Sampler> = {
    always_on: () => new AlwaysOnSampler(),
    always_off: () => new AlwaysOffSampler(),
    traceidratio: () => new TraceIdRatioBasedSampler(ratio),
    parentbased_always_on: () => new ParentBasedSampler({ root: new AlwaysOnSampler() }),
    parentbased_always_off: () => new ParentBasedSampler({ root: new AlwaysOffSampler() }),
    parentbased_traceidratio: () => new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(ratio) }),
  }
  return samplers[type]()
}

/**
 * The limits that the SDK enforces. Content is cut to the value length before, in its structure: what the SDK
 * cuts is no JSON any more.
 */
export function spanLimits({ limits }: Pick<Config, "limits">): SpanLimits {
  return {
    attributeCountLimit: limits.attributeCount,
    attributeValueLengthLimit: limits.attributeValueLength ?? Number.POSITIVE_INFINITY,
    eventCountLimit: limits.eventCount,
    linkCountLimit: limits.linkCount,
    attributePerEventCountLimit: limits.attributesPerEvent,
    attributePerLinkCountLimit: limits.attributesPerLink,
  }
}

/** Sets attributes (the user's id, option `spanAttributes`) on every span as it starts. */
function attributeProcessor(attributes: Attributes): SpanProcessor {
  const done = () => Promise.resolve()
  return {
    onStart: (span) => void span.setAttributes(attributes),
    onEnd() {},
    forceFlush: done,
    shutdown: done,
  }
}

/** What the export needs of the configuration. Both time limits hold for an attempt, so the smaller does. */
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
      maxExportBatchSize: batch.maxExportBatchSize,
      maxQueueSize: batch.maxQueueSize,
      scheduleDelayMs: batch.scheduleDelayMs,
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
