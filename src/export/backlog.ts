import type { Batch } from "./encode.ts"

/** A batch that waits for another attempt. */
export interface Kept {
  readonly batch: Batch
  /** Epoch ms at which its first attempt was due. */
  readonly createdAt: number
  /** Twelve hexadecimal digits that tell it from all others. */
  readonly id: string
}

/** First in, first out, bounded in bytes: where batches wait that cannot be written to disk. */
export interface Backlog {
  /** Adds a batch and returns the spans of the oldest ones that had to make room. */
  push(kept: Kept): number
  shift(): Kept | undefined
  takeAll(): Kept[]
}

/** An empty backlog of at most `maxBytes`. A batch larger than that is not kept at all. */
export function createBacklog(maxBytes: number): Backlog {
  const waiting: Kept[] = []
  let bytes = 0

  function shift(): Kept | undefined {
    const oldest = waiting.shift()
    bytes -= oldest?.batch.bytes.length ?? 0
    return oldest
  }

  return {
    push(kept) {
      waiting.push(kept)
      bytes += kept.batch.bytes.length
      let lost = 0
      while (bytes > maxBytes) lost += shift()?.batch.spans ?? 0
      return lost
    },
    shift,
    takeAll() {
      bytes = 0
      return waiting.splice(0)
    },
  }
}
