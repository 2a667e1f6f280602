import { describe, expect, test } from "bun:test"
import fc from "fast-check"
import { isRecord, snapshot } from "../../../src/content/json.ts"
import { createRedactor } from "../../../src/content/masking.ts"
import {
  byteSize,
  createContentFilter,
  sharedCap,
  truncateJson,
  truncateText,
} from "../../../src/content/truncation.ts"
import { holds } from "../property.ts"

const anyText = fc.string({ unit: "binary", maxLength: 400 })
const anyJson = fc.jsonValue({ maxDepth: 6, stringUnit: "binary" })

describe("truncateText", () => {
  test("leaves alone what fits exactly", () => {
    expect(truncateText("abcdef", 6)).toBe("abcdef")
    expect(truncateText("ééé", 6)).toBe("ééé")
  })

  test("says how much is missing, within the limit", () => {
    const cut = truncateText("a".repeat(1000), 100)
    expect(cut).toBe(`${"a".repeat(84)}…[+916 chars]`)
    expect(byteSize(cut)).toBe(99)
  })

  test("counts the first character of three bytes as three", () => {
    expect(truncateText("\u07ff", 2)).toBe("\u07ff")
    expect(truncateText("\u0800", 2)).toBe("")
    expect(truncateText("\u0800", 3)).toBe("\u0800")
    expect(truncateText("\u0800".repeat(40), 110)).toBe(`${"\u0800".repeat(32)}…[+8 chars]`)
  })

  test("never cuts a character in two", () => {
    expect(truncateText("😀😀😀", 7)).toBe("😀")
    expect(truncateText("😀😀😀", 3)).toBe("")
  })

  test("property: within the limit, a prefix, well formed", () => {
    holds(
      fc.property(anyText, fc.nat(300), (raw, limit) => {
        const text = raw.toWellFormed()
        const cut = truncateText(text, limit)
        expect(byteSize(cut)).toBeLessThanOrEqual(limit)
        expect(cut.isWellFormed()).toBe(true)
        expect(text.startsWith(cut.replace(/…\[\+\d+ chars\]$/, ""))).toBe(true)
      }),
      500,
    )
  })
})

describe("truncateJson", () => {
  test("shortens the longest leaves first and to the same size", () => {
    const value = { id: "call_1", name: "read", a: "x".repeat(5000), b: "y".repeat(3000), c: "z".repeat(150) }
    const cut: unknown = JSON.parse(truncateJson(value, 2000) ?? "null")
    if (!isRecord(cut)) throw new Error("no object")
    expect(cut.id).toBe("call_1")
    expect(cut.c).toBe("z".repeat(150))
    expect(String(cut.a)).toMatch(/^x+…\[\+\d+ chars\]$/)
    expect(String(cut.b)).toMatch(/^y+…\[\+\d+ chars\]$/)
    expect(Math.abs(String(cut.a).length - String(cut.b).length)).toBeLessThan(3)
  })

  test("counts escapes and multi-byte characters as they are sent", () => {
    for (const unit of ['"', "\\", "\n", "\u0001", "é", "漢", "😀", "\u2028"]) {
      const cut = truncateJson([unit.repeat(2000)], 500) ?? ""
      expect(byteSize(cut)).toBeLessThanOrEqual(500)
      expect(byteSize(cut)).toBeGreaterThan(480)
      JSON.parse(cut)
    }
  })

  test("keeps a message list a message list when there are too many messages", () => {
    const messages = Array.from({ length: 500 }, (_, n) => ({
      role: "tool",
      parts: [{ type: "tool_call_response", id: `call_${n}`, response: "ok" }],
    }))
    const cut: unknown = JSON.parse(truncateJson(messages, 4000) ?? "null")
    if (!Array.isArray(cut)) throw new Error("no list")
    for (const message of cut)
      expect(message).toMatchObject({ role: "tool", parts: [{ type: expect.any(String) }] })
    expect(cut.at(-1)).toEqual({
      role: "tool",
      parts: [{ type: "text", content: `…[+${501 - cut.length} items]` }],
    })
  })

  test("keeps the finish reason of the output message it thins out", () => {
    const parts = Array.from({ length: 300 }, (_, n) => ({
      type: "tool_call",
      id: `call_${n}`,
      name: "read",
    }))
    const output = [{ role: "assistant", parts, finish_reason: "tool_call" }]
    const cut: unknown = JSON.parse(truncateJson(output, 2000) ?? "null")
    expect(cut).toMatchObject([{ role: "assistant", finish_reason: "tool_call" }])
  })

  test("a limit that nothing fits gives a note, or nothing at all", () => {
    expect(truncateJson({ a: { b: { c: "d".repeat(100) } } }, 24)).toBe('"…[+120 bytes]"')
    expect(truncateJson({ a: "b".repeat(100) }, 10)).toBeUndefined()
    expect(truncateJson("x".repeat(100), 0)).toBeUndefined()
  })

  test("property: valid JSON within the limit, whole where it fits", () => {
    holds(
      fc.property(anyJson, fc.integer({ min: 0, max: 600 }), (raw, limit) => {
        const value = snapshot(raw)
        const cut = truncateJson(value, limit)
        if (cut === undefined) return
        expect(byteSize(cut)).toBeLessThanOrEqual(limit)
        const parsed: unknown = JSON.parse(cut)
        if (byteSize(JSON.stringify(value)) <= limit)
          expect(JSON.stringify(parsed)).toBe(JSON.stringify(value))
      }),
      1500,
    )
  })

  test("property: from 64 bytes on there is always something to send", () => {
    holds(
      fc.property(fc.array(anyText, { maxLength: 60 }), fc.integer({ min: 64, max: 900 }), (texts, limit) => {
        expect(truncateJson(snapshot(texts), limit)).toBeString()
      }),
      300,
    )
  })
})

