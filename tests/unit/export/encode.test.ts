import { describe, expect, test } from "bun:test"
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-proto"
import type { ReadableSpan } from "@opentelemetry/sdk-trace-base"
import { encode, estimateBytes } from "../../../src/export/encode.ts"
import { startCollector } from "./support/collector.ts"
import { makeSpans, namesIn, spanNames } from "./support/spans.ts"

describe("encode", () => {
  test("makes the very bytes that the stock exporter sends", async () => {
    const collector = await startCollector()
    const spans = makeSpans(spanNames(5), { a: "text", b: 1.5, c: true, d: ["x", "y"] })
    const exporter = new OTLPTraceExporter({ url: collector.endpoint })
    await new Promise((resolve) => exporter.export(spans, resolve))
    await exporter.shutdown()
    await collector.close()
    const { batches, lost } = encode(spans)
    expect(lost).toBe(0)
    expect(batches.map(({ bytes }) => Buffer.from(bytes).toString("hex"))).toEqual(
      collector.requests.map(({ body }) => Buffer.from(body).toString("hex")),
    )
  })

  test("a span that cannot be serialised does not take its batch with it", () => {
    const [good, bad, other] = makeSpans(spanNames(3))
    if (!good || !bad || !other) throw new Error("no spans")
    const broken: ReadableSpan = Object.create(bad, {
      attributes: {
        get() {
          throw new Error("unreadable")
        },
      },
    })
    const { batches, lost } = encode([good, broken, other])
    expect(lost).toBe(1)
    expect(batches.flatMap(({ bytes }) => namesIn(bytes))).toEqual([good.name, other.name])
    expect(batches.map(({ spans }) => spans)).toEqual([1, 1])
  })

  test("nothing makes no batch", () => {
    expect(encode([])).toEqual({ batches: [], lost: 0 })
  })

  test("a batch holds no more memory than its bytes", () => {
    const [batch] = encode(makeSpans(spanNames(1))).batches
    expect(batch?.bytes.buffer.byteLength).toBe(batch?.bytes.length ?? -1)
  })
})

describe("estimateBytes", () => {
  test.each([
    ["small", {}],
    ["text", { "gen_ai.input.messages": "x".repeat(100_000) }],
    ["three-byte characters", { "gen_ai.input.messages": "語".repeat(50_000) }],
    ["lists", { list: Array.from({ length: 100 }, (_, index) => `value ${index}`) }],
  ])("is within 40 %% and 300 bytes of the serialised size: %s", (_, attributes) => {
    const [span] = makeSpans(["name"], attributes)
    const [batch] = encode(span ? [span] : []).batches
    const estimate = span ? estimateBytes(span) : 0
    const size = batch?.bytes.length ?? 0
    expect(Math.abs(estimate - size)).toBeLessThan(300 + size * 0.4)
  })
})
