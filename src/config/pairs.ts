/**
 * The `key=value,key2=value2` lists of `OTEL_EXPORTER_OTLP_HEADERS` and `OTEL_RESOURCE_ATTRIBUTES`: the first
 * `=` splits, keys and values are percent-decoded, white space around them does not count. Header values may
 * hold further `=` (Basic credentials do), which therefore belong to the value.
 */
import type { Pairs } from "../backends/backend.ts"
import type { Variable } from "./environment.ts"
import { maskSecret, type Report, show } from "./problem.ts"

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
