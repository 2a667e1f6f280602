// All sizes here are bytes of UTF-8, of the text as it is sent. The limits of OTEL_*_VALUE_LENGTH_LIMIT
// count characters, of which no text has more than it has bytes: what fits here is never cut by the SDK.
import { isJsonArray, isJsonObject, type Json, mapStrings, snapshot } from "./json.ts"
import type { Redactor } from "./masking.ts"

/** Strings up to this size are never cut while longer ones are left: ids, names, roles and types stay whole. */
const SHORT_LEAF = 128

/** The floor once the structure itself had to be thinned out. */
const SHORTEST_LEAF = 32

/** How many items of each array and keys of each object are tried in turn when short leaves alone are too much. */
const BREADTHS = [256, 64, 16, 8, 4, 2, 1] as const

/** Bytes of UTF-8. */
export interface ContentLimits {
  /** For one attribute. */
  readonly maxValueBytes: number
  /** For all content attributes of one span together. */
  readonly maxSpanBytes: number
}

/** The only way for content into an attribute: masks secrets first, then cuts to size. */
export interface ContentFilter {
  /** For an attribute that is plain text: a title, an error's words. */
  readonly text: (value: string) => string
  /**
   * For the JSON attributes of one span, given together because they share its limit. What is empty
   * (`undefined`, an empty list) is left out, as is what no longer fits at all. Keys are attribute names.
   */
  readonly attributes: (values: Readonly<Record<string, unknown>>) => Readonly<Record<string, string>>
}

/**
 * Builds the filter. A secret is masked before its text is cut: the half that a cut leaves over would be
 * known to no rule. Never throws.
 */
export function createContentFilter(redactor: Redactor, limits: ContentLimits): ContentFilter {
  const { maxValueBytes, maxSpanBytes } = limits
  const longest = Math.min(maxValueBytes, maxSpanBytes)
  return {
    text: (value) => truncateText(redactor.text(value.toWellFormed()), longest),
    attributes: (values) => {
      const masked = Object.entries(values)
        .filter(([, value]) => !isEmpty(value))
        .map(([name, value]) => [name, redactor.tree(snapshot(value))] as const)
      const sizes = masked.map(([, value]) => Math.min(byteSize(JSON.stringify(value)), longest))
      const cap = shareOf(sizes, maxSpanBytes) ?? longest
      const cut = masked.map(([name, value]) => [name, truncateJson(value, Math.min(longest, cap))] as const)
      return Object.fromEntries(cut.filter((entry): entry is [string, string] => entry[1] !== undefined))
    },
  }
}

/** What each value may take so that all of them fit, or nothing when they fit as they are. */
function shareOf(sizes: readonly number[], maxSpanBytes: number): number | undefined {
  const excess = sizes.reduce((sum, size) => sum + size, 0) - maxSpanBytes
  return excess <= 0 ? undefined : sharedCap(sizes, excess)
}

function isEmpty(value: unknown): boolean {
  return value === undefined || (Array.isArray(value) && value.length === 0)
}

/** Size in UTF-8 bytes. */
export function byteSize(text: string): number {
  return Buffer.byteLength(text, "utf8")
}

/**
 * The text, cut to at most `maxBytes`, with a mark that says how many UTF-16 units are missing. Never cuts
 * a character in two. Where not even the mark has room, as many characters as fit.
 */
export function truncateText(text: string, maxBytes: number): string {
  return cut(text, maxBytes, plainCost)
}

/**
 * The value as JSON of at most `maxBytes`, valid whatever the limit; `undefined` when the limit leaves no
 * room for even a note. The longest strings are shortened first and all to the same size, each with a
 * mark; only when that is not enough, lists are thinned out, again with a mark.
 *
 * `value` must be a tree (see `snapshot`).
 */
export function truncateJson(value: Json, maxBytes: number): string | undefined {
  const whole = JSON.stringify(value)
  const size = byteSize(whole)
  if (size <= maxBytes) return whole
  const shortened = shorten(value, size - maxBytes, SHORT_LEAF)
  if (shortened !== undefined) return shortened
  for (const breadth of BREADTHS) {
    const thinned = thin(value, breadth)
    const excess = byteSize(JSON.stringify(thinned)) - maxBytes
    const fitting = excess <= 0 ? JSON.stringify(thinned) : shorten(thinned, excess, SHORTEST_LEAF)
    if (fitting !== undefined) return fitting
  }
  const note = JSON.stringify(`…[+${size} bytes]`)
  return byteSize(note) <= maxBytes ? note : undefined
}

