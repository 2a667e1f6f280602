// Whatever OpenCode might send: no hook throws or rejects, nothing is printed, and every span is sound.
import { describe, expect, spyOn, test } from "bun:test"
import * as names from "../../src/genai/attributes.ts"
import type { Capture } from "../../src/genai/capture.ts"
import { fields, id } from "../../src/host/guards.ts"
import { DEFAULT_RUN_SETTINGS } from "../../src/runs/deps.ts"
import { assertSound, type TreeSpan } from "../harness/tree.ts"
import { testCapture } from "../support/capture.ts"
import { FakeClock } from "../support/fake-clock.ts"
import { type Mutation, mutate, nonsense, spoil } from "../support/mutations.ts"
import { type TestPlugin, testPlugin } from "../support/plugin.ts"
import { Random } from "../support/random.ts"
import { type Recorded, readStream, recordings } from "../support/replay.ts"
import { SpyTracer } from "../support/spy-tracer.ts"

const SEED = 20_261_121

const NAMES = recordings()
const LINES: readonly Recorded[] = NAMES.flatMap(readStream)

/** Strings that look like ids, wherever they occur. */
function idsIn(value: unknown, depth = 0): string[] {
  const text = id(value)
  if (text) return /^(ses|msg|prt|per|que|call)/.test(text) ? [text] : []
  return depth > 6 ? [] : Object.values(fields(value) ?? {}).flatMap((inner) => idsIn(inner, depth + 1))
}

const MUTATION: Mutation = {
  ids: [...new Set(LINES.flatMap((line) => idsIn(line.v)))],
  others: LINES.filter((_, index) => index % 50 === 0).map((line) => fields(line.v)?.properties ?? line.v),
}

/** Calls a hook as OpenCode does, and awaits what it gives back: rejections count as well. */
async function call(plugin: TestPlugin, kind: string, value: unknown): Promise<void> {
  const hook = fields(plugin.hooks)?.[kind]
  if (typeof hook !== "function") return
  if (kind === "event") return hook({ event: value })
  if (kind === "config") return hook(value)
  const both = fields(value)
  return hook(both?.i, both?.o)
}

function expectBounded(plugin: TestPlugin): void {
  const { limits } = DEFAULT_RUN_SETTINGS
  const { announced, open, ended, sessions, asks, earlyRequests, ...others } = plugin.runs.sizes
  expect(Math.max(announced ?? 0, open ?? 0)).toBeLessThanOrEqual(limits.openRuns)
  expect(ended).toBeLessThanOrEqual(limits.endedRuns)
  expect(sessions).toBeLessThanOrEqual(limits.sessions)
  expect(asks).toBeLessThanOrEqual(limits.asks)
  expect(earlyRequests).toBeLessThanOrEqual(16)
  expect(Math.max(...Object.values(others))).toBeLessThanOrEqual(limits.calls)
}

const CONTENT: ReadonlySet<string> = new Set([
  names.INPUT_MESSAGES,
  names.OUTPUT_MESSAGES,
  names.SYSTEM_INSTRUCTIONS,
  names.TOOL_CALL_ARGUMENTS,
  names.TOOL_CALL_RESULT,
  names.SESSION_TITLE,
  names.CONVERSATION_NAME,
])

const MAX_CONTENT_BYTES = 4_096

function expectContent(key: string, value: string): void {
  expect(Buffer.byteLength(value), key).toBeLessThanOrEqual(MAX_CONTENT_BYTES)
  if (key.endsWith("messages")) expect(Array.isArray(JSON.parse(value)), key).toBe(true)
}

/**
 * What garbage cannot help: late spans are missing in totals that were told before, what is required may be missing,
 * and a tool of any name may have spawned a subagent.
 */
const UNAVOIDABLE: readonly string[] = ["totals", "required", "parent"]

/** A span that came late, or out of an impossible order, may lie outside of its parent's time. */
function expectSound(spans: readonly TreeSpan[], content: boolean): void {
  assertSound(spans, { content, mayOverrun: () => true, mayBe: ({ rule }) => UNAVOIDABLE.includes(rule) })
  for (const span of spans) {
    const times = [span.startMs, span.endMs, ...span.events.map((event) => event.timeMs)]
    for (const time of times) {
      expect(Number.isFinite(time), span.name).toBe(true)
      expect(time).toBeGreaterThan(1_000_000_000_000)
    }
    for (const [key, value] of Object.entries(span.attributes)) {
      expect(["string", "number", "boolean", "object"], key).toContain(typeof value)
      if (typeof value === "number") expect(Number.isFinite(value), key).toBe(true)
      if (typeof value === "string" && !CONTENT.has(key)) expect(value.length, key).toBeLessThanOrEqual(256)
      if (typeof value === "string" && CONTENT.has(key)) expectContent(key, value)
    }
  }
}

/** Up to 150 lines of one recording, with ids of their own: nothing of them was seen before. */
function stretch(random: Random): Recorded[] {
  const lines = readStream(random.pick(NAMES))
  const from = random.chance(0.6) ? 0 : random.below(lines.length)
  const mark = random.below(1_000_000).toString(36)
  const rename = (_all: string, kind: string, rest: string) => `"${kind}_${mark}${rest}"`
  return lines.slice(from, from + 150).map(({ t, k, v }) => ({
    t,
    k,
    v: JSON.parse(JSON.stringify(v ?? null).replace(/"(ses|msg|prt|per|que)_([^"]*)"/g, rename)),
  }))
}

