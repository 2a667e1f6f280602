/**
 * Environment variables as the OpenTelemetry specification reads them: an empty value means unset, and a value
 * that cannot be understood is reported and then treated as unset. Lists of `key=value` pairs are read here too.
 */
import type { Environment, Pairs } from "../backends/backend.ts"
import { maskSecret, type Report, show } from "./problem.ts"

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
 * The first of `names` that `parse` understands, else `fallback`. `parse` returns undefined for a value that
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

/** More entries than any real list has; what follows is reported once and left out. */
const MOST_PAIRS = 128

/**
 * Reads one list. An entry that cannot be read is reported and left out; the others stay. The specification
 * would discard a whole list of resource attributes for one bad entry, which loses more than it protects.
 */
export function readPairs(variable: Variable, report: Report): Pairs {
  const entries = variable.value.split(",").map((entry) => entry.trim())
  const named = entries.filter((entry) => entry !== "")
  if (named.length > MOST_PAIRS) {
    report({
      setting: variable.name,
      given: `${named.length} entries`,
      expected: `at most ${MOST_PAIRS} entries`,
      used: `the first ${MOST_PAIRS}`,
      severity: "warning",
    })
  }
  const pairs: [string, string][] = []
  for (const entry of named.slice(0, MOST_PAIRS)) {
    const pair = readPair(entry)
    if (pair) pairs.push(pair)
    if (!pair) report(unreadable(variable.name, entry))
  }
  return Object.fromEntries(pairs)
}

function readPair(entry: string): [string, string] | undefined {
  const split = entry.indexOf("=")
  if (split < 1) return undefined
  const key = decode(entry.slice(0, split).trim())
  const value = decode(entry.slice(split + 1).trim())
  return key && value !== undefined ? [key, value] : undefined
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}

/** Names the key, which is no secret, and masks the rest; an entry without `=` may be a bare secret. */
function unreadable(setting: string, entry: string) {
  const split = entry.indexOf("=")
  const key = split < 1 ? undefined : entry.slice(0, split).trim()
  return {
    setting,
    given: key ? `${show(key)} = ${maskSecret(entry.slice(split + 1))}` : maskSecret(entry),
    expected: "key=value entries separated by commas, with %XX for special characters",
    used: "the other entries",
    severity: "warning",
  } as const
}
