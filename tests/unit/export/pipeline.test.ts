import { afterEach, beforeEach, describe, expect, test } from "bun:test"
import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { createPipeline, type Pipeline, type PipelineConfig } from "../../../src/export/pipeline.ts"
import { ACCEPT, type Answer, type Collector, deadEndpoint, startCollector } from "./support/collector.ts"
import { filesIn, scratchFolder, spooledNames } from "./support/folder.ts"
import { createTracer, endSpans, makeSpans, namesIn, spanNames, unsampled } from "./support/spans.ts"

const NOTHING = { exported: 0, failed: 0, rejected: 0, dropped: 0, spooled: 0, redelivered: 0 }

let collector: Collector
let scratch: ReturnType<typeof scratchFolder>
let directory: string
let messages: string[]
/** Added to the clock of the pipelines, so that no test waits for a backoff. */
let later: number

beforeEach(async () => {
  collector = await startCollector()
  scratch = scratchFolder()
  directory = join(scratch.path, "spool")
  messages = []
  later = 0
})
afterEach(async () => {
  await collector.close()
  scratch.remove()
})

function pipeline(overrides: Partial<PipelineConfig> = {}): Pipeline {
  const config: PipelineConfig = {
    endpoint: collector.endpoint,
    headers: { authorization: "Bearer canary-key" },
    compression: "none",
    userAgent: "opencode-traces/0.0.0",
    timeoutMs: 5_000,
    spool: { directory },
    ...overrides,
  }
  const report = (level: string, message: string) => void messages.push(`${level}: ${message}`)
  return createPipeline(config, { report, now: () => Date.now() + later })
}

/** Ends `count` spans in one tick. */
function burst(into: Pipeline, count: number, prefix = "s"): string[] {
  const names = spanNames(count, prefix)
  endSpans(createTracer(into.processor), names)
  return names
}

/** A pipeline without a spool folder. */
function diskless(overrides: Partial<PipelineConfig> = {}): Pipeline {
  const { spool: _, ...config } = { spool: undefined, ...overrides }
  const report = (level: string, message: string) => void messages.push(`${level}: ${message}`)
  const target = { endpoint: collector.endpoint, headers: {}, compression: "none", userAgent: "x/0" } as const
  return createPipeline({ ...target, timeoutMs: 5_000, ...config }, { report, now: () => Date.now() + later })
}

/** A collector that is down answers in one of these ways; the spans must reach it when it is back. */
const OUTAGES: [string, Answer][] = [
  ["answers 500", { do: "status", status: 500 }],
  ["answers 502", { do: "status", status: 502 }],
  ["answers 503", { do: "status", status: 503 }],
  ["answers 504", { do: "status", status: 504 }],
  ["answers 429", { do: "status", status: 429 }],
  ["answers 429 and asks for a minute", { do: "status", status: 429, headers: { "retry-after": "60" } }],
  ["answers 408", { do: "status", status: 408 }],
  ["answers 401", { do: "status", status: 401 }],
  ["answers 403", { do: "status", status: 403 }],
  ["answers 404", { do: "status", status: 404 }],
  ["redirects", { do: "status", status: 302, headers: { location: "/" } }],
  ["hangs", { do: "hang" }],
  ["drops the connection", { do: "drop" }],
  ["breaks off its answer", { do: "break", status: 200 }],
  ["trickles its answer", { do: "trickle", status: 200 }],
  ["breaks off a failing answer", { do: "break", status: 503 }],
  ["trickles a failing answer", { do: "trickle", status: 503 }],
]

