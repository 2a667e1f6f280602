import { describe, expect, test } from "bun:test"
import { ROOT_CONTEXT, SpanKind, TraceFlags, trace } from "@opentelemetry/api"
import { SamplingDecision } from "@opentelemetry/sdk-trace-base"
import type { SamplerType } from "../../../src/config/index.ts"
import { createSampler } from "../../../src/signals/traces.ts"

const LOW = "00000000000000010000000000000001"
const HIGH = "ffffffffffffffff7fffffffffffffff"

function keeps(type: SamplerType, ratio: number, traceId: string, parentSampled?: boolean): boolean {
  const parent =
    parentSampled === undefined
      ? ROOT_CONTEXT
      : trace.setSpanContext(ROOT_CONTEXT, {
          traceId,
          spanId: "b7ad6b7169203331",
          traceFlags: parentSampled ? TraceFlags.SAMPLED : TraceFlags.NONE,
          isRemote: true,
        })
  const result = createSampler({ type, ratio }).shouldSample(parent, traceId, "s", SpanKind.INTERNAL, {}, [])
  return result.decision === SamplingDecision.RECORD_AND_SAMPLED
}

describe("what is kept", () => {
  const rows: [type: SamplerType, root: boolean, underSampled: boolean, underUnsampled: boolean][] = [
    ["always_on", true, true, true],
    ["always_off", false, false, false],
    ["parentbased_always_on", true, true, false],
    ["parentbased_always_off", false, true, false],
  ]
  test.each(rows)("%s", (type, root, underSampled, underUnsampled) => {
    expect(keeps(type, 1, LOW)).toBe(root)
    expect(keeps(type, 1, LOW, true)).toBe(underSampled)
    expect(keeps(type, 1, LOW, false)).toBe(underUnsampled)
  })

  test("traceidratio looks at the trace alone", () => {
    expect([0, 0.5, 1].map((ratio) => keeps("traceidratio", ratio, LOW))).toEqual([false, true, true])
    expect([0, 0.5, 1].map((ratio) => keeps("traceidratio", ratio, HIGH))).toEqual([false, false, true])
    expect(keeps("traceidratio", 0, LOW, true)).toBe(false)
  })

  test("parentbased_traceidratio decides at the root, and everything below follows", () => {
    expect([0, 0.5, 1].map((ratio) => keeps("parentbased_traceidratio", ratio, HIGH))).toEqual([
      false,
      false,
      true,
    ])
    expect(keeps("parentbased_traceidratio", 0, HIGH, true)).toBe(true)
    expect(keeps("parentbased_traceidratio", 1, LOW, false)).toBe(false)
  })
})