/**
 * The greatest size to which all larger ones have to be brought down so that they shrink by `excess` in
 * total, or `undefined` when even nothing at all would be too much.
 */
export function sharedCap(sizes: readonly number[], excess: number): number | undefined {
  const largestFirst = sizes.toSorted((a, b) => b - a)
  let sum = 0
  for (const [index, size] of largestFirst.entries()) {
    sum += size
    const cap = Math.floor((sum - excess) / (index + 1))
    if (cap >= (largestFirst[index + 1] ?? 0)) return cap
  }
  return undefined
}

/** Cuts the longest strings until `excess` bytes are gone; `undefined` when they would fall below `floor`. */
function shorten(value: Json, excess: number, floor: number): string | undefined {
  const sizes: number[] = []
  mapStrings(value, (text) => {
    sizes.push(encodedSize(text))
    return text
  })
  const cap = sharedCap(sizes, excess)
  if (cap === undefined || cap < floor) return undefined
  return JSON.stringify(
    mapStrings(value, (text) => (encodedSize(text) <= cap ? text : cut(text, cap, encodedCost))),
  )
}

/** The same structure with at most `breadth` items in each array and (at least 4) keys in each object. */
function thin(value: Json, breadth: number): Json {
  if (isJsonArray(value)) {
    const kept = value.slice(0, breadth).map((item) => thin(item, breadth))
    return value.length <= breadth ? kept : [...kept, omission(value.slice(breadth))]
  }
  if (!isJsonObject(value)) return value
  const entries = Object.entries(value)
  const most = Math.max(breadth, 4)
  const kept = entries.slice(0, most).map(([key, item]): [string, Json] => [key, thin(item, breadth)])
  if (entries.length > most) kept.push(["…", `[+${entries.length - most} keys]`])
  return Object.fromEntries(kept)
}

/**
 * Stands for the items left out, in the shape of its neighbours: readers drop a whole list of messages for
 * one element that is none.
 */
function omission(items: readonly Json[]): Json {
  const [first] = items
  const note = `…[+${items.length} items]`
  if (first === undefined || !isJsonObject(first)) return note
  if (typeof first.role === "string" && first.parts !== undefined) {
    return { ...first, parts: [{ type: "text", content: note }] }
  }
  return typeof first.type === "string" ? { type: "text", content: note } : note
}

/** How many bytes one character takes. */
type Cost = (codePoint: number) => number

function cut(text: string, maxBytes: number, cost: Cost): string {
  const fits = prefixLength(text, maxBytes, cost)
  if (fits === text.length) return text
  const longestMark = byteSize(mark(text.length))
  if (longestMark > maxBytes) return text.slice(0, fits)
  const kept = prefixLength(text, maxBytes - longestMark, cost)
  return text.slice(0, kept) + mark(text.length - kept)
}

function mark(missing: number): string {
  return `…[+${missing} chars]`
}

/** Length in UTF-16 units of the longest prefix of whole characters that takes at most `maxBytes`. */
function prefixLength(text: string, maxBytes: number, cost: Cost): number {
  let used = 0
  let index = 0
  while (index < text.length) {
    const codePoint = text.codePointAt(index) ?? 0
    used += cost(codePoint)
    if (used > maxBytes) return index
    index += codePoint > 0xffff ? 2 : 1
  }
  return index
}

function plainCost(codePoint: number): number {
  if (codePoint < 0x80) return 1
  if (codePoint < 0x800) return 2
  return codePoint > 0xffff ? 4 : 3
}

/** As `JSON.stringify` writes it: quotes, backslashes and five control characters take two bytes, others six. */
function encodedCost(codePoint: number): number {
  if (codePoint === 0x22 || codePoint === 0x5c) return 2
  if (codePoint >= 0x20) return codePoint >= 0xd800 && codePoint <= 0xdfff ? 6 : plainCost(codePoint)
  const hasShortEscape = codePoint >= 0x08 && codePoint <= 0x0d && codePoint !== 0x0b
  return hasShortEscape ? 2 : 6
}

/** Bytes between the quotes. */
function encodedSize(text: string): number {
  return byteSize(JSON.stringify(text)) - 2
}
