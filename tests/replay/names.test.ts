// Three lists of names agree: the module that holds them, the README's tables, and what the recordings make the plugin
// emit.
import { describe, expect, test } from "bun:test"
import { join } from "node:path"
import * as names from "../../src/genai/attributes.ts"
import { testCapture } from "../support/capture.ts"
import { recordings, replay } from "../support/replay.ts"

const readme = await Bun.file(join(import.meta.dirname, "../../README.md")).text()

/** The rows of the table between two markers, each as its cells; the first cell is number 1. */
function rows(table: string): string[][] {
  const part = readme.slice(
    readme.indexOf(`<!-- ${table}:start -->`),
    readme.indexOf(`<!-- ${table}:end -->`),
  )
  return part
    .split("\n")
    .filter((line) => line.startsWith("|"))
    .map((line) => line.split("|"))
}

/** The names in one cell. */
function named(cell = ""): string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map((match) => match[1] ?? "")
}

const documented = {
  attributes: new Set(rows("attributes").flatMap((cells) => named(cells[2]))),
  /** The keys of each event's attributes, by the event's name. */
  events: new Map(
    rows("events").flatMap((cells) => named(cells[1]).map((event) => [event, named(cells[3])] as const)),
  ),
}

/** The module's names by the prefix of their constants. */
const listed = {
  attributes: new Set(select((constant) => !/^(?:EVENT|KEY)_/.test(constant))),
  events: new Set(select((constant) => constant.startsWith("EVENT_"))),
  keys: new Set(select((constant) => constant.startsWith("KEY_"))),
}

function select(belongs: (constant: string) => boolean): string[] {
  return Object.entries(names)
    .filter(([constant]) => belongs(constant))
    .map(([, name]) => name)
}

/** What the spans of all recordings carry, with content, which only adds names. */
function emitted() {
  const spans = recordings().flatMap((recording) => [
    ...replay(recording, undefined, { capture: testCapture() }).spans(),
  ])
  const events = new Map<string, Set<string>>()
  for (const { name, attributes } of spans.flatMap((span) => span.events)) {
    events.set(name, new Set([...(events.get(name) ?? []), ...Object.keys(attributes)]))
  }
  return { attributes: new Set(spans.flatMap((span) => Object.keys(span.attributes))), events }
}

const shown = emitted()

/** What it takes to show these, no recording has. */
const NOT_RECORDED = new Set([
  // A backend, an option, a Git repository, or an MCP server
  ...[
    "gen_ai.agent.id",
    "user.id",
    "user.full_name",
    "user.email",
    "opencode.project.id",
    "opencode.mcp.server",
  ],
  ...["vcs.ref.head.name", "vcs.ref.head.revision", "vcs.ref.head.type"],
  ...["vcs.repository.name", "vcs.repository.url.full"],
  // A provider with these parameters, an address, or a cache that it writes
  ...["gen_ai.request.temperature", "gen_ai.request.top_p", "gen_ai.request.top_k"],
  ...["server.address", "server.port", "gen_ai.usage.cache_creation.input_tokens"],
  // The hook `experimental.chat.messages.transform`, which the recordings leave out
  "opencode.compaction.messages_before",
])

describe("the names of attributes and events", () => {
  test("the README has those of the module, and no other", () => {
    expect(documented.attributes).toEqual(listed.attributes)
    expect(new Set(documented.events.keys())).toEqual(listed.events)
    expect(new Set([...documented.events.values()].flat())).toEqual(listed.keys)
  })

  test("the recordings show none but those of the module", () => {
    expect([...shown.attributes.difference(listed.attributes)]).toEqual([])
    expect([...shown.events.keys()].filter((event) => !listed.events.has(event))).toEqual([])
  })

  test("the recordings show each event with the keys that the README gives it", () => {
    expect(new Set(shown.events.keys())).toEqual(listed.events)
    for (const [event, keys] of shown.events)
      expect([event, keys]).toEqual([event, new Set(documented.events.get(event))])
  })

  test("the recordings show every attribute but those known to need something else", () => {
    expect(listed.attributes.difference(shown.attributes)).toEqual(NOT_RECORDED)
  })
})
