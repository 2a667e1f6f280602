import { describe, expect, test } from "bun:test"
import { assertSound, renderTree, type TreeSpan } from "../../harness/tree.ts"
import { agent } from "../conformance/spans.ts"

function span(spanId: string, parentSpanId: string | undefined, rest: Partial<TreeSpan> = {}): TreeSpan {
  return {
    name: spanId,
    traceId: "t1",
    spanId,
    parentSpanId,
    kind: "INTERNAL",
    startMs: 100,
    endMs: 200,
    status: "UNSET",
    statusMessage: "",
    attributes: {},
    events: [],
    ...rest,
  }
}

/** An agent's span by every convention, with nothing beneath it. */
function conforming(
  spanId: string,
  parentSpanId: string | undefined,
  rest: Partial<TreeSpan> = {},
): TreeSpan {
  const nothing = Object.keys(agent.attributes).filter(
    (key) => key.startsWith("opencode.run.") && !key.endsWith("trigger"),
  )
  const totals = Object.fromEntries(nothing.map((key) => [key, 0]))
  return span(spanId, parentSpanId, {
    name: agent.name,
    attributes: { ...agent.attributes, ...totals },
    ...rest,
  })
}

describe("renderTree", () => {
  test("orders children by their start and shows what is asked for", () => {
    const spans = [
      span("late", "root", { startMs: 150, kind: "CLIENT", attributes: { "opencode.cost": 0.5, other: 1 } }),
      span("early", "root", { status: "ERROR", attributes: { "error.type": "tool_error" } }),
      span("root", undefined, { startMs: 50, events: [{ name: "happened", timeMs: 60, attributes: {} }] }),
      span("lost", "nobody", { startMs: 400 }),
    ]
    expect(renderTree(spans)).toBe(
      ["root", "  early ERROR (tool_error)", "  late", "lost (parent missing)"].join("\n"),
    )
    expect(renderTree(spans.slice(0, 3), { attributes: ["opencode.cost"], kind: true, events: true })).toBe(
      [
        "root INTERNAL",
        "  * happened",
        "  early INTERNAL ERROR (tool_error)",
        "  late CLIENT opencode.cost=0.5",
      ].join("\n"),
    )
  })
})

describe("assertSound", () => {
  test("accepts a sound trace", () => {
    assertSound([conforming("root", undefined), conforming("child", "root", { startMs: 120, endMs: 130 })])
  })

  test("holds every span against the conventions, content included", () => {
    const root = conforming("root", undefined)
    const titled = { ...root, attributes: { ...root.attributes, "opencode.session.title": "a title" } }
    expect(() => assertSound([titled])).toThrow("opencode.session.title while content is off")
    assertSound([titled], { content: true })
    expect(() => assertSound([{ ...root, kind: "CLIENT" }])).toThrow("expected INTERNAL, found CLIENT")
  })

  const broken: [string, TreeSpan[]][] = [
    ["its parent never came", [span("root", undefined), span("a", "nobody")]],
    ["its parent is in another trace", [span("root", undefined), span("a", "root", { traceId: "t2" })]],
    ["1 span ids came twice", [span("root", undefined), span("root", undefined)]],
    ["trace t1 has 2 roots", [span("a", undefined), span("b", undefined)]],
    ["it ends before it starts", [span("root", undefined, { endMs: 99 })]],
    ["it starts 1 ms before its parent", [span("root", undefined), span("a", "root", { startMs: 99 })]],
    ["it ends 1 ms after its parent", [span("root", undefined), span("a", "root", { endMs: 201 })]],
    ["success is UNSET", [span("root", undefined, { status: "OK" })]],
    ["ERROR without error.type", [span("root", undefined, { status: "ERROR" })]],
    ["error.type without ERROR", [span("root", undefined, { attributes: { "error.type": "x" } })]],
    ["a.b / a.b.c", [span("root", undefined, { attributes: { "a.b.c": 1, "a.b": 2, "a.bc": 3 } })]],
    [
      "event e has keys that are prefixes",
      [span("root", undefined, { events: [{ name: "e", timeMs: 1, attributes: { a: 1, "a.b": 2 } }] })],
    ],
    [
      "an agent has usage",
      [
        span("root", undefined, {
          attributes: { "gen_ai.operation.name": "invoke_agent", "gen_ai.usage.input_tokens": 1 },
        }),
      ],
    ],
  ]
  for (const [fault, spans] of broken) {
    test(`finds: ${fault}`, () => expect(() => assertSound(spans)).toThrow(fault))
  }

  test("lets what may overrun lie outside of its parent's time", () => {
    assertSound([conforming("root", undefined), conforming("late", "root", { endMs: 900 })], {
      mayOverrun: (late) => late.spanId === "late",
    })
  })
})