describe("a healthy collector", () => {
  test.each([1, 64, 65, 6_000, 30_000])("gets %d spans that end in one tick, once each", async (count) => {
    const one = pipeline()
    const names = burst(one, count)
    await one.shutdown(20_000)
    expect([...collector.accepted].sort()).toEqual(names)
    expect(one.stats()).toMatchObject({ exported: count, dropped: 0, failed: 0 })
    expect(filesIn(directory)).toEqual([])
    expect(messages).toEqual([])
  })

  test("gets requests of at most 64 spans and of bounded bytes", async () => {
    const one = pipeline({ batch: { maxExportBatchBytes: 100_000 } })
    const tracer = createTracer(one.processor)
    endSpans(tracer, spanNames(200, "small"))
    endSpans(tracer, spanNames(20, "large"), { text: "x".repeat(30_000) })
    await one.flush(10_000)
    const sizes = collector.requests.map(({ body }) => [namesIn(body).length, body.length] as const)
    expect(Math.max(...sizes.map(([spans]) => spans))).toBe(64)
    expect(Math.max(...sizes.map(([, bytes]) => bytes))).toBeLessThan(110_000)
    expect(collector.accepted).toHaveLength(220)
  })

  test("gets a lone span soon, without being asked", async () => {
    const one = pipeline({ batch: { scheduleDelayMs: 20 } })
    const names = burst(one, 1)
    await collector.until(() => collector.accepted.length === 1)
    expect(collector.accepted).toEqual(names)
    await one.shutdown(1_000)
  })

  test("gets a full batch without waiting for the delay", async () => {
    const one = pipeline({ batch: { scheduleDelayMs: 3_600_000 } })
    burst(one, 64)
    await collector.until(() => collector.accepted.length === 64)
    await one.shutdown(1_000)
  })

  test("gets no span that the sampler did not want", async () => {
    const one = pipeline()
    const [wanted, unwanted] = makeSpans(spanNames(2))
    if (!wanted || !unwanted) throw new Error("no spans")
    one.processor.onEnd(wanted)
    one.processor.onEnd(unsampled(unwanted))
    await one.flush(5_000)
    expect(collector.accepted).toEqual([wanted.name])
    expect(one.stats()).toEqual({ ...NOTHING, exported: 1 })
  })

  test("is asked for one request at a time", async () => {
    const one = pipeline()
    burst(one, 640)
    await Promise.all([one.flush(5_000), one.flush(5_000), one.processor.forceFlush()])
    expect(collector.accepted).toEqual(spanNames(640))
    expect(collector.requests).toHaveLength(10)
  })
})

describe.each(OUTAGES)("a collector that %s", (_, answer) => {
  test("loses and doubles nothing, and gets all when it is back", async () => {
    collector.answer = () => answer
    const one = pipeline({ timeoutMs: 150 })
    const before = burst(one, 150, "before")
    await one.flush(5_000)
    expect(collector.accepted).toEqual([])
    expect(spooledNames(directory)).toEqual(before)
    expect(collector.requests).toHaveLength(1)
    expect(one.stats()).toMatchObject({ exported: 0, failed: 64, dropped: 0, rejected: 0, spooled: 150 })
    expect(messages).toHaveLength(1)
    expect(messages[0]).not.toContain("canary")

    collector.answer = () => ACCEPT
    later += 3_600_000
    const after = burst(one, 10, "after")
    await one.shutdown(5_000)
    expect([...collector.accepted].sort()).toEqual([...after, ...before].sort())
    expect(filesIn(directory)).toEqual([])
    expect(one.stats()).toEqual({ ...NOTHING, exported: 160, failed: 64, spooled: 150, redelivered: 150 })
    expect(messages.slice(1)).toEqual(["info: Traces are being delivered again."])
  })

  test("does not hold the shutdown, and the next process delivers", async () => {
    collector.answer = () => answer
    const one = pipeline({ timeoutMs: 60_000 })
    const names = burst(one, 100)
    await one.shutdown(200)
    expect(spooledNames(directory)).toEqual(names)

    collector.answer = () => ACCEPT
    const next = pipeline({ redeliverAfterMs: 0 })
    await collector.until(() => collector.accepted.length === 100)
    await next.shutdown(5_000)
    expect([...collector.accepted].sort()).toEqual(names)
    expect(filesIn(directory)).toEqual([])
    expect(next.stats()).toEqual({ ...NOTHING, exported: 100, redelivered: 100 })
  })
})

