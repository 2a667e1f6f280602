import { describe, expect, test } from "bun:test"
import { parseRetryAfter } from "../../../src/export/retry-after.ts"

describe("parseRetryAfter", () => {
  const now = Date.parse("2026-01-01T00:00:00Z")
  test.each([
    [null, undefined],
    ["", undefined],
    ["soon", undefined],
    ["-1", 0],
    ["0", 0],
    [" 2 ", 2_000],
    ["999999", 3_600_000],
    ["Thu, 01 Jan 2026 00:00:30 GMT", 30_000],
    ["Wed, 31 Dec 2025 00:00:00 GMT", 0],
  ])("%p is %p ms", (value, expected) => {
    expect(parseRetryAfter(value, now)).toBe(expected)
  })
})
