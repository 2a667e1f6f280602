/** What `JSON.stringify` turns into text and back without loss. */
export type Json = string | number | boolean | null | readonly Json[] | JsonObject

/** A JSON object. */
export interface JsonObject {
  readonly [key: string]: Json
}

/** True for an object that has keys: neither `null` nor an array. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value)
}

/** True for a JSON array; narrows better than `Array.isArray` does for readonly arrays. */
export function isJsonArray(value: Json): value is readonly Json[] {
  return Array.isArray(value)
}

/** True for a JSON object. */
export function isJsonObject(value: Json): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value)
}

/**
 * The same structure with every string that is a value (keys are not) replaced by `change(text, key)`,
 * where `key` is the name of the nearest property the string belongs to, also through arrays.
 */
export function mapStrings(value: Json, change: (text: string, key?: string) => string, key?: string): Json {
  if (typeof value === "string") return change(value, key)
  if (isJsonArray(value)) return value.map((item) => mapStrings(item, change, key))
  if (!isJsonObject(value)) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [name, mapStrings(item, change, name)]),
  )
}

const DEEPEST = 64
const MOST_NODES = 50_000
const LONGEST_KEY = 256

/**
 * A plain JSON copy of anything: never throws, never loops, never runs on without end.
 *
 * Cycles, levels below the 64th and everything after the 50,000th value become a short note in brackets;
 * what JSON cannot write becomes text (bigint, symbol, function) or its size (binary data), and what
 * JSON leaves out (undefined) is left out. Lone surrogates, which no exporter can encode, become U+FFFD.
 */
export function snapshot(value: unknown): Json {
  const walk = new Walk()
  return walk.copy(value, 0) ?? null
}

/** One traversal: counts what it has seen and knows the path it is on. */
class Walk {
  #nodes = 0
  readonly #path = new Set<object>()

  copy(value: unknown, depth: number): Json | undefined {
    this.#nodes += 1
    if (typeof value === "string") return value.toWellFormed()
    if (typeof value === "number") return Number.isFinite(value) ? value : String(value)
    if (typeof value === "boolean" || value === null) return value
    if (value === undefined) return undefined
    if (typeof value !== "object") return describe(value)
    if (value instanceof Date) return Number.isNaN(value.getTime()) ? "[invalid date]" : value.toISOString()
    if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`
    if (this.#path.has(value)) return "[circular]"
    if (depth >= DEEPEST) return "[too deep]"
    this.#path.add(value)
    const copied = this.#container(value, depth)
    this.#path.delete(value)
    return copied
  }

  #container(value: object, depth: number): Json {
    if (value instanceof Map) return this.#list([...value.entries()], depth)
    if (value instanceof Set) return this.#list([...value], depth)
    if (value instanceof Error) return `${value.name}: ${value.message}`
    if (Array.isArray(value)) return this.#list(value, depth)
    return this.#object(value, depth)
  }

  #list(items: readonly unknown[], depth: number): Json {
    const copied: Json[] = []
    for (const item of items) {
      if (this.#nodes >= MOST_NODES) return [...copied, `…[+${items.length - copied.length} items]`]
      copied.push(this.copy(item, depth + 1) ?? null)
    }
    return copied
  }

  /** `fromEntries` defines own properties, so a key named `__proto__` is data like any other. */
  #object(value: object, depth: number): Json {
    const copied: [string, Json][] = []
    const keys = safeKeys(value)
    for (const key of keys) {
      if (this.#nodes >= MOST_NODES) {
        copied.push(["…", `[+${keys.length - copied.length} keys]`])
        break
      }
      const item = this.copy(read(value, key), depth + 1)
      if (item !== undefined) copied.push([shortKey(key), item])
    }
    return Object.fromEntries(copied)
  }
}

function describe(value: bigint | symbol | ((...args: never[]) => unknown) | unknown): string {
  return typeof value === "function" ? "[function]" : String(value)
}

function safeKeys(value: object): readonly string[] {
  try {
    return Object.keys(value)
  } catch {
    return []
  }
}

/** A getter or a proxy may throw; that must not cost the rest of the value. */
function read(value: object, key: string): unknown {
  try {
    return Reflect.get(value, key)
  } catch {
    return "[unreadable]"
  }
}

function shortKey(key: string): string {
  const whole = key.toWellFormed()
  return whole.length <= LONGEST_KEY ? whole : `${whole.slice(0, LONGEST_KEY).toWellFormed()}…`
}
