/** The documentation of the options: for the README's table, and for the messages about a bad one. */
import * as v from "valibot"
import type { OptionDoc } from "./option-kinds.ts"
import { NESTED, OptionsSchema } from "./options.ts"

/** One option by its dotted name. */
export type DocumentedOption = Readonly<{ name: string; doc: OptionDoc }>

/** The markers in the README between which the table stands. */
export const TABLE_START = "<!-- options:start -->"
export const TABLE_END = "<!-- options:end -->"

/** Every option in the schema's order, nested ones after the one they belong to. */
export function documentedOptions(): readonly DocumentedOption[] {
  return Object.entries(OptionsSchema.entries).flatMap(([name, schema]) => {
    const nested = Object.entries(NESTED).find(([parent]) => parent === name)?.[1]
    const below = Object.entries(nested?.entries ?? {}).map(([child, childSchema]) => ({
      name: `${name}.${child}`,
      doc: docOf(childSchema),
    }))
    return [{ name, doc: docOf(schema) }, ...below]
  })
}

/** The documented option that a path belongs to: the longest that leads to it. */
export function documentedAt(path: readonly string[]): DocumentedOption | undefined {
  const options = documentedOptions()
  const prefixes = path.map((_, index) => path.slice(0, index + 1).join(".")).toReversed()
  return prefixes.map((prefix) => options.find(({ name }) => name === prefix)).find(Boolean)
}

/** The known names beside `path`: those of the object that holds its last key. */
export function namesBeside(path: readonly string[]): readonly string[] {
  const parent = path.slice(0, -1).join(".")
  const prefix = parent === "" ? "" : `${parent}.`
  return documentedOptions()
    .map(({ name }) => name)
    .filter((name) => name.startsWith(prefix))
    .map((name) => name.slice(prefix.length))
    .filter((name) => !name.includes("."))
}

/** The options as a Markdown table: name, type, default, description. */
export function renderOptionsTable(): string {
  const rows = documentedOptions().map(({ name, doc }) =>
    row([`\`${name}\``, doc.type, doc.default, doc.description]),
  )
  return [
    row(["Option", "Type", "Default", "What it does"]),
    row(["---", "---", "---", "---"]),
    ...rows,
  ].join("\n")
}

function row(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`
}

function docOf(schema: v.GenericSchema): OptionDoc {
  const { type, default: fallback, description, secret } = v.getMetadata(schema)
  return {
    type: String(type),
    default: String(fallback),
    description: String(description),
    ...(secret === true && { secret }),
  }
}
