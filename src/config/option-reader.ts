/**
 * Reads the options so that one bad value costs only itself: what the schema rejects is cut out, and the rest is
 * read again. Each value that was cut out becomes a problem, with the name that a mistyped one probably meant.
 */

import * as v from "valibot"
import type { Config } from "./config.ts"
import { type DocumentedOption, documentedAt, namesBeside } from "./option-docs.ts"
import { type Options, OptionsSchema } from "./options.ts"
import { maskSecret, maskUrl, type Problem, plain, show } from "./problem.ts"

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
 * in the environment. Headers keep theirs: a missing credential has to be reported.
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

/** One problem per value that `readOptions` cut out. */
export function optionProblem(fault: Fault, config: Config): Problem {
  if (fault.path.length === 0) return notAnObject(fault, config)
  const setting = fault.path.map(plain).join(".")
  const option = documentedAt(fault.path)
  if (fault.unknownName) return unknownName(fault, setting)
  return {
    setting,
    given: givenAt(fault, option),
    expected: expectedOf(fault, option),
    used: usedInstead(fault, option, config),
    severity: "warning",
  }
}

function notAnObject(fault: Fault, config: Config): Problem {
  return {
    setting: "options of opencode-traces",
    given: show(fault.value),
    expected: "an object with known options",
    used: config.enabled ? "no options" : "nothing: the plugin is off",
    severity: "error",
  }
}

/** The value of an unknown option is not shown: `apiKey` may be one. */
function unknownName(fault: Fault, setting: string): Problem {
  const known = namesBeside(fault.path)
  const name = fault.path.at(-1) ?? ""
  const meant = nearest(name, known.length > 0 ? known : RULE_NAMES)
  const suggestion = meant ? ` (did you mean ${show(meant)}?)` : ""
  return {
    setting,
    given: "an unknown option",
    expected: `a known one${suggestion}`,
    used: (isToolRule(fault) && contentKept(fault)) || "nothing: it is ignored",
    severity: "warning",
  }
}

/** The names of a tool's rule, which the table describes in words. */
const RULE_NAMES = ["arguments", "result", "paths"]

/** What concerns content is switched off rather than guessed: see `closeFaulty`. */
function contentKept(fault: Fault): string | undefined {
  const [option, part, tool] = fault.path
  if (option === "redact" || (option === "captureContent" && part === undefined)) return "no content at all"
  if (option !== "captureContent") return undefined
  if (part !== "tools") return "false"
  return tool === undefined ? "no content of any tool" : `no content of the tool ${show(tool)}`
}

function isToolRule({ path }: Fault): boolean {
  return path[0] === "captureContent" && path[1] === "tools"
}

function isWithin(fault: Fault, option: DocumentedOption | undefined): boolean {
  return option !== undefined && fault.path.length > option.name.split(".").length
}

function expectedOf(fault: Fault, option: DocumentedOption | undefined): string {
  if (!option) return "a known option"
  return isWithin(fault, option) ? `${option.name} to be ${option.doc.type}` : option.doc.type
}

function givenAt(fault: Fault, option: DocumentedOption | undefined): string {
  if (option?.doc.secret) return maskSecret(fault.value)
  if (option?.name === "endpoint" && typeof fault.value === "string") return show(maskUrl(fault.value))
  return show(fault.value)
}

function usedInstead(fault: Fault, option: DocumentedOption | undefined, config: Config): string {
  const content = contentKept(fault)
  if (content) return content
  if (option?.doc.secret || isWithin(fault, option)) return "the rest without it"
  if (option?.name === "samplerArg") return String(config.sampler.ratio)
  if (option?.name === "sampler") return config.sampler.type
  if (option?.name === "endpoint") return maskUrl(config.endpoint)
  const used = valueAt(config, fault.path)
  if (used === undefined) return "no value"
  return typeof used === "object" ? "its default" : show(used)
}

/** The configuration has the same names as the options, so an option's path leads to what is used. */
function valueAt(config: Config, path: readonly string[]): unknown {
  let value: unknown = config
  for (const key of path) {
    if (typeof value !== "object" || value === null) return undefined
    value = Reflect.get(value, key)
  }
  return value
}

/**
 * The known name that a mistyped one probably meant, or nothing when none is near: at most a third of its
 * letters may differ (Levenshtein distance, case ignored).
 */
export function nearest(name: string, known: readonly string[]): string | undefined {
  const wanted = name.slice(0, LONGEST_NAME).toLowerCase()
  const ranked = known
    .map((candidate) => ({ candidate, distance: distance(wanted, candidate.toLowerCase()) }))
    .toSorted((a, b) => a.distance - b.distance)
  const best = ranked[0]
  if (!best) return undefined
  const allowed = Math.max(1, Math.floor(Math.max(wanted.length, best.candidate.length) / 3))
  return best.distance <= allowed ? best.candidate : undefined
}

const LONGEST_NAME = 64

function distance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (const [row, letter] of [...a].entries()) {
    const current = [row + 1]
    for (let column = 0; column < b.length; column++) {
      const replaced = (previous[column] ?? 0) + (letter === b[column] ? 0 : 1)
      const removed = (previous[column + 1] ?? 0) + 1
      const added = (current[column] ?? 0) + 1
      current.push(Math.min(replaced, removed, added))
    }
    previous = current
  }
  return previous[b.length] ?? 0
}