describe("sharedCap", () => {
  test("brings the largest down to one height", () => {
    expect(sharedCap([10, 100, 50], 60)).toBe(45)
    expect(sharedCap([10, 100, 50], 50)).toBe(50)
    expect(sharedCap([10, 100, 50], 160)).toBe(0)
    expect(sharedCap([10, 100, 50], 161)).toBeUndefined()
    expect(sharedCap([], 1)).toBeUndefined()
  })

  test("property: exactly enough, and no more than needed", () => {
    holds(
      fc.property(
        fc.array(fc.nat(1000), { minLength: 1 }),
        fc.integer({ min: 1, max: 5000 }),
        (sizes, excess) => {
          const saved = (cap: number) => sizes.reduce((sum, size) => sum + Math.max(0, size - cap), 0)
          const cap = sharedCap(sizes, excess)
          if (cap === undefined) return expect(saved(0)).toBeLessThan(excess)
          expect(saved(cap)).toBeGreaterThanOrEqual(excess)
          expect(saved(cap + 1)).toBeLessThan(excess)
        },
      ),
    )
  })
})

describe("snapshot", () => {
  test("survives what JSON.stringify does not", () => {
    const cyclic: Record<string, unknown> = { name: "loop" }
    cyclic.self = cyclic
    const hostile = {
      get broken() {
        throw new Error("no")
      },
      big: 12n,
      fn: () => 1,
      sym: Symbol("s"),
      nan: Number.NaN,
      when: new Date(0),
      bytes: new Uint8Array(4),
      map: new Map([["a", 1]]),
      missing: undefined,
      list: [undefined, 1],
      lone: "a\ud800b",
    }
    expect(snapshot(cyclic)).toEqual({ name: "loop", self: "[circular]" })
    expect(snapshot(hostile)).toEqual({
      broken: "[unreadable]",
      big: "12",
      fn: "[function]",
      sym: "Symbol(s)",
      nan: "NaN",
      when: "1970-01-01T00:00:00.000Z",
      bytes: "[4 bytes]",
      map: [["a", 1]],
      list: [null, 1],
      lone: "a\ufffdb",
    })
  })

  test("the same object twice is no cycle", () => {
    const shared = { a: 1 }
    expect(snapshot([shared, shared])).toEqual([{ a: 1 }, { a: 1 }])
  })

  test("depth and number of values are bounded", () => {
    const deep = Array.from({ length: 10_000 }).reduce<unknown>((inner) => ({ inner }), "end")
    expect(JSON.stringify(snapshot(deep))).toContain("[too deep]")
    const wide = snapshot(Array.from({ length: 200_000 }, () => 1))
    expect(Array.isArray(wide) && wide.length).toBe(50_000)
    expect(Array.isArray(wide) && wide.at(-1)).toBe("…[+150001 items]")
  })

  test("a key that is too long keeps its head", () => {
    expect(snapshot({ [`head${"k".repeat(300)}tail`]: 1 })).toEqual({ [`head${"k".repeat(252)}…`]: 1 })
  })

  test("a key named __proto__ is data", () => {
    const parsed: unknown = JSON.parse('{"__proto__": {"polluted": true}}')
    expect(JSON.stringify(snapshot(parsed))).toBe('{"__proto__":{"polluted":true}}')
  })

  test("property: what is JSON already stays the same", () => {
    holds(
      fc.property(fc.jsonValue({ maxDepth: 5 }), (value) => {
        expect(JSON.stringify(snapshot(value))).toBe(JSON.stringify(value))
      }),
    )
  })
})

