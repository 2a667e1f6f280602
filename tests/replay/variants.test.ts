// What OpenCode might leave out or send twice: the trace must be the same but for what only that told.
import { describe, expect, test } from "bun:test"
import { fields } from "../../src/host/guards.ts"
import type { TreeSpan } from "../harness/tree.ts"
import type { TestPlugin } from "../support/plugin.ts"
import { expectClean, recordedTree } from "../support/recorded-trees.ts"
import { type Recorded, readStream, recordings, replayLines } from "../support/replay.ts"

interface Variant {
  readonly what: string
  readonly of: (lines: readonly Recorded[]) => readonly Recorded[]
  /** Attributes that nothing else can tell. */
  readonly untold: readonly string[]
}

function eventType(line: Recorded): unknown {
  return line.k === "event" ? fields(line.v)?.type : undefined
}

const VARIANTS: readonly Variant[] = [
  {
    what: "chat.message left out",
    of: (lines) => lines.filter((line) => line.k !== "chat.message"),
    untold: [],
  },
  {
    what: "chat.params and chat.headers left out",
    of: (lines) => lines.filter((line) => line.k !== "chat.params" && line.k !== "chat.headers"),
    untold: [
      "gen_ai.request.temperature",
      "gen_ai.request.top_p",
      "gen_ai.request.top_k",
      "gen_ai.request.max_tokens",
      "gen_ai.response.time_to_first_chunk",
      "server.address",
      "server.port",
    ],
  },
  {
    what: "session.created left out",
    of: (lines) => lines.filter((line) => eventType(line) !== "session.created"),
    untold: ["gen_ai.agent.version", "opencode.session.cost"],
  },
  {
    what: "every event sent twice",
    of: (lines) => lines.flatMap((line) => (line.k === "event" ? [line, line] : [line])),
    untold: [],
  },
  {
    what: "session.idle left out, idle as a status kept",
    of: (lines) => lines.filter((line) => eventType(line) !== "session.idle"),
    untold: [],
  },
]

async function played(lines: readonly Recorded[]): Promise<TestPlugin> {
  const plugin = replayLines(lines)
  await plugin.hooks.dispose?.()
  return plugin
}

/** The attributes of every span, sorted, without those that were not told. */
function attributes(spans: readonly TreeSpan[], untold: readonly string[]): string[] {
  return spans
    .map((span) => Object.entries(span.attributes).filter(([key]) => !untold.includes(key)))
    .map((entries) => JSON.stringify(entries.sort(([a], [b]) => a.localeCompare(b))))
    .sort()
}

describe.each([...VARIANTS])("$what", ({ what, of, untold }) => {
  // A fork of a session at work holds an unfinished copy; only its session's age tells that it is one.
  const same = recordings().filter((name) => !(name === "fork" && what === "session.created left out"))

  test.each(same)("%s", async (name) => {
    const whole = await played(readStream(name))
    const variant = await played(of(readStream(name)))
    expect(recordedTree(variant)).toBe(recordedTree(whole))
    expect(attributes(variant.spans(), untold)).toEqual(attributes(whole.spans(), untold))
    expectClean(variant)
  })
})

test("session.created left out: an unfinished copy in a fork is taken for work, and ended with a reason", async () => {
  const whole = await played(readStream("fork"))
  const variant = await played(readStream("fork").filter((line) => eventType(line) !== "session.created"))
  expect(variant.spans()).toHaveLength(whole.spans().length + 3)
  expect(recordedTree(variant)).toContain(
    [
      "invoke_agent build [prompt completed]",
      "  execute_tool bash [unfinished]",
      "  chat fake-1 [unfinished]",
    ].join("\n"),
  )
  expectClean(variant)
})
