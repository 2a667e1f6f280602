// The README's tables name exactly what the plugin can emit.
import { expect, test } from "bun:test"
import { join } from "node:path"
import * as names from "../../src/genai/attributes.ts"

const readme = await Bun.file(join(import.meta.dirname, "../../README.md")).text()

/** The names in a column of the table between two markers. */
function documented(table: string, column: number): string[] {
  const rows = readme.slice(
    readme.indexOf(`<!-- ${table}:start -->`),
    readme.indexOf(`<!-- ${table}:end -->`),
  )
  return rows
    .split("\n")
    .filter((line) => line.startsWith("|"))
    .flatMap((line) =>
      [...(line.split("|")[column] ?? "").matchAll(/`([^`]+)`/g)].map((match) => match[1] ?? ""),
    )
}

const emitted = Object.entries(names).map(([constant, name]) => ({
  name,
  event: constant.startsWith("EVENT_"),
}))

test("every attribute is in the README, and nothing else", () => {
  const attributes = emitted.filter(({ event }) => !event).map(({ name }) => name)
  expect(new Set(documented("attributes", 2))).toEqual(new Set(attributes))
})

test("every event is in the README", () => {
  const events = emitted.filter(({ event }) => event).map(({ name }) => name)
  expect(documented("events", 1)).toEqual(expect.arrayContaining(events))
})
