/**
 * Validates the options so that one bad value costs only itself: what the schema objects to is cut out, and the
 * rest is read again.
 */
import * as v from "valibot"
import { type Options, OptionsSchema } from "./options.ts"

/** A value that was cut out. `path`: its keys from the outside in; empty for options that are no object. */
export type Fault = Readonly<{ path: readonly string[]; value: unknown; unknownName: boolean }>

export type ReadOptions = Readonly<{ options: Options; faults: readonly Fault[] }>

/** Each pass finds every bad value but only one unknown name per object. */
const MOST_PASSES = 100
/** How deep empty strings are looked for; no option nests deeper. */
const DEEPEST = 5

/**
 * The usable options, and what was cut out of them. Never throws. Options that stay unusable switch the plugin
 * off, because a part of them that was left out might have protected something.
 */
export function readOptions(raw: unknown): ReadOptions {
  if (raw === undefined || raw === null) return { options: {}, faults: [] }
  if (!isObject(raw)) return { options: {}, faults: [{ path: [], value: raw, unknownName: false }] }
  const faults: Fault[] = []
  let input: unknown = withoutEmpty(raw, DEEPEST)
  for (let pass = 0; pass < MOST_PASSES; pass++) {
    const result = v.safeParse(OptionsSchema, input)
    if (result.success) return { options: result.output, faults }
    const found = uniqueFaults(result.issues.map(toFault))
    faults.push(...found)
    for (const fault of found.toReversed()) input = without(input, fault.path)
  }
  const tooMany: Fault = { path: [], value: raw, unknownName: false }
  return { options: { enabled: false }, faults: [...faults.slice(0, MOST_PASSES), tooMany] }
}

function toFault(issue: v.BaseIssue<unknown>): Fault {
  const path = (issue.path ?? []).map((item) => String(item.key))
  const unknownName = issue.type === "strict_object" && issue.expected === "never"
  const last = issue.path?.at(-1)
  return { path, value: unknownName ? last?.value : (last?.value ?? issue.input), unknownName }
}

/** A value can break several rules; it is cut out, and reported, once. */
function uniqueFaults(faults: readonly Fault[]): Fault[] {
  const byPath = new Map(faults.toReversed().map((fault) => [JSON.stringify(fault.path), fault] as const))
  return [...byPath.values()].toReversed()
}

/** A copy of `value` without what `path` leads to. Later entries of a list move up: cut from the end. */
function without(value: unknown, path: readonly string[]): unknown {
  const [key, ...rest] = path
  if (key === undefined) return {}
  if (Array.isArray(value)) {
    return value.flatMap((item, index) => {
      if (String(index) !== key) return [item]
      return rest.length === 0 ? [] : [without(item, rest)]
    })
  }
  if (!isObject(value)) return value
  const entries = Object.entries(value).flatMap(([name, item]) => {
    if (name !== key) return [[name, item] as const]
    return rest.length === 0 ? [] : [[name, without(item, rest)] as const]
  })
  return Object.fromEntries(entries)
}

/**
 * OpenCode puts an empty string where `{env:NAME}` names a variable that is not set, so empty means unset, as
 * in the environment. Headers keep theirs: a missing credential has to be told.
 */
function withoutEmpty(value: unknown, depth: number): unknown {
  if (depth === 0) return value
  if (Array.isArray(value))
    return value.filter((item) => item !== "").map((item) => withoutEmpty(item, depth - 1))
  if (!isObject(value)) return value
  const entries = Object.entries(value).flatMap(([key, item]) => {
    if (item === "" || item === undefined || item === null) return []
    return [[key, key === "headers" ? item : withoutEmpty(item, depth - 1)] as const]
  })
  return Object.fromEntries(entries)
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value)
}
