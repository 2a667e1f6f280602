// The page about the backends shows lines that people paste: they have to work as they stand there.
import { expect, test } from "bun:test"
import { join } from "node:path"
import { BACKEND_NAMES } from "../../../src/config/backends/index.ts"
import { resolveConfig } from "../../../src/config/index.ts"

const page = await Bun.file(join(import.meta.dir, "../../../docs/backends.md")).text()
const sections = page.split(/^## /m).slice(1)

function block(section: string, language: string): string {
  const [, text] = new RegExp(`\`\`\`${language}\\n([^]*?)\`\`\``).exec(section) ?? []
  return text ?? ""
}

test("there is a section for every backend", () => {
  expect(sections.map((section) => section.split("\n")[0])).toEqual([...BACKEND_NAMES])
})

test.each(sections.map((section) => [section.split("\n")[0], section]))(
  "%s: the lines to paste suffice",
  (name, section = "") => {
    const variables = [...block(section, "sh").matchAll(/^export (\w+)=(\S+)$/gm)]
    const env = Object.fromEntries(variables.map(([, variable, value]) => [variable, value]))
    const opencode = JSON.parse(block(section, "json"))
    expect(opencode.plugin[0][0]).toBe("opencode-traces")
    const { config, problems } = resolveConfig(opencode.plugin[0][1], env)
    expect(problems).toEqual([])
    expect(String(config.backend)).toBe(name ?? "")
    expect(config.endpointSource).toBe("backend")
  },
)
