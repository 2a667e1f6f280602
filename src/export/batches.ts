import { TraceFlags } from "@opentelemetry/api"
import type { ReadableSpan, SpanProcessor } from "@opentelemetry/sdk-trace-base"
import type { Delivery } from "./delivery.ts"
import { type Batch, encode } from "./encoding.ts"
import { errorCode } from "./export-result.ts"
import type { Ledger } from "./ledger.ts"
import { createSpanQueue, type QueueLimits } from "./queue.ts"

/** The options under `batch`, by their names, and the same bounds in bytes. */
export interface BatchLimits extends QueueLimits {
  /** Longest time that an ended span waits for company, in milliseconds. */
  readonly scheduleDelayMs: number
}

export interface BatcherConfig extends BatchLimits {
  /** What was kept by earlier processes is looked for this long after the start, in milliseconds. */
  readonly redeliverAfterMs: number
}

export interface BatcherDeps {
  readonly delivery: Delivery
  readonly ledger: Ledger
}

/** Ended spans on their way to the delivery. */
export interface Batcher {
  /** Takes a span that has ended: constant time, no I/O. */
  add(span: ReadableSpan): void
  /** Resolves when every span added before has been delivered or kept. Without end if delivery hangs. */
  flush(): Promise<void>
  /** For the end: `flush`, and then what was kept earlier, until it fails for longer than there is time. */
  drain(): Promise<void>
  /** Takes no more spans and sets no more timers. */
  close(): void
  /** The spans that still wait, serialised, for process death. */
  takeAll(): Generator<Batch>
}

/** The next turn of the event loop: hooks never pay for serialising or for I/O. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms).unref?.()
  })
}

/** A timer of which at most one is pending, and which does not keep the process alive. */
function createAlarm(ring: () => void): { set(ms: number): void; clear(): void } {
  let timer: ReturnType<typeof setTimeout> | undefined
  let dueAt = Number.POSITIVE_INFINITY
  const clear = () => {
    clearTimeout(timer)
    dueAt = Number.POSITIVE_INFINITY
  }
  return {
    set(ms) {
      const due = performance.now() + ms
      if (due >= dueAt) return
      clear()
      dueAt = due
      timer = setTimeout(() => {
        dueAt = Number.POSITIVE_INFINITY
        ring()
      }, ms)
      timer.unref?.()
    },
    clear,
  }
}

/**
 * A batcher that one loop empties: batch by batch, one at a time, so that serialising never blocks the
 * event loop for long, then what was kept earlier. While the queue is more than half full (a hanging
 * collector, or a burst), a second loop moves the oldest spans to where undeliverable batches are kept.
 */
export function createBatcher(config: BatcherConfig, { delivery, ledger }: BatcherDeps): Batcher {
  const queue = createSpanQueue(config)
  let pumping: Promise<void> | undefined
  let redelivering: Promise<void> | undefined
  let relieving: Promise<void> | undefined
  let closed = false
  const alarm = createAlarm(start)

  function* takeBatch(): Generator<Batch> {
    const { batches, lost } = encode(queue.take())
    ledger.dropped(lost, "they could not be serialised")
    yield* batches
  }

  async function pump(): Promise<void> {
    await nextTurn()
    await redelivering
    while (queue.length > 0) for (const batch of takeBatch()) await delivery.deliver(batch)
  }

  async function relieve(): Promise<void> {
    await nextTurn()
    while (queue.crowded) for (const batch of takeBatch()) await delivery.keep(batch)
  }

  function ensurePump(): Promise<void> {
    pumping ??= pump().finally(() => {
      pumping = undefined
    })
    return pumping
  }

  /** One round: what is new, then what was kept. After a failure the next round is set for later. */
  async function run(): Promise<void> {
    await ensurePump()
    await relieving
    redelivering ??= delivery
      .redeliver(() => queue.length > 0 || pumping !== undefined)
      .finally(() => {
        redelivering = undefined
      })
    await redelivering
    if (!closed && delivery.waitMs() > 0) alarm.set(delivery.waitMs())
  }

  /** A round that nobody waits for: a defect in it must not become an unhandled rejection in OpenCode. */
  function start(): void {
    run().catch((error) => ledger.problem(`The export of traces failed (${errorCode(error)}).`))
  }

  alarm.set(config.redeliverAfterMs)

  return {
    add(span) {
      if (closed || !queue.push(span)) {
        ledger.dropped(1, closed ? "they ended after the shutdown" : "too many wait in memory")
        return
      }
      if (queue.crowded) {
        relieving ??= relieve().finally(() => {
          relieving = undefined
        })
      }
      if (queue.batchReady) alarm.set(0)
      else alarm.set(config.scheduleDelayMs)
    },
    async flush() {
      start()
      await ensurePump()
      await relieving
    },
    async drain() {
      await run()
      for (let wait = delivery.lastChanceMs(); wait !== undefined; wait = delivery.lastChanceMs()) {
        await pause(wait)
        await run()
      }
    },
    close() {
      closed = true
      alarm.clear()
    },
    *takeAll() {
      while (queue.length > 0) yield* takeBatch()
    },
  }
}

/** The batcher as the SDK wants it: ended spans that are sampled, and nothing at their start. */
export function createProcessor(
  batcher: Batcher,
  flush: () => Promise<void>,
  shutdown: () => Promise<void>,
): SpanProcessor {
  return {
    onStart() {},
    onEnd(span) {
      if ((span.spanContext().traceFlags & TraceFlags.SAMPLED) !== 0) batcher.add(span)
    },
    forceFlush: flush,
    shutdown,
  }
}
