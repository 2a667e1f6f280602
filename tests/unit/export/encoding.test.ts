import { describe, expect, test } from "bun:test"
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-proto"
import type { ReadableSpan } from "@opentelemetry/sdk-trace-base"
import { countSpans, encode, estimateBytes, halve } from "../../../src/export/encoding.ts"
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

function request(count: number): Uint8Array {
  const [batch] = encode(
    makeSpans(spanNames(count), { "gen_ai.agent.name": "build", text: "x".repeat(300) }),
  ).batches
  return batch?.bytes ?? new Uint8Array()
}

describe("countSpans", () => {
  test("counts the spans of a request", () => {
    for (const count of [1, 2, 63, 200]) expect(countSpans(request(count))).toBe(count)
  })

  test("an empty request holds none", () => {
    expect(countSpans(new Uint8Array())).toBe(0)
  })

  test("sees that a request was cut", () => {
    const whole = request(3)
    for (const length of [1, 2, 10, whole.length - 1]) {
      expect(countSpans(whole.subarray(0, length))).toBeUndefined()
    }
  })

  test("sees that bytes are no request", () => {
    expect(countSpans(Buffer.from("<html>not found</html>"))).toBeUndefined()
    expect(countSpans(new Uint8Array(64).fill(0xff))).toBeUndefined()
    expect(countSpans(new Uint8Array(64))).toBeUndefined()
  })
})

describe("halve", () => {
  test("both halves together hold every span once, in order", () => {
    const whole = request(7)
    const [first = new Uint8Array(), second = new Uint8Array()] = halve(whole) ?? []
    expect([countSpans(first), countSpans(second)]).toEqual([4, 3])
    expect([...namesIn(first), ...namesIn(second)]).toEqual(spanNames(7))
  })

  test("halves are byte for byte what the serialiser makes of half the spans", () => {
    const spans = makeSpans(spanNames(4))
    const bytesOf = (some: typeof spans) => encode(some).batches[0]?.bytes ?? new Uint8Array()
    expect(halve(bytesOf(spans))).toEqual([bytesOf(spans.slice(0, 2)), bytesOf(spans.slice(2))])
  })

  test("fields that this version does not know are kept in both halves", () => {
    const unknown = Uint8Array.from([0x7a, 3, 1, 2, 3])
    const parts = halve(Buffer.concat([request(2), unknown])) ?? []
    expect(parts).toHaveLength(2)
    for (const part of parts) expect(part.subarray(-unknown.length)).toEqual(unknown)
  })

  test("a single span and damaged bytes cannot be halved", () => {
    expect(halve(request(1))).toBeUndefined()
    expect(halve(request(4).subarray(0, 50))).toBeUndefined()
  })
})
