import { afterEach, describe, expect, test } from "bun:test"
import { diag } from "@opentelemetry/api"
import { BasicTracerProvider } from "@opentelemetry/sdk-trace-base"
import { bridgeDiag } from "../../../src/signals/diag.ts"

const original = { warn: diag.warn, error: diag.error }
const globals = () => Reflect.get(globalThis, Symbol.for("opentelemetry.js.api.1"))
const releases: (() => void)[] = []

/** A bridge that writes down what it hears and is taken down after the test. */
function listen() {
  const heard: string[] = []
  const release = bridgeDiag((level, message) => heard.push(`${level}: ${message}`))
  releases.push(release)
  return { heard, release }
}

afterEach(() => {
  for (const release of releases.splice(0)) release()
  expect(diag.warn).toBe(original.warn)
  expect(diag.error).toBe(original.error)
})

test("the SDK's own warnings arrive, and nothing is registered for the process", () => {
  const before = globals()?.diag
  const { heard } = listen()
  const span = new BasicTracerProvider().getTracer("t").startSpan("s")
  span.end()
  span.end()
  const { traceId, spanId } = span.spanContext()
  const late = "Operation attempted on ended Span"
  expect(heard).toEqual([
    `warn: OpenTelemetry: Cannot execute the operation on ended Span {traceId: ${traceId}, spanId: ${spanId}} ${late} {traceId: ${traceId}, spanId: ${spanId}}`,
    `error: OpenTelemetry: s ${traceId}-${spanId} - You can only call end() on a span once.`,
  ])
  expect(globals()?.diag).toBe(before)
})

describe("a message", () => {
  test("joins texts and leaves the rest out", () => {
    const { heard } = listen()
    diag.warn("Received Partial Success response:", '{"rejectedSpans":2}', { secret: 1 }, 7)
    diag.info("quiet")
    diag.debug("quiet")
    expect(heard).toEqual(['warn: OpenTelemetry: Received Partial Success response: {"rejectedSpans":2}'])
  })

  test("of an error is its message, without stack and answer", () => {
    const { heard } = listen()
    diag.error(JSON.stringify({ stack: "at secret", message: "Not Found", code: "404", data: "secret" }))
    diag.error("failed", new Error("no route"))
    diag.error("{not json")
    expect(heard).toEqual([
      "error: OpenTelemetry: Not Found",
      "error: OpenTelemetry: failed no route",
      "error: OpenTelemetry: {not json",
    ])
  })

  test("is bounded", () => {
    const { heard } = listen()
    diag.warn("x".repeat(10_000))
    expect(heard[0]).toBe(`warn: OpenTelemetry: ${"x".repeat(300)}`)
  })
})

describe("several instances", () => {
  test("hear the SDK until each stops", () => {
    const first = listen()
    const second = listen()
    first.release()
    first.release()
    diag.warn("one")
    expect(first.heard).toEqual([])
    expect(second.heard).toEqual(["warn: OpenTelemetry: one"])
    second.release()
    expect(diag.warn).toBe(original.warn)
    const third = listen()
    diag.warn("two")
    expect(third.heard).toEqual(["warn: OpenTelemetry: two"])
    expect(second.heard.length).toBe(1)
  })

  test("leave another's layer where it is", () => {
    const { heard, release } = listen()
    const ours = diag.warn
    const passed: unknown[] = []
    const layer = (message: string, ...words: unknown[]) => {
      passed.push(message)
      ours(message, ...words)
    }
    diag.warn = layer
    release()
    expect(diag.warn).toBe(layer)
    diag.warn("later")
    expect(passed).toEqual(["later"])
    expect(heard).toEqual([])
    diag.warn = original.warn
  })
})
