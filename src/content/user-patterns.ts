import type { RE2JS } from "re2js"
import { mask } from "./placeholder.ts"

const MOST_PATTERNS = 50
const LONGEST_PATTERN = 1000

/** A pattern of the user's that cannot be used, and why. The pattern itself may be a secret: it is not here. */
export interface PatternProblem {
  /** Index in the option's list. */
  readonly index: number
  readonly reason: string
}

export interface CustomMasker {
  readonly mask: (text: string) => string
  readonly problems: readonly PatternProblem[]
}

/**
 * Compiles the option `redact`. The syntax is RE2's (no lookaround, no back-references), run by a port of
 * RE2: its time is linear in the text whatever the pattern, where `(a+)+$` would hang JavaScript's own
 * engine, and OpenCode with it. What cannot be used is reported and left out, the rest works. At most 50
 * patterns of at most 1,000 characters. The engine is loaded only for those who have patterns.
 */
export async function customMasker(patterns: readonly string[]): Promise<CustomMasker> {
  if (patterns.length === 0) return { mask: (text) => text, problems: [] }
  const { RE2JS: engine } = await import("re2js")
  const compiled = patterns.map((pattern, index) => compile(engine, pattern, index))
  const usable = compiled.flatMap((result) => (typeof result === "string" ? [] : [result]))
  const problems = compiled.flatMap((result, index) =>
    typeof result === "string" ? [{ index, reason: result }] : [],
  )
  return { mask: (text) => usable.reduce(maskMatches, text), problems }
}

function compile(engine: typeof RE2JS, pattern: string, index: number): RE2JS | string {
  if (index >= MOST_PATTERNS) return `there are more than ${MOST_PATTERNS} patterns`
  if (pattern.length > LONGEST_PATTERN) return `it is longer than ${LONGEST_PATTERN} characters`
  try {
    const compiled = engine.compile(pattern)
    return compiled.matcher("").find() ? "it matches the empty text" : compiled
  } catch (error) {
    return explain(error)
  }
}

/** RE2 quotes the part of the pattern that it could not read: that part may be a secret, so it is dropped. */
function explain(error: unknown): string {
  const message = error instanceof Error ? error.message : "it is not a regular expression"
  return message.replace(/^error parsing regexp: /, "").replace(/: `[\s\S]*$/, "")
}

/** One mask for each run of matches that touch: a pattern for one character must not multiply the text. */
function maskMatches(text: string, pattern: RE2JS): string {
  const matcher = pattern.matcher(text)
  const kept: string[] = []
  let end = 0
  let touches = false
  while (matcher.find()) {
    if (matcher.end() === matcher.start()) continue
    if (!touches || matcher.start() > end) kept.push(text.slice(end, matcher.start()), mask("custom"))
    end = matcher.end()
    touches = true
  }
  return touches ? kept.join("") + text.slice(end) : text
}
