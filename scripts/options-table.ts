// Writes the table of options into a Markdown file, between its markers:
// `node scripts/bun.mjs scripts/options-table.ts README.md`.
import { renderOptionsTable, TABLE_END, TABLE_START } from "../src/config/option-docs.ts"

const file = Bun.file(process.argv[2] ?? "README.md")
const text = await file.text()
const start = text.indexOf(TABLE_START)
const end = text.indexOf(TABLE_END)
if (start < 0 || end < start) throw new Error(`${file.name} has no ${TABLE_START} and ${TABLE_END}`)
await file.write(`${text.slice(0, start + TABLE_START.length)}\n${renderOptionsTable()}\n${text.slice(end)}`)
