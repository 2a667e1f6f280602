import { describe, expect, test } from "bun:test"
import { estimateBytes } from "../../../src/export/encoding.ts"
import { createSpanQueue } from "../../../src/export/queue.ts"
import { makeSpans, spanNames } from "./support/spans.ts"

const LIMITS = { maxQueueSize: 10_000, maxQueueBytes: 1e9, maxExportBatchSize: 64, maxExportBatchBytes: 1e9 }

describe("createSpanQueue", () => {
  test("gives spans back in order, a batch at a time", () => {
    const queue = createSpanQueue(LIMITS)
    const spans = makeSpans(spanNames(5_000))
    for (const span of spans) expect(queue.push(span)).toBe(true)
    const taken: string[][] = []
    while (queue.length > 0) taken.push(queue.take().map(({ name }) => name))
    expect(taken.flat()).toEqual(spanNames(5_000))
    expect(taken.slice(0, -1).every((batch) => batch.length === 64)).toBe(true)
    expect(queue.take()).toEqual([])
  })

  test("a batch ends before its bytes are exceeded; a larger span goes alone", () => {
    const [small] = makeSpans(["small"])
    const [large] = makeSpans(["large"], { text: "x".repeat(5_000) })
    if (!small || !large) throw new Error("no spans")
    const queue = createSpanQueue({ ...LIMITS, maxExportBatchBytes: estimateBytes(small) * 2 })
    for (const span of [small, small, small, large, small]) queue.push(span)
    const sizes = [queue.take(), queue.take(), queue.take(), queue.take()].map((batch) => batch.length)
    expect(sizes).toEqual([2, 1, 1, 1])
  })

  test("takes no more than its bounds allow, and again when there is room", () => {
    const spans = makeSpans(spanNames(4))
    const byCount = createSpanQueue({ ...LIMITS, maxQueueSize: 3, maxExportBatchSize: 1 })
    expect(spans.map((span) => byCount.push(span))).toEqual([true, true, true, false])
    byCount.take()
    expect(spans.map((span) => byCount.push(span))).toEqual([true, false, false, false])
    const [first] = spans
    const byBytes = createSpanQueue({ ...LIMITS, maxQueueBytes: first ? estimateBytes(first) * 2 : 0 })
    expect(spans.map((span) => byBytes.push(span))).toEqual([true, true, false, false])
  })

  test("says when a batch is ready and when it grows crowded", () => {
    const queue = createSpanQueue({ ...LIMITS, maxQueueSize: 10, maxExportBatchSize: 2 })
    const states = makeSpans(spanNames(6)).map((span) => {
      queue.push(span)
      return [queue.batchReady, queue.crowded]
    })
    expect(states).toEqual([
      [false, false],
      [true, false],
      [true, false],
      [true, false],
      [true, false],
      [true, true],
    ])
  })
})
