import type { CheckedSpan, Report } from "./finding.ts"
import { CONTENT_SCHEMAS, contentFault } from "./schemas.ts"
import type { CheckOptions } from "./span.ts"
import {
  ATTRIBUTES,
  type AttributeRule,
  type AttributeTable,
  type AttributeType,
  DEPRECATED,
  type Operation,
} from "./table.ts"

/** Checks which attributes are there, which are missing, and what they hold. */
export function checkAttributes(
  span: CheckedSpan,
  operation: Operation,
  options: CheckOptions,
  report: Report,
): void {
  const table = ATTRIBUTES[operation]
  for (const [key, value] of Object.entries(span.attributes)) checkOne(key, value, operation, options, report)
  checkMissing(span, table, report)
  checkPrefixes(Object.keys(span.attributes), report)
}

/** Checks a value's type, its place among the listed values, and that it is worth telling. */
export function checkValue(key: string, value: unknown, rule: AttributeRule, report: Report): void {
  if (!TYPES[rule.type](value)) {
    report("type", `${key} is no ${rule.type}: ${JSON.stringify(value)}`)
    return
  }
  if (rule.values && !rule.values.some((allowed) => allowed === value))
    report("value", `${key} must not be ${value}`)
  if (typeof value === "number" && value < 0) report("value", `${key} is negative`)
  if (rule.positive && value === 0) report("value", `${key} is 0: leave it out`)
}

function checkOne(
  key: string,
  value: unknown,
  operation: Operation,
  options: CheckOptions,
  report: Report,
): void {
  if (isExtra(key, options.extra ?? [])) return
  const rule = ATTRIBUTES[operation][key]
  const successor = Object.hasOwn(DEPRECATED, key) ? DEPRECATED[key] : undefined
  if (successor !== undefined) report("deprecated", `${key}: use ${successor}`)
  else if (!rule) report("unknown", `${key} is not an attribute of ${operation}`)
  else if (rule.level === "content" && !options.content) report("content", `${key} while content is off`)
  else if (rule.type === "json") checkContent(key, value, report)
  else {
    checkValue(key, value, rule, report)
    if (rule.level !== "content") checkScalar(key, value, report)
  }
}

function checkContent(key: string, value: unknown, report: Report): void {
  if (typeof value !== "string") report("type", `${key} is no JSON text`)
  else if (hasSchema(key)) {
    const fault = contentFault(key, value)
    if (fault !== undefined) report("message", `${key}: ${fault}`)
  }
}

/** Weave parses text that begins like JSON and merges it into its tree. */
function checkScalar(key: string, value: unknown, report: Report): void {
  if (typeof value === "string" && /^[{[]/.test(value)) report("value", `${key} begins like JSON`)
}

function checkMissing({ attributes, status }: CheckedSpan, table: AttributeTable, report: Report): void {
  const succeeded = status !== "ERROR" && attributes["opencode.orphan_reason"] === undefined
  for (const [key, { level }] of Object.entries(table)) {
    if (attributes[key] !== undefined) continue
    if (level === "required") report("required", `${key} is missing`)
    if (level === "recommended" && succeeded) report("recommended", `${key} is missing`, "improvement")
  }
}

/** `a.b` beside `a.b.c`: a backend that builds a tree of the names rejects the span. */
function checkPrefixes(keys: readonly string[], report: Report): void {
  const all = new Set(keys)
  for (const key of keys) {
    const steps = key.split(".")
    const prefixes = steps.slice(1).map((_, index) => steps.slice(0, index + 1).join("."))
    for (const prefix of prefixes) if (all.has(prefix)) report("prefix", `${prefix} beside ${key}`)
  }
}

function isExtra(key: string, extra: readonly string[]): boolean {
  return extra.some((allowed) =>
    allowed.endsWith(".*") ? key.startsWith(allowed.slice(0, -1)) : key === allowed,
  )
}

function hasSchema(key: string): key is keyof typeof CONTENT_SCHEMAS {
  return Object.hasOwn(CONTENT_SCHEMAS, key)
}

const TYPES: Readonly<Record<AttributeType, (value: unknown) => boolean>> = {
  string: (value) => typeof value === "string" && value !== "",
  int: (value) => Number.isSafeInteger(value),
  double: (value) => Number.isFinite(value),
  boolean: (value) => typeof value === "boolean",
  "string[]": (value) =>
    Array.isArray(value) && value.length > 0 && value.every((item) => typeof item === "string"),
  json: (value) => typeof value === "string",
}