describe("an outage without a spool", () => {
  test("is bridged in memory", async () => {
    collector.answer = () => ({ do: "status", status: 503 })
    const one = diskless()
    const names = burst(one, 150)
    await one.flush(5_000)
    collector.answer = () => ACCEPT
    later += 3_600_000
    await one.shutdown(5_000)
    expect([...collector.accepted].sort()).toEqual(names)
    expect(one.stats()).toEqual({ ...NOTHING, exported: 150, failed: 64 })
  })

  test("that outlives the process is counted", async () => {
    const one = diskless({ endpoint: await deadEndpoint() })
    burst(one, 150)
    one.spoolNow()
    await one.shutdown(1_000)
    expect(one.stats()).toMatchObject({ exported: 0, dropped: 150, lastFailure: { kind: "unreachable" } })
  })
})

describe("what is rejected for good", () => {
  test.each([
    [400, "malformed"],
    [415, "encoding"],
    [422, "malformed"],
  ])("with %d is counted and not sent again", async (status, kind) => {
    collector.answer = () => ({ do: "status", status })
    const one = pipeline()
    burst(one, 100)
    await one.flush(5_000)
    expect(one.stats()).toMatchObject({ exported: 0, failed: 100, rejected: 100, lastFailure: { kind } })
    expect(collector.requests).toHaveLength(2)
    expect(filesIn(directory)).toEqual([])
    await one.shutdown(1_000)
  })

  test("in part is counted, and the collector's words are told", async () => {
    collector.answer = () => ({ do: "partial", rejected: 3, message: "attribute conflict" })
    const one = pipeline()
    burst(one, 10)
    await one.shutdown(5_000)
    expect(one.stats()).toEqual({ ...NOTHING, exported: 7, rejected: 3 })
    expect(messages).toEqual(["warn: The collector rejected 3 spans: attribute conflict."])
  })

  test.each([true, false])(
    "with 413 is sent in smaller parts; only a span that is itself too large goes (spool: %p)",
    async (disk) => {
      const hasLarge = (body: Uint8Array) => namesIn(body).includes("<large-000000>")
      collector.answer = ({ body }) => (body.length > 3_000 ? { do: "status", status: 413 } : ACCEPT)
      const one = disk ? pipeline() : diskless()
      const names = burst(one, 60)
      endSpans(createTracer(one.processor), ["<large-000000>"], { text: "x".repeat(4_000) })
      await one.shutdown(5_000)
      expect([...collector.accepted].sort()).toEqual(names)
      expect(collector.requests.filter(({ body }) => hasLarge(body)).length).toBeGreaterThan(1)
      expect(one.stats()).toMatchObject({ exported: 60, rejected: 1, dropped: 0 })
      expect(filesIn(directory)).toEqual([])
    },
  )

  test("for its key is not sent again for a minute", async () => {
    collector.answer = () => ({ do: "status", status: 401 })
    const one = pipeline()
    burst(one, 1)
    await one.flush(5_000)
    later += 50_000
    burst(one, 1)
    await one.flush(5_000)
    expect(collector.requests).toHaveLength(1)
    later += 10_001
    burst(one, 1)
    await one.flush(5_000)
    expect(collector.requests).toHaveLength(2)
    await one.shutdown(5_000)
  })

  test("for its key is kept for a day, and then given up", async () => {
    collector.answer = () => ({ do: "status", status: 401 })
    const one = pipeline()
    burst(one, 10)
    await one.flush(5_000)
    later += 23 * 3_600_000
    await one.shutdown(5_000)
    expect(spooledNames(directory)).toHaveLength(10)
    later += 2 * 3_600_000
    const next = pipeline()
    await next.shutdown(5_000)
    expect(next.stats()).toMatchObject({ exported: 0, dropped: 10 })
    expect(filesIn(directory)).toEqual([])
  })
})

