/**
 * Reads environment variables as the OpenTelemetry specification asks: an empty value means unset, and a value
 * that cannot be understood is reported and then treated as unset.
 */
import type { Environment } from "../backends/backend.ts"
import type { Report } from "./problem.ts"
import { show } from "./problem.ts"

/** A variable that is set, with its name for messages. */
export type Variable = Readonly<{ name: string; value: string }>

/** The variables among `names` that are set, in that order, trimmed. */
export function setVariables(env: Environment, names: readonly string[]): Variable[] {
  return names.flatMap((name) => {
    const value = env[name]?.trim()
    return value ? [{ name, value }] : []
  })
}

/** The value of the first variable among `names` that is set, trimmed. */
export function firstSet(env: Environment, ...names: readonly string[]): string | undefined {
  return setVariables(env, names)[0]?.value
}

/**
 * The first of `names` that `parse` understands, else `fallback`. `parse` answers undefined for a value that
 * it does not understand; that value is reported with `expected`.
 */
export function readVariable<T>(
  env: Environment,
  names: readonly string[],
  rule: Readonly<{ parse: (value: string) => T | undefined; expected: string; fallback: T }>,
  report: Report,
): T {
  const unusable: Variable[] = []
  let found: T | undefined
  for (const variable of setVariables(env, names)) {
    found = rule.parse(variable.value)
    if (found !== undefined) break
    unusable.push(variable)
  }
  const used = found ?? rule.fallback
  for (const { name, value } of unusable) {
    report({
      setting: name,
      given: show(value),
      expected: rule.expected,
      used: used === undefined ? "no value" : String(used),
      severity: "warning",
    })
  }
  return used
}

/** The largest delay a timer can wait: a longer one fires at once. */
export const LARGEST_INTEGER = 2_147_483_647

/** A rule for whole numbers from `least` up: durations in milliseconds, counts, bytes. */
export function integer(least: number, fallback: number) {
  return {
    expected: least === 0 ? "a whole number from 0 up" : "a positive whole number",
    fallback,
    parse: (value: string) => parseInteger(value, least),
  }
}

/** Decimal digits only: `1e3`, `0x10`, `10s` and `-1` are all taken as mistakes. */
export function parseInteger(value: string, least: number): number | undefined {
  if (!/^\+?\d{1,10}$/.test(value)) return undefined
  const number = Number(value)
  return number >= least && number <= LARGEST_INTEGER ? number : undefined
}

/** A probability from 0 to 1. */
export function parseRatio(value: string): number | undefined {
  if (!/^\d*\.?\d+(e-?\d+)?$|^\d+\.$/i.test(value)) return undefined
  const number = Number(value)
  return number >= 0 && number <= 1 ? number : undefined
}

/** One of `names`, whatever its case. */
export function parseName<const Name extends string>(
  value: string,
  names: readonly Name[],
): Name | undefined {
  const wanted = value.toLowerCase()
  return names.find((name) => name === wanted)
}
