// The page about the backends shows lines that people paste: they have to work as they stand there.
import { expect, test } from "bun:test"
import { join } from "node:path"
import { BACKEND_NAMES, extrasFor } from "../../../src/backends/index.ts"
import { type BackendName, resolveConfig } from "../../../src/config/index.ts"

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

const said = JSON.stringify([{ role: "user", parts: [{ type: "text", content: "text" }] }])

/** Spans that together carry everything extras are made of. */
const SPANS = [
  {
    "gen_ai.operation.name": "invoke_agent",
    "gen_ai.conversation.id": "ses_1",
    "opencode.session.id": "ses_2",
    "opencode.session.parent_id": "ses_1",
    "opencode.run.trigger": "compaction",
    "opencode.outcome": "completed",
    "opencode.compaction.messages_before": 3,
    "gen_ai.input.messages": said,
    "gen_ai.output.messages": said,
    "user.id": "jo",
  },
  {
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": "openai",
    "gen_ai.usage.reasoning.output_tokens": 1,
    "opencode.cost": 1,
  },
  {
    "gen_ai.operation.name": "execute_tool",
    "gen_ai.tool.call.arguments": "{}",
    "gen_ai.tool.call.result": "{}",
  },
]

function namesAddedFor(backend: BackendName): string[] {
  const extras = extrasFor(backend)
  const attributes = SPANS.flatMap((span) => Object.keys(extras?.attributes?.({ attributes: span }) ?? {}))
  const events = ["opencode.permission.asked", "opencode.permission.replied"].flatMap(
    (name) => extras?.event?.({ name })?.name ?? [],
  )
  const names = [...attributes, ...events].map((name) => name.replace(/\.\d+\./, ".{n}."))
  return [...new Set(names)].toSorted()
}

/** The names in the first column of a section's table of additions. */
function namesInTable(section: string): string[] {
  const [, table] = /\| added +\|.*\n\|[- |]+\n((?:\|.*\n)*)/.exec(section) ?? []
  const cells = (table ?? "").split("\n").map((row) => row.split("|")[1] ?? "")
  return cells.flatMap((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, name]) => name ?? "")).toSorted()
}

test.each(BACKEND_NAMES.map((name, index) => [name, sections[index] ?? ""] as const))(
  "%s: what is added to the spans, and what it looks like there",
  (name, section) => {
    expect(namesInTable(section)).toEqual(namesAddedFor(name))
    expect(section.includes("Nothing is added")).toBe(namesAddedFor(name).length === 0)
    expect(block(section, "text")).toContain("build")
  },
)
