import { describe, expect, test } from "bun:test"
import { encode } from "../../../src/export/encode.ts"
import { countSpans, halve } from "../../../src/export/wire.ts"
import { makeSpans, namesIn, spanNames } from "./support/spans.ts"

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
