import type { SpanProcessor } from "@opentelemetry/sdk-trace-base"
import { DEFAULTS } from "../config/defaults.ts"
import { type BatchLimits, createBatcher, createProcessor } from "./batches.ts"
import { createDelivery } from "./delivery.ts"
import { createLedger, type Report, type Stats } from "./ledger.ts"
import { createSender, type Target } from "./sender.ts"
import { createSpool, destinationOf } from "./spool.ts"

export interface SpoolLimits {
  readonly directory: string
  readonly maxBytes: number
  readonly maxAgeMs: number
}

export interface PipelineConfig extends Target {
  /** Hard limit of one export attempt in milliseconds (`OTEL_EXPORTER_OTLP_TIMEOUT`, default 10,000). */
  readonly timeoutMs: number
  readonly batch?: Partial<BatchLimits>
  /** Left out: undeliverable spans wait in memory only, and are lost with the process. */
  readonly spool?: Pick<SpoolLimits, "directory"> & Partial<SpoolLimits>
  /** When spans of earlier processes are first looked for, unless an export succeeded before. */
  readonly redeliverAfterMs?: number
}

export interface PipelineDeps {
  readonly report: Report
  readonly now?: () => number
}

/** From ended spans to an OTLP endpoint, losing nothing that can be kept. */
export interface Pipeline {
  /** For `new NodeTracerProvider({ spanProcessors: [pipeline.processor] })`. */
  readonly processor: SpanProcessor
  /** Resolves when all ended spans are delivered or kept, or at the deadline. Never rejects. */
  flush(deadlineMs: number): Promise<void>
  /**
   * Tries to deliver everything once more until the deadline, then keeps the rest: on return nothing is
   * only in memory. A second call does nothing. Never rejects.
   */
  shutdown(deadlineMs: number): Promise<void>
  /** Writes everything that is only in memory to the spool, synchronously, if there is one. Never throws. */
  spoolNow(): void
  stats(): Stats
}

const MEBIBYTE = 1024 * 1024
const HOUR_MS = 60 * 60_000

/** Bounds that are no options: estimated bytes of one request before compression, and of the queue. */
const MAX_EXPORT_BATCH_BYTES = MEBIBYTE
const MAX_QUEUE_BYTES = 64 * MEBIBYTE
const DEFAULT_REDELIVER_AFTER_MS = 10_000
const DEFAULT_DEADLINE_MS = 2_000
/** Longest wait for the last operation on a file, after the deadline. */
const LAST_FILE_MS = 250
const BACKLOG_BYTES = 32 * MEBIBYTE
const STALE_CLAIM_MS = 5 * 60_000

/** Resolves when `work` does or after `ms`, whichever is first; the timer does not hold the process. */
async function within(work: Promise<void>, ms: number): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const limit = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, Math.max(0, ms))
    timer.unref?.()
  })
  await Promise.race([work.catch(() => {}), limit])
  clearTimeout(timer)
}

/** Builds the pipeline. Nothing is connected, read or written before the first span ends. */
export function createPipeline(config: PipelineConfig, deps: PipelineDeps): Pipeline {
  const now = deps.now ?? Date.now
  const ledger = createLedger(deps.report)
  const spool =
    config.spool &&
    createSpool(
      {
        maxBytes: DEFAULTS.spool.maxBytes,
        maxAgeMs: DEFAULTS.spool.maxAgeHours * HOUR_MS,
        ...config.spool,
        destination: destinationOf(config.endpoint, config.headers),
        staleClaimMs: STALE_CLAIM_MS + 2 * config.timeoutMs,
      },
      { now, onDropped: ledger.dropped, onProblem: ledger.problem },
    )
  const delivery = createDelivery(
    { timeoutMs: config.timeoutMs, backlogBytes: BACKLOG_BYTES },
    { send: createSender(config), spool, ledger, now },
  )
  const batcher = createBatcher(
    {
      maxExportBatchBytes: MAX_EXPORT_BATCH_BYTES,
      maxQueueBytes: MAX_QUEUE_BYTES,
      ...DEFAULTS.batch,
      ...config.batch,
      redeliverAfterMs: config.redeliverAfterMs ?? DEFAULT_REDELIVER_AFTER_MS,
    },
    { delivery, ledger },
  )
  let ended: Promise<void> | undefined

  const flush = (deadlineMs: number) => within(batcher.flush(), deadlineMs)

  function spoolNow(): void {
    if (spool) delivery.keepNow(batcher.takeAll())
  }

  async function end(deadlineMs: number): Promise<void> {
    batcher.close()
    delivery.hurry(now() + deadlineMs)
    const drained = batcher.drain()
    await within(drained, deadlineMs)
    delivery.keepNow(batcher.takeAll())
    // The attempt in flight has just been cut short; what is still busy is a file being taken or given back.
    await within(drained, LAST_FILE_MS)
    delivery.abandon()
  }

  function shutdown(deadlineMs: number): Promise<void> {
    ended ??= end(deadlineMs)
    return ended
  }

  return {
    processor: createProcessor(
      batcher,
      () => flush(DEFAULT_DEADLINE_MS),
      () => shutdown(DEFAULT_DEADLINE_MS),
    ),
    flush,
    shutdown,
    spoolNow,
    stats: ledger.stats,
  }
}
