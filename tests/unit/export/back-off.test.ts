import { describe, expect, test } from "bun:test"
import { createBackoff } from "../../../src/export/back-off.ts"

describe("createBackoff", () => {
  test("doubles from 1 s to 30 s, and starts again after a success", () => {
    const backoff = createBackoff(
      () => 0,
      1_000,
      () => 0.5,
    )
    const waits = Array.from({ length: 7 }, () => {
      backoff.fail()
      return backoff.remainingMs()
    })
    expect(waits).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000])
    backoff.succeed()
    expect(backoff.remainingMs()).toBe(0)
    backoff.fail()
    expect(backoff.remainingMs()).toBe(1_000)
  })

  test("spreads by 20 % to both sides", () => {
    const waitAt = (random: number) => {
      const backoff = createBackoff(
        () => 0,
        1_000,
        () => random,
      )
      backoff.fail()
      return backoff.remainingMs()
    }
    expect(waitAt(0)).toBe(800)
    expect(waitAt(1)).toBe(1_200)
  })

  test("waits at least as long as it is asked to, and time passes", () => {
    let now = 5_000
    const backoff = createBackoff(() => now)
    backoff.fail(60_000)
    expect(backoff.remainingMs()).toBe(60_000)
    now += 59_999
    expect(backoff.remainingMs()).toBe(1)
    now += 1
    expect(backoff.remainingMs()).toBe(0)
  })
})
