// Guards for data that came over a wire or out of a file.

/** A JSON object, whatever is in it. */
export type Json = Record<string, unknown>

/** True for `{…}`; false for arrays, null and everything else. */
export function isRecord(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value)
}

/** The value itself where it is an object, else an empty one. */
export function record(value: unknown): Json {
  return isRecord(value) ? value : {}
}

/** The value itself where it is an array, else an empty one. */
export function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : []
}

/** The value itself where it is a string, else nothing. */
export function string(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined
}

/** What the text holds as JSON, or undefined where it is no JSON. */
export function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
