// On the real SDK: `onEnding` is experimental there, and everything that presets add depends on it.
import { expect, test } from "bun:test"
import { type Attributes, ROOT_CONTEXT, TraceFlags, trace } from "@opentelemetry/api"
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-base"
import { type EnrichedSpan, type Enricher, enrichingProcessor } from "../../../src/signals/enricher.ts"

function stage(...enrichers: Enricher[]) {
  const exporter = new InMemorySpanExporter()
  const spanProcessors = [enrichingProcessor(enrichers), new SimpleSpanProcessor(exporter)]
  const tracer = new BasicTracerProvider({ spanProcessors }).getTracer("test")
  return { tracer, exported: () => exporter.getFinishedSpans() }
}

test("attributes are added when a span ends, from what it carries then, and replace none", () => {
  const seen: Attributes[] = []
  const { tracer, exported } = stage({
    attributes: ({ attributes }) => {
      seen.push({ ...attributes })
      return { a: "added", b: "added" }
    },
  })
  const span = tracer.startSpan("one", { attributes: { a: "own" } })
  expect(seen).toEqual([])
  span.setAttribute("c", 1)
  span.end()
  expect(seen).toEqual([{ a: "own", c: 1 }])
  expect(exported()[0]?.attributes).toEqual({ a: "own", b: "added", c: 1 })
})

test("an event's twin stands at the same time", () => {
  const { tracer, exported } = stage({
    event: ({ name }) => (name === "asked" ? { name: "twin", attributes: { approved: true } } : undefined),
  })
  const span = tracer.startSpan("one", { startTime: 1_800_000_000_000 })
  span.addEvent("asked", { x: 1 }, 1_800_000_000_010)
  span.addEvent("other", {}, 1_800_000_000_020)
  span.end(1_800_000_000_030)
  const events = exported()[0]?.events.map(({ name, attributes, time }) => ({ name, attributes, time }))
  expect(events).toEqual([
    { name: "asked", attributes: { x: 1 }, time: [1_800_000_000, 10_000_000] },
    { name: "other", attributes: {}, time: [1_800_000_000, 20_000_000] },
    { name: "twin", attributes: { approved: true }, time: [1_800_000_000, 10_000_000] },
  ])
})

test("a root is a span without parent in this process", () => {
  const roots: [when: string, root: boolean][] = []
  const note =
    (when: string) =>
    ({ root }: EnrichedSpan) => {
      roots.push([when, root])
      return {}
    }
  const { tracer } = stage({ started: note("start"), attributes: note("end") })
  const outside = {
    traceId: "1".repeat(32),
    spanId: "1".repeat(16),
    traceFlags: TraceFlags.SAMPLED,
    isRemote: true,
  }
  const root = tracer.startSpan("root", {}, ROOT_CONTEXT)
  tracer.startSpan("child", {}, trace.setSpan(ROOT_CONTEXT, root)).end()
  tracer.startSpan("continued", {}, trace.setSpanContext(ROOT_CONTEXT, outside)).end()
  expect(roots).toEqual([
    ["start", true],
    ["start", false],
    ["end", false],
    ["start", true],
    ["end", true],
  ])
})

test("an enricher that throws costs only what it would have added", () => {
  const broken = () => {
    throw new Error("broken")
  }
  const { tracer, exported } = stage(
    { started: broken, attributes: broken, event: broken },
    { attributes: () => ({ fine: true }) },
  )
  tracer.startSpan("one").addEvent("x").end()
  expect(exported().map(({ attributes }) => attributes)).toEqual([{ fine: true }])
})
