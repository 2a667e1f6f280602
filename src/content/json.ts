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
