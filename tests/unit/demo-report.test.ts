import { expect, test } from "bun:test"
import { report } from "../../demo/report.ts"
import type { ReceivedSpan } from "../harness/otlp-receiver.ts"

function span(spanId: string, parentSpanId: string | undefined, rest: Partial<ReceivedSpan>): ReceivedSpan {
  return {
    name: spanId,
    traceId: "t",
    spanId,
    parentSpanId,
    kind: "INTERNAL",
    startMs: 0,
    endMs: 1_000,
    status: "UNSET",
    statusMessage: "",
    attributes: {},
    events: [],
    links: [],
    resource: {},
    scope: { name: "", version: "" },
    ...rest,
  }
}

test("the demo's table has the tree, and beside it time, tokens and cost", () => {
  const totals = {
    "opencode.run.input_tokens": 12_345,
    "opencode.run.output_tokens": 67,
    "opencode.run.cost": 0.5,
  }
  const usage = { "gen_ai.usage.input_tokens": 8, "gen_ai.usage.output_tokens": 9, "opencode.cost": 0.25 }
  const spans = [
    span("tool", "agent", {
      startMs: 30,
      endMs: 40,
      status: "ERROR",
      attributes: { "error.type": "tool_error" },
    }),
    span("chat", "root", { startMs: 10, endMs: 20, attributes: usage }),
    span("root", undefined, { endMs: 2_500, attributes: totals }),
    span("agent", "root", { startMs: 20 }),
  ]
  expect(report(spans)).toBe(
    [
      "root                      2.50 s   12,345 in    67 out   $0.5000",
      "├─ chat                   0.01 s        8 in     9 out   $0.2500",
      "└─ agent                  0.98 s",
      "   └─ tool ✗ tool_error   0.01 s",
    ].join("\n"),
  )
})
