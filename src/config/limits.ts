/**
 * Limits and batching, by the specification's variables (`OTEL_SPAN_*_LIMIT` before `OTEL_ATTRIBUTE_*`,
 * `OTEL_BSP_*`). The SDK reads them too, but only those of the real process environment and without a word
 * about a bad one, so they are read here and handed over.
 */
import type { Environment } from "../backends/backend.ts"
import { integer, parseInteger, readVariable } from "./environment.ts"
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
  /** Milliseconds that an ended span waits for company. */
  scheduleDelayMs: number
  /** Milliseconds for one export with its retries. */
  exportTimeoutMs: number
}>

const DEFAULT_COUNT = 128

/**
 * Smaller than the specification's 512 spans and 5 s: serialising 512 spans of 2 KB blocks OpenCode's event
 * loop for 20 ms. The queue is larger than its 2,048, because a long run ends thousands of spans at once.
 */
export const DEFAULT_BATCH: Batch = Object.freeze({
  maxQueueSize: 40_000,
  maxExportBatchSize: 64,
  scheduleDelayMs: 1_000,
  exportTimeoutMs: 30_000,
})

/** The attribute, event and link limits of a span, from the environment. */
export function resolveLimits(env: Environment, report: Report): SpanLimits {
  const count = (...names: string[]) => readVariable(env, names, integer(0, DEFAULT_COUNT), report)
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
  const maxQueueSize = read(options.maxQueueSize, "OTEL_BSP_MAX_QUEUE_SIZE", 1, DEFAULT_BATCH.maxQueueSize)
  const batchSize = read(
    options.maxExportBatchSize,
    "OTEL_BSP_MAX_EXPORT_BATCH_SIZE",
    1,
    Math.min(DEFAULT_BATCH.maxExportBatchSize, maxQueueSize),
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
      DEFAULT_BATCH.scheduleDelayMs,
    ),
    exportTimeoutMs: read(
      options.exportTimeoutMs,
      "OTEL_BSP_EXPORT_TIMEOUT",
      1,
      DEFAULT_BATCH.exportTimeoutMs,
    ),
  }
}
