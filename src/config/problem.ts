/**
 * The message to the user about a setting that cannot be used as it was given.
 *
 * A problem never stops OpenCode: it says what was given, what is expected and what is used instead, in one
 * sentence, and never shows a secret.
 */

/** `error`: traces will not arrive until the user acts; `warning`: something was ignored; `info`: worth knowing. */
export type Severity = "error" | "warning" | "info"

/** One setting that could not be used as it was given. Every text is bounded and free of secrets. */
export type Problem = Readonly<{
  /** The option's dotted path (`batch.maxQueueSize`) or the variable's name. */
  setting: string
  /** What was given, masked where it may be a secret. */
  given: string
  /** What would have been understood. */
  expected: string
  /** What is used instead. */
  used: string
  severity: Severity
}>

/** Takes a problem as it is found. */
export type Report = (problem: Problem) => void

const LONGEST_SHOWN = 80
const LONGEST_READ = 4096

/** Options may hold a huge text; a problem stays one readable line. */
function cut(text: string): string {
  return text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN).toWellFormed()}…` : text
}

/** Control characters would let a setting's value draw over a terminal that shows the log. */
function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, " ").trim()
}

/** A URL with credentials can end up in any setting. Only as much text is looked at as could be shown. */
function withoutCredentials(text: string): string {
  return text.slice(0, LONGEST_READ).split(/(\s)/).map(maskCredentials).join("")
}

function maskCredentials(word: string): string {
  const at = word.lastIndexOf("@")
  const colon = word.indexOf(":")
  if (colon < 0 || colon > at) return word
  const [scheme = ""] = /^[a-z][a-z0-9+.-]*:\/\//i.exec(word) ?? []
  return `${scheme}***${word.slice(at)}`
}

/** Text from outside that can stand in a sentence: bounded, one line, no credentials of a URL. */
export function plain(text: string): string {
  return cut(oneLine(withoutCredentials(text)))
}

/** Any value as short, quoted text; never throws, whatever the value. For values that are no secrets. */
export function show(value: unknown): string {
  if (value === undefined) return "nothing"
  if (typeof value === "string") return `"${plain(value)}"`
  if (typeof value === "number" || typeof value === "boolean" || value === null) return String(value)
  if (Array.isArray(value)) return `a list of ${value.length}`
  return typeof value === "object" ? "an object" : `a ${typeof value}`
}

/** Stands for a secret: says how long it is (which finds a cut or empty one), and nothing else. */
export function maskSecret(value: unknown): string {
  if (typeof value !== "string") return show(value)
  if (value === "") return '""'
  return value.length === 1 ? "*** (1 character)" : `*** (${value.length} characters)`
}

/**
 * A URL that can be shown: credentials before an `@` and the values of its query are masked. Works on text
 * that is not a URL too, and rather masks too much: everything up to the last `@`.
 */
export function maskUrl(value: string): string {
  const withoutUser = value.replace(/^((?:[a-z][a-z0-9+.-]*:)?\/\/)?.*@/is, "$1***@")
  return withoutUser.replace(/=[^&#]*/g, "=***")
}

/** The problem as one sentence, for a log line or a toast. */
export function formatProblem(problem: Problem): string {
  const { setting, given, expected, used } = problem
  return oneLine(`${setting}: got ${given}, expected ${expected}; using ${used}.`)
}