describe("bounds", () => {
  test("a crowded queue moves to disk while the collector hangs, and nothing is lost", async () => {
    collector.answer = () => ({ do: "hang" })
    const one = pipeline({ batch: { maxQueueSize: 1_000 }, timeoutMs: 60_000 })
    const names: string[] = []
    for (const round of ["a", "b", "c", "d", "e"]) {
      names.push(...burst(one, 400, round))
      while (spooledNames(directory).length < names.length - 564) await Bun.sleep(5)
    }
    one.spoolNow()
    expect(spooledNames(directory)).toEqual(names.sort())
    expect(one.stats()).toMatchObject({ dropped: 0, spooled: 2_000 })
    await one.shutdown(0)
  })

  test("what no bound leaves room for is counted and told, not in one message per span", async () => {
    const one = pipeline({ batch: { maxQueueSize: 100 } })
    burst(one, 150)
    await one.shutdown(5_000)
    expect([...collector.accepted].sort()).toEqual(spanNames(100))
    expect(one.stats()).toMatchObject({ exported: 100, dropped: 50 })
    expect(messages.length).toBeLessThan(8)
  })

  test("a spool folder that cannot be used leaves the spans in memory", async () => {
    mkdirSync(directory, { recursive: true })
    writeFileSync(join(directory, "file"), "")
    collector.answer = () => ({ do: "status", status: 503 })
    const one = pipeline({ spool: { directory: join(directory, "file/spool") } })
    const names = burst(one, 150)
    await one.flush(5_000)
    expect(one.stats()).toMatchObject({ dropped: 0, spooled: 0 })
    collector.answer = () => ACCEPT
    later += 3_600_000
    await one.shutdown(5_000)
    expect([...collector.accepted].sort()).toEqual(names)
    expect(messages.join()).not.toContain(scratch.path)
  })
})

describe("the end", () => {
  test("spoolNow keeps the batch in flight too, and the pipeline goes on", async () => {
    collector.answer = () => ({ do: "hang" })
    const one = pipeline({ batch: { scheduleDelayMs: 1 } })
    const names = burst(one, 100)
    await collector.until(() => collector.requests.length === 1)
    one.spoolNow()
    expect(spooledNames(directory)).toEqual(names)
    collector.answer = () => ACCEPT
    const more = burst(one, 5, "more")
    await one.shutdown(5_000)
    expect([...collector.accepted].sort()).toEqual([...more, ...names])
    expect(filesIn(directory)).toEqual([])
  })

  test("a collector that asks for patience is asked again before the deadline", async () => {
    collector.answer = (_, index) => (index < 3 ? { do: "status", status: 503 } : ACCEPT)
    const one = pipeline()
    const names = burst(one, 10)
    await one.shutdown(20_000)
    expect(collector.accepted).toEqual(names)
    expect(collector.requests).toHaveLength(4)
    expect(filesIn(directory)).toEqual([])
  })

  test.each<[string, Answer]>([
    ["is not there", { do: "drop" }],
    ["asks for more time than there is", { do: "status", status: 429, headers: { "retry-after": "60" } }],
    ["refuses the key", { do: "status", status: 401 }],
  ])("a collector that %s is not asked again", async (_, answer) => {
    collector.answer = () => answer
    const one = pipeline()
    const names = burst(one, 10)
    await one.shutdown(20_000)
    expect(collector.requests).toHaveLength(1)
    expect(spooledNames(directory)).toEqual(names)
  })

  test("a second shutdown and a later flush do nothing; a later span is counted", async () => {
    const one = pipeline()
    burst(one, 3)
    await one.shutdown(5_000)
    burst(one, 1, "late")
    await Promise.all([one.shutdown(5_000), one.flush(5_000), one.processor.shutdown()])
    expect(collector.accepted).toEqual(spanNames(3))
    expect(one.stats()).toMatchObject({ exported: 3, dropped: 1 })
  })

  test("an idle pipeline touches neither the network nor the disk", async () => {
    const one = pipeline()
    await one.flush(1_000)
    await one.shutdown(1_000)
    one.spoolNow()
    expect(collector.requests).toEqual([])
    expect(filesIn(scratch.path)).toEqual([])
  })
})
