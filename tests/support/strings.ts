// Everything in a value that could hold words.

/** A string somewhere in a value, with the key it stands under (of the nearest object, also through arrays). */
export interface Found {
  readonly key: string
  readonly text: string
}

/** All strings of a value of any shape, object keys among them (under the key `""`), in the order they stand. */
export function strings(value: unknown, key = ""): Found[] {
  if (typeof value === "string") return [{ key, text: value }]
  if (typeof value !== "object" || value === null) return []
  if (Array.isArray(value)) return value.flatMap((item) => strings(item, key))
  return Object.entries(value).flatMap(([name, item]) => [{ key: "", text: name }, ...strings(item, name)])
}
