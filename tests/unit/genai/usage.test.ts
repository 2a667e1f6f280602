import { describe, expect, test } from "bun:test"
import {
  addTotals,
  addUsage,
  isUsed,
  noTotals,
  usageAttributes,
  usageFrom,
} from "../../../src/genai/usage.ts"

const NOTHING = { input: 0, output: 0, reasoning: 0, cacheRead: 0, cacheWrite: 0 }

describe("usage", () => {
  test("counts the cache into the input and reasoning into the output", () => {
    // As observed: a provider that counted 102 (40 of them cached) and 20 (7 of them reasoning).
    const usage = usageFrom({ input: 62, output: 13, reasoning: 7, cacheRead: 40, cacheWrite: 0 })
    expect(usage).toEqual({ input: 102, output: 20, reasoning: 7, cacheRead: 40, cacheWrite: 0 })
    expect(usageAttributes(usage)).toEqual({
      "gen_ai.usage.input_tokens": 102,
      "gen_ai.usage.output_tokens": 20,
      "gen_ai.usage.cache_read.input_tokens": 40,
      "gen_ai.usage.reasoning.output_tokens": 7,
    })
  })

  test("names the parts of a total only where there are any", () => {
    expect(Object.keys(usageAttributes(usageFrom({ ...NOTHING, input: 1, output: 1 })))).toEqual([
      "gen_ai.usage.input_tokens",
      "gen_ai.usage.output_tokens",
    ])
    expect(usageAttributes(usageFrom({ ...NOTHING, cacheWrite: 9 }))).toEqual({
      "gen_ai.usage.input_tokens": 9,
      "gen_ai.usage.output_tokens": 0,
      "gen_ai.usage.cache_creation.input_tokens": 9,
    })
  })

  test("adds up", () => {
    const one = usageFrom({ input: 1, output: 2, reasoning: 3, cacheRead: 4, cacheWrite: 5 })
    expect(addUsage(undefined, one)).toBe(one)
    expect(addUsage(one, one)).toEqual({ input: 20, output: 10, reasoning: 6, cacheRead: 8, cacheWrite: 10 })
  })

  test("is none where nothing was read or written", () => {
    expect(isUsed(usageFrom(NOTHING))).toBe(false)
    for (const key of ["input", "output", "reasoning", "cacheRead", "cacheWrite"]) {
      expect(isUsed(usageFrom({ ...NOTHING, [key]: 1 }))).toBe(true)
    }
  })
})

describe("totals", () => {
  test("know no cost before one is told, and 0 when it is", () => {
    const totals = noTotals()
    addTotals(totals, { llmCalls: 1, inputTokens: 5 })
    expect(totals.cost).toBeUndefined()
    addTotals(totals, { cost: 0 })
    expect(totals.cost).toBe(0)
    addTotals(totals, { cost: 0.5, toolCalls: 2, subagents: 1, retries: 3, outputTokens: 7 })
    expect(totals).toEqual({
      llmCalls: 1,
      toolCalls: 2,
      subagents: 1,
      retries: 3,
      inputTokens: 5,
      outputTokens: 7,
      cost: 0.5,
    })
    expect(noTotals().llmCalls).toBe(0)
  })
})
