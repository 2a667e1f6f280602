import { expect, test } from "bun:test"
import { join } from "node:path"
import {
  documentedOptions,
  renderOptionsTable,
  TABLE_END,
  TABLE_START,
} from "../../../src/config/option-docs.ts"
import { NESTED, OptionsSchema } from "../../../src/config/options.ts"

const PAGE = join(import.meta.dir, "../../../README.md")

test("the options' table in the README is the one of the schema", async () => {
  const page = await Bun.file(PAGE).text()
  const table = page.slice(page.indexOf(TABLE_START) + TABLE_START.length, page.indexOf(TABLE_END)).trim()
  expect(unpadded(table)).toBe(unpadded(renderOptionsTable()))
})

/** The formatter lines the columns up; only the cells count. */
function unpadded(table: string): string {
  return table.replace(/-{3,}/g, "---").replace(/ +\|/g, " |")
}

test("every option of the schema is documented with type, default and a sentence", () => {
  const nested = Object.entries(NESTED).flatMap(([parent, schema]) =>
    Object.keys(schema.entries).map((child) => `${parent}.${child}`),
  )
  const names = documentedOptions().map(({ name }) => name)
  expect(names.toSorted()).toEqual([...Object.keys(OptionsSchema.entries), ...nested].toSorted())
  for (const { name, doc } of documentedOptions()) {
    expect(`${name}: ${doc.type}`).not.toMatch(/undefined|: $/)
    expect(`${name}: ${doc.default}`).not.toMatch(/undefined|: $/)
    expect(`${name}: ${doc.description}`).toMatch(/[.:]$|`\.$/)
  }
})