interface Arena {
  readonly plugin: TestPlugin
  readonly tracer: SpyTracer
  readonly random: Random
}

/** Runs `play` on a plugin, closes it, and expects that nothing but sound spans came of it. */
async function survive(
  seed: number,
  play: (arena: Arena) => Promise<void>,
  capture?: Capture,
): Promise<Arena> {
  const tracer = new SpyTracer()
  const plugin = testPlugin({}, { tracer, capture }, new FakeClock(LINES[0]?.t))
  const arena = { plugin, tracer, random: new Random(seed) }
  const printed: unknown[] = []
  const rejections: unknown[] = []
  const onRejection = (reason: unknown) => rejections.push(reason)
  const writes = [spyOn(process.stdout, "write"), spyOn(process.stderr, "write")]
  for (const write of writes) write.mockImplementation((chunk) => printed.push(chunk) > 0)
  process.on("unhandledRejection", onRejection)
  try {
    await play(arena)
    expectBounded(plugin)
    await plugin.hooks.dispose?.()
    plugin.clock.advance(10_000_000)
    await Promise.resolve()
  } finally {
    for (const write of writes) write.mockRestore()
    process.off("unhandledRejection", onRejection)
  }
  expect(printed).toEqual([])
  expect(rejections).toEqual([])
  expect(tracer.faults).toEqual([])
  expect(tracer.open).toEqual([])
  expect(plugin.clock.timers).toBe(0)
  expect(plugin.runs.sizes).toMatchObject({ open: 0, current: 0, steps: 0, calls: 0, spawners: 0 })
  expectSound(tracer.exported(), capture !== undefined)
  return arena
}

describe("garbage", () => {
  test("20,000 calls: stretches of recordings that run at once, out of order, a third of it mutated", async () => {
    let calls = 0
    const { plugin, tracer } = await survive(SEED, async ({ plugin, random }) => {
      while (calls < 20_000) {
        const lines = [stretch(random), stretch(random), stretch(random)]
        while (lines.some((left) => left.length > 0)) {
          const left = random.pick(lines.filter((left) => left.length > 0))
          const line = left.splice(random.chance(0.9) ? 0 : random.below(left.length), 1)[0]
          if (!line) continue
          calls += 1
          await call(plugin, line.k, random.chance(0.7) ? line.v : mutate(line.v, random, MUTATION))
          plugin.clock.advance(random.below(50))
        }
        expectBounded(plugin)
      }
    })
    expect(plugin.reports).toEqual([])
    expect(tracer.spans.length).toBeGreaterThan(1_000)
  })

  test("every recording in its order, three times, with a tenth of its lines mutated, doubled or lost", async () => {
    const { plugin, tracer } = await survive(SEED + 1, async ({ plugin, random }) => {
      for (const line of [...LINES, ...LINES, ...LINES]) {
        plugin.clock.advance(random.below(20))
        if (random.chance(0.03)) continue
        await call(plugin, line.k, random.chance(0.05) ? mutate(line.v, random, MUTATION) : line.v)
        if (random.chance(0.02)) await call(plugin, line.k, line.v)
      }
    })
    expect(plugin.reports).toEqual([])
    expect(tracer.spans.length).toBeGreaterThan(200)
  })

  test("5,000 calls with content on: JSON that is whole and within its limit", async () => {
    const capture = testCapture(true, { maxValueBytes: MAX_CONTENT_BYTES, maxSpanBytes: 16_384 })
    const play = async ({ plugin, random }: Arena) => {
      for (let calls = 0; calls < 5_000; calls++) {
        const line = LINES[calls % LINES.length]
        if (!line) continue
        plugin.clock.advance(random.below(20))
        await call(plugin, line.k, random.chance(0.1) ? mutate(line.v, random, MUTATION) : line.v)
      }
    }
    const { plugin, tracer } = await survive(SEED + 4, play, capture)
    expect(plugin.reports).toEqual([])
    const told = tracer.spans.flatMap((span) => Object.keys(span.attributes))
    for (const key of CONTENT) expect(told, key).toContain(key)
  })

  test("nonsense for every argument of every hook and every event", async () => {
    const { plugin } = await survive(SEED + 2, async ({ plugin, random }) => {
      const types = [...new Set(LINES.map((line) => fields(line.v)?.type))]
      for (let round = 0; round < 200; round++) {
        for (const type of types) await call(plugin, "event", { type, properties: nonsense(random) })
        for (const hook of Object.keys(plugin.hooks)) {
          if (hook === "dispose") continue
          await call(plugin, hook, nonsense(random))
          await call(plugin, hook, { i: nonsense(random), o: nonsense(random) })
        }
      }
    })
    expect(plugin.reports).toEqual([])
  })

  test("objects that throw when they are read: reported by the kind of error and our own place", async () => {
    const { plugin } = await survive(SEED + 3, async ({ plugin, random }) => {
      for (let round = 0; round < 2_000; round++) {
        const line = random.pick(LINES)
        await call(plugin, line.k, random.chance(0.2) ? line.v : spoil(line.v, random))
      }
    })
    expect(plugin.reports.length).toBeGreaterThan(100)
    for (const report of plugin.reports) {
      expect(report).toMatch(/^error: [a-z.]+ failed: Error at [a-z0-9]+\/[a-z-]+\.ts:\d+:\d+$/)
    }
  })
})