const redactor = createRedactor({ env: { THE_TOKEN: "canary-4711-canary" } })

describe("createContentFilter", () => {
  test("masks before it cuts: no half of a secret is left at the edge", () => {
    const filter = createContentFilter(redactor, { maxValueBytes: 60, maxSpanBytes: 1000 })
    const edge = `${"x".repeat(50)} canary-4711-canary and more words behind it`
    expect(filter.text(edge)).not.toContain("canary")
    expect(filter.attributes({ a: edge }).a).not.toContain("canary")
  })

  test("leaves out what is empty", () => {
    expect(
      createContentFilter(redactor, { maxValueBytes: 1000, maxSpanBytes: 1000 }).attributes({
        a: undefined,
        b: [],
        c: {},
        d: "",
      }),
    ).toEqual({
      c: "{}",
      d: '""',
    })
  })

  test("the attributes of a span share its limit, small ones stay whole", () => {
    const filter = createContentFilter(redactor, { maxValueBytes: 1000, maxSpanBytes: 1500 })
    const cut = filter.attributes({ small: ["a b"], first: ["c ".repeat(800)], second: ["d ".repeat(700)] })
    expect(cut.small).toBe('["a b"]')
    expect(byteSize(Object.values(cut).join(""))).toBeLessThanOrEqual(1500)
    expect(byteSize(cut.first ?? "")).toBeGreaterThan(700)
    expect(byteSize(cut.second ?? "")).toBeGreaterThan(700)
  })

  test("a text too long to search is cut first, with a margin no half of a secret can hide in", () => {
    const long = `${"word ".repeat(209_714)}canary-4711-canary${" word".repeat(9000)}`
    const filter = createContentFilter(redactor, { maxValueBytes: 4_000_000, maxSpanBytes: 4_000_000 })
    const cut = filter.text(long)
    expect(cut).not.toContain("canary")
    expect(cut).toEndWith(`…[+${long.length - 1_048_576 + 16_384} chars]`)
  })

  test("property: each value and their sum within the limits, valid JSON, no secret", () => {
    const value = fc.oneof(
      fc.jsonValue({ maxDepth: 4 }),
      fc.string({ maxLength: 500 }).map((text) => [{ text: `${text} canary-4711-canary ${text}` }]),
    )
    const limits = fc.record({
      maxValueBytes: fc.integer({ min: 0, max: 700 }),
      maxSpanBytes: fc.integer({ min: 0, max: 1500 }),
    })
    holds(
      fc.property(
        fc.dictionary(fc.string({ maxLength: 5 }), value, { maxKeys: 5 }),
        limits,
        (values, bounds) => {
          const cut = Object.values(createContentFilter(redactor, bounds).attributes(values))
          for (const json of cut) {
            expect(byteSize(json)).toBeLessThanOrEqual(bounds.maxValueBytes)
            expect(json).not.toContain("canary-4711")
            JSON.parse(json)
          }
          expect(byteSize(cut.join(""))).toBeLessThanOrEqual(bounds.maxSpanBytes)
        },
      ),
    )
  })
})
