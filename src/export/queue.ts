import type { ReadableSpan } from "@opentelemetry/sdk-trace-base"
import { estimateBytes } from "./encoding.ts"

export interface QueueLimits {
  /** Ended spans that wait in memory at most, by count and by estimated bytes. */
  readonly maxQueueSize: number
  readonly maxQueueBytes: number
  /** The same for one batch. A single larger span is a batch of its own. */
  readonly maxExportBatchSize: number
  readonly maxExportBatchBytes: number
}

/** Ended spans in the order in which they ended. */
export interface SpanQueue {
  /** False when a bound is hit and the span was not taken. */
  push(span: ReadableSpan): boolean
  /** The oldest spans, as many as fit into one batch. */
  take(): ReadableSpan[]
  readonly length: number
  /** A whole batch is waiting. */
  readonly batchReady: boolean
  /** More than half of a bound is used: older spans should move to disk. */
  readonly crowded: boolean
}

/** Taken entries are cut off the front when this many have gathered: `shift` on a long array is slow. */
const COMPACT_AT = 1_024

/** An empty queue. Every operation is cheap enough for OpenCode's hooks: sizes are estimated, once. */
export function createSpanQueue(limits: QueueLimits): SpanQueue {
  let entries: { readonly span: ReadableSpan; readonly bytes: number }[] = []
  let head = 0
  let bytes = 0

  const size = () => entries.length - head

  return {
    push(span) {
      const estimate = estimateBytes(span)
      if (size() >= limits.maxQueueSize || bytes + estimate > limits.maxQueueBytes) return false
      entries.push({ span, bytes: estimate })
      bytes += estimate
      return true
    },
    take() {
      const taken: ReadableSpan[] = []
      let batchBytes = 0
      for (
        let entry = entries[head];
        entry && taken.length < limits.maxExportBatchSize;
        entry = entries[head]
      ) {
        if (taken.length > 0 && batchBytes + entry.bytes > limits.maxExportBatchBytes) break
        taken.push(entry.span)
        batchBytes += entry.bytes
        head += 1
        if (head < COMPACT_AT) continue
        entries = entries.slice(head)
        head = 0
      }
      bytes -= batchBytes
      if (size() === 0) {
        entries = []
        head = 0
      }
      return taken
    },
    get length() {
      return size()
    },
    get batchReady() {
      return size() >= limits.maxExportBatchSize || bytes >= limits.maxExportBatchBytes
    },
    get crowded() {
      return size() * 2 > limits.maxQueueSize || bytes * 2 > limits.maxQueueBytes
    },
  }
}
