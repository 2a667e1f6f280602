import { expect } from "bun:test"
import { fields, list } from "../../src/host/guards.ts"
import { DEFAULT_RUN_SETTINGS } from "../../src/runs/deps.ts"
import { assertSound, renderTree, type SoundOptions, type TreeSpan } from "../harness/tree.ts"
import { dedent } from "./dedent.ts"
import type { TestPlugin } from "./plugin.ts"
import { expectRecordedTimes } from "./recorded-times.ts"
import { type Recorded, readStream, replayLines } from "./replay.ts"

function shown(span: TreeSpan, ...keys: string[]): string[] {
  return keys
    .map((key) => span.attributes[key])
    .filter((value) => value !== undefined)
    .map(String)
}

/**
 * What a tree says of a span: of a run `trigger /command outcome`, of a request its finish reasons, of a call its
 * exit code and MCP server, of each why it is not as it should be.
 */
function note(span: TreeSpan, roots: readonly TreeSpan[]): string {
  const merged = span.attributes["opencode.run.merged_into"]
  const into = roots.findIndex((root) => root.attributes["opencode.message.id"] === merged)
  const notes = [
    ...shown(span, "opencode.run.trigger"),
    ...shown(span, "opencode.command.name").map((name) => `/${name}`),
    ...shown(span, "opencode.outcome"),
    ...(merged === undefined ? [] : [`merged into root ${into + 1}`]),
    ...list(span.attributes["gen_ai.response.finish_reasons"]).map(String),
    ...(span.attributes["gen_ai.conversation.compacted"] === true ? ["compacted"] : []),
    ...shown(span, "gen_ai.output.type"),
    ...shown(span, "process.exit.code").map((code) => `exit ${code}`),
    ...shown(span, "opencode.mcp.server").map((server) => `of ${server}`),
    ...shown(span, "opencode.orphan_reason"),
  ]
  return notes.length > 0 ? `[${notes.join(" ")}]` : ""
}

/** The exported spans as text, in the words of `note`. */
export function recordedTree(plugin: TestPlugin): string {
  const spans = plugin.spans()
  const roots = spans.filter((span) => span.parentSpanId === undefined).sort((a, b) => a.startMs - b.startMs)
  return renderTree(spans, { note: (span) => note(span, roots), events: true })
}

/** What holds after every replay: sound spans, right kinds, nothing open, bounded maps, no failure of our own. */
export function expectClean(plugin: TestPlugin, options: SoundOptions = {}): void {
  const spans = plugin.spans()
  assertSound(spans, options)
  for (const span of spans) {
    expect(span.kind, span.name).toBe(
      span.attributes["gen_ai.operation.name"] === "chat" ? "CLIENT" : "INTERNAL",
    )
  }
  expect(plugin.reports).toEqual([])
  expect(plugin.clock.timers).toBe(0)
  expect(plugin.runs.sizes).toMatchObject({ open: 0, current: 0, steps: 0, calls: 0, asks: 0, spawners: 0 })
  const { limits } = DEFAULT_RUN_SETTINGS
  expect(Math.max(...Object.values(plugin.runs.sizes))).toBeLessThanOrEqual(
    Math.max(...Object.values(limits)),
  )
}

/** Tokens as the conventions count them, and USD. */
export interface Spent {
  readonly input: number
  readonly output: number
  readonly cost: number
}

function add(a: Spent, b: Spent): Spent {
  return { input: a.input + b.input, output: a.output + b.output, cost: a.cost + b.cost }
}

const NOTHING: Spent = { input: 0, output: 0, cost: 0 }

/**
 * What the recording says was spent: the last update of every assistant message that was first seen at work.
 * Messages first seen complete are a fork's copies.
 */
export function recordedSpending(stream: readonly Recorded[]): Spent {
  const updates = stream
    .map((line) => fields(line.v))
    .filter((event) => event?.type === "message.updated")
    .map((event) => fields(fields(event?.properties)?.info))
    .filter((info) => info?.role === "assistant")
  const spent = [...Map.groupBy(updates, (info) => info?.id).values()]
    .filter((history) => fields(history[0]?.time)?.completed === undefined)
    .map((history) => {
      const last = history.at(-1)
      const tokens = fields(last?.tokens)
      const cache = fields(tokens?.cache)
      const sum = (...values: unknown[]) => values.map(Number).reduce((a, b) => a + b, 0)
      return {
        input: sum(tokens?.input, cache?.read, cache?.write),
        output: sum(tokens?.output, tokens?.reasoning),
        cost: sum(last?.cost),
      }
    })
  return spent.reduce(add, NOTHING)
}

function sumOf(spans: readonly TreeSpan[], input: string, output: string, cost: string): Spent {
  const value = (span: TreeSpan, key: string) => Number(span.attributes[key] ?? 0)
  return spans
    .map((span) => ({ input: value(span, input), output: value(span, output), cost: value(span, cost) }))
    .reduce(add, NOTHING)
}

/** What the `chat` spans say was spent. */
export function chatSpending(spans: readonly TreeSpan[]): Spent {
  return sumOf(spans, "gen_ai.usage.input_tokens", "gen_ai.usage.output_tokens", "opencode.cost")
}

/** What the roots' totals say was spent. */
export function rootSpending(spans: readonly TreeSpan[]): Spent {
  const roots = spans.filter((span) => span.parentSpanId === undefined)
  return sumOf(roots, "opencode.run.input_tokens", "opencode.run.output_tokens", "opencode.run.cost")
}

/** Costs are sums of floating-point numbers, in whatever order the spans ended: exact to a billionth of a dollar. */
export function rounded(spent: Spent): Spent {
  return { ...spent, cost: Math.round(spent.cost * 1e9) / 1e9 }
}

/**
 * Replays a recording and expects exactly this tree, and that it is clean and adds up to what OpenCode said was
 * spent. The instance is disposed at the end: what a recording leaves unfinished is ended by that.
 * @param config OpenCode's configuration, where the recording does not hold it.
 */
export async function expectReplay(name: string, tree: string, config?: unknown): Promise<void> {
  const stream = readStream(name)
  const first: Recorded[] = config === undefined ? [] : [{ t: 0, k: "config", v: config }]
  const plugin = replayLines([...first, ...stream])
  await plugin.hooks.dispose?.()
  expect(recordedTree(plugin)).toBe(dedent(tree))
  expectClean(plugin)
  const spans = plugin.spans()
  expectRecordedTimes(stream, spans)
  expect(rounded(chatSpending(spans))).toEqual(rounded(recordedSpending(stream)))
  expect(rounded(rootSpending(spans))).toEqual(rounded(recordedSpending(stream)))
  expect(plugin.rootsEnded()).toBe(spans.filter((span) => span.parentSpanId === undefined).length)
}
