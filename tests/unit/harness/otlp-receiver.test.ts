// The receiver against the exporter that the plugin uses: what was recorded is what arrives.
import { afterEach, beforeEach, describe, expect, test } from "bun:test"
import { gzipSync } from "node:zlib"
import { ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api"
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-proto"
import { resourceFromAttributes } from "@opentelemetry/resources"
import { BasicTracerProvider, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-base"
import { type OtlpReceiver, startOtlpReceiver } from "../../harness/otlp-receiver.ts"

let receiver: OtlpReceiver

beforeEach(async () => {
  receiver = await startOtlpReceiver()
})
afterEach(() => receiver.stop())

function provider(options: ConstructorParameters<typeof OTLPTraceExporter>[0] = {}): BasicTracerProvider {
  const exporter = new OTLPTraceExporter({ url: receiver.tracesUrl, timeoutMillis: 5_000, ...options })
  return new BasicTracerProvider({
    resource: resourceFromAttributes({ "service.name": "svc" }),
    spanProcessors: [new SimpleSpanProcessor(exporter)],
  })
}

describe("the OTLP receiver", () => {
  test("decodes every field that a test may compare", async () => {
    const tracer = provider().getTracer("scope", "1.2.3")
    const root = tracer.startSpan("root", { startTime: 1_700_000_000_000.25 }, ROOT_CONTEXT)
    const child = tracer.startSpan(
      "child",
      {
        kind: SpanKind.CLIENT,
        startTime: 1_700_000_000_001,
        attributes: { s: "ä", i: 7, d: 0.5, b: true, l: ["x", "y"], n: -1 },
        links: [{ context: root.spanContext(), attributes: { why: "test" } }],
      },
      trace.setSpan(ROOT_CONTEXT, root),
    )
    child.addEvent("seen", { a: 1 }, 1_700_000_000_002)
    child.setStatus({ code: SpanStatusCode.ERROR, message: "no" })
    child.end(1_700_000_000_003)
    await receiver.waitFor(1)

    expect(receiver.spans).toEqual([
      {
        name: "child",
        ...{ traceId: root.spanContext().traceId, spanId: child.spanContext().spanId },
        parentSpanId: root.spanContext().spanId,
        kind: "CLIENT",
        ...{ startMs: 1_700_000_000_001, endMs: 1_700_000_000_003 },
        ...{ status: "ERROR", statusMessage: "no" },
        attributes: { s: "ä", i: 7, d: 0.5, b: true, l: ["x", "y"], n: -1 },
        events: [{ name: "seen", timeMs: 1_700_000_000_002, attributes: { a: 1 } }],
        links: [{ ...ids(root.spanContext()), attributes: { why: "test" } }],
        resource: { "service.name": "svc" },
        scope: { name: "scope", version: "1.2.3" },
      },
    ])
    root.end(1_700_000_000_010)
    await receiver.waitFor(2)
    expect(receiver.spans[1]).toMatchObject({ parentSpanId: undefined, kind: "INTERNAL", status: "UNSET" })
    expect(receiver.spans[1]?.startMs).toBe(1_700_000_000_000.25)
    expect(receiver.requests.map((request) => request.path)).toEqual(["/v1/traces", "/v1/traces"])
    expect(receiver.faults).toEqual([])
  })

  test("takes gzip and shows the headers", async () => {
    provider({ headers: { "x-key": "k" } })
      .getTracer("t")
      .startSpan("zipped")
      .end()
    await receiver.waitFor(1)
    expect(receiver.requests[0]?.headers).toMatchObject({ "x-key": "k" })
    const body = gzipSync(receiver.requests[0]?.body ?? "")
    await fetch(receiver.tracesUrl, { method: "POST", body, headers: { "content-encoding": "gzip" } })
    expect(receiver.spans.map((span) => span.name)).toEqual(["zipped", "zipped"])
  })

  test("keeps only what it accepted", async () => {
    receiver.respond((_, index) =>
      index === 0 ? { status: 503, headers: { "retry-after": "1" } } : undefined,
    )
    provider().getTracer("t").startSpan("tried twice").end()
    await receiver.waitFor(1, 20_000)
    expect(receiver.spans.map((span) => span.name)).toEqual(["tried twice"])
    expect(receiver.requests).toHaveLength(2)
  }, 30_000)

  test("says what it waited for in vain", async () => {
    await expect(receiver.waitFor(1, 20)).rejects.toThrow("none (waited 20 ms)")
  })
})

function ids({ traceId, spanId }: { traceId: string; spanId: string }) {
  return { traceId, spanId }
}
