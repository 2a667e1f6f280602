import { describe, expect, test } from "bun:test"
import fc from "fast-check"
import { createContentFilter } from "../../../src/content/content-filter.ts"
import { createRedactor } from "../../../src/content/masking.ts"
import { byteSize } from "../../../src/content/truncation.ts"
import { holds } from "../property.ts"

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
