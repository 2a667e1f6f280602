/**
 * How much is sent: limits of a span, batches and sampling, by the specification's variables (`OTEL_SPAN_*_LIMIT`
 * before `OTEL_ATTRIBUTE_*`, `OTEL_BSP_*`, `OTEL_TRACES_SAMPLER`). The SDK reads them too, but only from the real
 * process environment and without a message about a bad one, so they are read here and handed over.
 */
import type { Environment } from "../backends/backend.ts"
import { DEFAULTS } from "./defaults.ts"
import { firstSet, integer, parseInteger, parseName, parseRatio, readVariable } from "./environment.ts"
import { type Report, show } from "./problem.ts"

/** Counts are per span (or per event, per link); the length is in UTF-16 units, absent = no limit. */
export type SpanLimits = Readonly<{
  attributeCount: number
  attributeValueLength?: number
  eventCount: number
  linkCount: number
  attributesPerEvent: number
  attributesPerLink: number
}>

/** How ended spans are gathered for export. */
export type Batch = Readonly<{
  /** Ended spans that wait in memory at most. */
  maxQueueSize: number
  /** Spans in one request at most. */
  maxExportBatchSize: number
  /** Milliseconds that an ended span may wait before it is sent. */
  scheduleDelayMs: number
  /** Milliseconds for one export with its retries. */
  exportTimeoutMs: number
}>

/** The attribute, event and link limits of a span, from the environment. */
export function resolveLimits(env: Environment, report: Report): SpanLimits {
  const count = (...names: string[]) => readVariable(env, names, integer(0, DEFAULTS.spanLimitCount), report)
  const general = "OTEL_ATTRIBUTE_COUNT_LIMIT"
  const valueLength = readVariable<number | undefined>(
    env,
    ["OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT", "OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT"],
    {
      parse: (value) => parseInteger(value, 0),
      expected: "a whole number from 0 up",
      fallback: undefined,
    },
    report,
  )
  const limits = {
    attributeCount: count("OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", general),
    eventCount: count("OTEL_SPAN_EVENT_COUNT_LIMIT"),
    linkCount: count("OTEL_SPAN_LINK_COUNT_LIMIT"),
    attributesPerEvent: count("OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT", general),
    attributesPerLink: count("OTEL_LINK_ATTRIBUTE_COUNT_LIMIT", general),
  }
  return valueLength === undefined ? limits : { ...limits, attributeValueLength: valueLength }
}

type BatchOptions = Readonly<{ [Key in keyof Batch]?: number | undefined }>

/** Options first, then `OTEL_BSP_*`. A batch larger than the queue, which can never fill, becomes the queue. */
export function resolveBatch(options: BatchOptions, env: Environment, report: Report): Batch {
  const read = (option: number | undefined, name: string, least: number, fallback: number) =>
    option ?? readVariable(env, [name], integer(least, fallback), report)
  const maxQueueSize = read(options.maxQueueSize, "OTEL_BSP_MAX_QUEUE_SIZE", 1, DEFAULTS.batch.maxQueueSize)
  const batchSize = read(
    options.maxExportBatchSize,
    "OTEL_BSP_MAX_EXPORT_BATCH_SIZE",
    1,
    Math.min(DEFAULTS.batch.maxExportBatchSize, maxQueueSize),
  )
  if (batchSize > maxQueueSize) {
    report({
      setting: "batch.maxExportBatchSize",
      given: show(batchSize),
      expected: `at most batch.maxQueueSize, which is ${maxQueueSize}`,
      used: String(maxQueueSize),
      severity: "warning",
    })
  }
  return {
    maxQueueSize,
    maxExportBatchSize: Math.min(batchSize, maxQueueSize),
    scheduleDelayMs: read(
      options.scheduleDelayMs,
      "OTEL_BSP_SCHEDULE_DELAY",
      0,
      DEFAULTS.batch.scheduleDelayMs,
    ),
    exportTimeoutMs: read(
      options.exportTimeoutMs,
      "OTEL_BSP_EXPORT_TIMEOUT",
      1,
      DEFAULTS.batch.exportTimeoutMs,
    ),
  }
}

export const SAMPLERS = [
  "always_on",
  "always_off",
  "traceidratio",
  "parentbased_always_on",
  "parentbased_always_off",
  "parentbased_traceidratio",
] as const

export type SamplerType = (typeof SAMPLERS)[number]

/** `ratio` is the share of traces kept, 0 to 1; only the two `traceidratio` samplers read it. */
export type Sampling = Readonly<{ type: SamplerType; ratio: number }>

type SamplingOptions = Readonly<{ sampler?: SamplerType | undefined; samplerArg?: number | undefined }>

/**
 * Options first, then `OTEL_TRACES_SAMPLER` and `OTEL_TRACES_SAMPLER_ARG`. The variable's argument belongs to
 * the variable's sampler: a sampler from the options does not take it.
 */
export function resolveSampling(options: SamplingOptions, env: Environment, report: Report): Sampling {
  const type =
    options.sampler ??
    readVariable(
      env,
      ["OTEL_TRACES_SAMPLER"],
      {
        parse: (value) => parseName(value, SAMPLERS),
        expected: `one of ${SAMPLERS.join(", ")}`,
        fallback: DEFAULTS.sampler.type,
      },
      report,
    )
  if (options.samplerArg !== undefined) return { type, ratio: options.samplerArg }
  if (options.sampler !== undefined || !type.endsWith("traceidratio"))
    return { type, ratio: DEFAULTS.sampler.ratio }
  return { type, ratio: ratioFrom(env, report) }
}

function ratioFrom(env: Environment, report: Report): number {
  const name = "OTEL_TRACES_SAMPLER_ARG"
  const given = firstSet(env, name)
  const ratio = parseRatio(given ?? "")
  if (ratio !== undefined) return ratio
  report({
    setting: name,
    given: show(given),
    expected: "a number from 0 to 1",
    used: String(DEFAULTS.sampler.ratio),
    severity: "warning",
  })
  return DEFAULTS.sampler.ratio
}
