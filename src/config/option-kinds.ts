/** The building blocks of the options' schema: kinds of values, and the documentation that hangs on them. */
import * as v from "valibot"
import { LARGEST_INTEGER } from "./environment.ts"

/** What the table and the messages say about an option. */
export type OptionDoc = Readonly<{
  /** What is accepted, in words that also fit "expected …". */
  type: string
  /** The value without option and environment, as the table shows it. */
  default: string
  description: string
  /** Its values are never shown. */
  secret?: true
}>

/** More entries than any list or object of options needs. */
export const MOST_ENTRIES = 128
const LONGEST_TEXT = 4096
/** What the masker of `src/content` takes. */
const MOST_PATTERNS = 50
const LONGEST_PATTERN = 1_000
/** Lookaround and back-references, which RE2, the engine that runs these patterns in linear time, lacks. */
const NOT_IN_RE2 = /\(\?<?[=!]|\\[1-9]|\\k</

/** Any text an option can hold. */
export const text = v.pipe(v.string(), v.maxLength(LONGEST_TEXT))

/** The library takes a list for an object with the keys 0, 1, …; here it is a mistake. */
export function noList<const Schema extends v.GenericSchema>(schema: Schema) {
  const never = v.never()
  return v.lazy((input): Schema | typeof never => (Array.isArray(input) ? never : schema))
}

/** Lists and objects of texts, and attributes as OpenTelemetry knows them (without lists). */
export const names = v.pipe(v.array(text), v.maxLength(MOST_ENTRIES))
export const texts = noList(v.pipe(v.record(v.pipe(text, v.nonEmpty()), text), v.maxEntries(MOST_ENTRIES)))
const attribute = v.union([text, v.pipe(v.number(), v.finite()), v.boolean()])
export const attributes = noList(
  v.pipe(v.record(v.pipe(text, v.nonEmpty()), attribute), v.maxEntries(MOST_ENTRIES)),
)

function whole(least: number) {
  return v.pipe(v.number(), v.integer(), v.minValue(least), v.maxValue(LARGEST_INTEGER))
}

/** Each option may be absent; its documentation hangs on the schema as metadata. */
export function option<const Schema extends v.GenericSchema>(schema: Schema, doc: OptionDoc) {
  return v.pipe(v.optional(schema), v.metadata(doc))
}

/** A number option whose default is shown as it is. */
export function count(least: number, fallback: number, description: string) {
  const type = least === 0 ? "a whole number from 0 up" : "a positive whole number"
  return option(whole(least), { type, default: String(fallback), description })
}

/** A switch whose default is shown as it is. */
export function flag(fallback: boolean, description: string) {
  return option(v.boolean(), { type: "true or false", default: String(fallback), description })
}

/**
 * True for a pattern that seems usable: RE2 has the last word, and is loaded only where content is captured. Its
 * `(?i)` and `(?P<name>` are no syntax of JavaScript's.
 */
function isPattern(source: string): boolean {
  if (NOT_IN_RE2.test(source.replaceAll("\\\\", ""))) return false
  try {
    return !new RegExp(source.replace(/\(\?[imsU]+\)/g, "").replaceAll("(?P<", "(?<")).test("")
  } catch {
    return false
  }
}

/** A nested option that may also be a plain boolean; chosen by what was given, so that faults stay small. */
export function orBoolean<const Schema extends v.GenericSchema>(schema: Schema) {
  const boolean = v.boolean()
  return v.lazy((input): Schema | typeof boolean =>
    typeof input === "object" && input !== null && !Array.isArray(input) ? schema : boolean,
  )
}

/** Regular expressions that may be used. */
export const patterns = v.pipe(
  v.array(v.pipe(v.string(), v.maxLength(LONGEST_PATTERN), v.check(isPattern))),
  v.maxLength(MOST_PATTERNS),
)
