// The comparison that the random sessions rest on must see every class of fault that is planted here.
import { describe, expect, test } from "bun:test"
import type { ReceivedSpan } from "../../harness/otlp-receiver.ts"
import { makePlan, smallerPlans } from "../../soak/plan.ts"
import { mismatches } from "../../soak/truth.ts"
import { Random } from "../../support/random.ts"

const RESOURCE = { "service.name": "opencode" }

function span(spanId: string, name: string, more: Partial<ReceivedSpan>): ReceivedSpan {
  return {
    name,
    traceId: "0af7651916cd43dd8448eb211c80319c",
    spanId: spanId.repeat(16),
    parentSpanId: "a".repeat(16),
    kind: "INTERNAL",
    startMs: 1_700_000_000_000,
    endMs: 1_700_000_001_000,
    status: "UNSET",
    statusMessage: "",
    events: [],
    links: [],
    resource: RESOURCE,
    scope: { name: "opencode-traces", version: "0" },
    ...more,
    attributes: {
      "gen_ai.conversation.id": "ses_1",
      "opencode.session.id": "ses_1",
      "gen_ai.agent.name": "build",
      ...more.attributes,
    },
  }
}

const ROOT = span("a", "invoke_agent build", {
  parentSpanId: undefined,
  attributes: {
    "gen_ai.operation.name": "invoke_agent",
    "opencode.message.id": "msg_user",
    "opencode.run.trigger": "prompt",
    "opencode.outcome": "completed",
    "opencode.run.llm_calls": 1,
    "opencode.run.tool_calls": 1,
    "opencode.run.subagents": 0,
    "opencode.run.retries": 0,
    "opencode.run.input_tokens": 60,
    "opencode.run.output_tokens": 12,
  },
})
const CHAT = span("b", "chat fake-1", {
  kind: "CLIENT",
  attributes: {
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": "openai",
    "opencode.provider.id": "fake",
    "gen_ai.request.model": "fake-1",
    "gen_ai.response.finish_reasons": ["stop"],
    "gen_ai.usage.input_tokens": 60,
    "gen_ai.usage.output_tokens": 12,
    "opencode.cost": 0.25,
  },
})
const TOOL = span("c", "execute_tool bash", {
  attributes: {
    "gen_ai.operation.name": "execute_tool",
    "gen_ai.tool.name": "bash",
    "gen_ai.tool.call.id": "call_1",
    "gen_ai.tool.type": "function",
  },
})

const STORED = [
  {
    session: "ses_1",
    parent: undefined,
    messages: [
      { info: { id: "msg_user", role: "user" }, parts: [{ type: "text", text: "go" }] },
      {
        info: {
          id: "msg_1",
          role: "assistant",
          parentID: "msg_user",
          modelID: "fake-1",
          cost: 0.25,
          tokens: { input: 40, output: 10, reasoning: 2, cache: { read: 15, write: 5 } },
        },
        parts: [
          {
            type: "tool",
            tool: "bash",
            callID: "call_1",
            state: { status: "completed", output: "", time: { end: 1_700_000_001_000 } },
          },
        ],
      },
    ],
  },
]

test("traces that agree have no mismatch", () => {
  expect(mismatches(STORED, [ROOT, CHAT, TOOL])).toEqual([])
})

describe("a planted fault is seen:", () => {
  const cases: readonly (readonly [what: string, spans: readonly ReceivedSpan[], says: string])[] = [
    ["a request that has no span", [ROOT, TOOL], '"fake-1 60 12 0.250000000" is missing'],
    ["a request that is there twice", [ROOT, CHAT, { ...CHAT, spanId: "d".repeat(16) }, TOOL], "is too much"],
    [
      "other tokens",
      [ROOT, { ...CHAT, attributes: { ...CHAT.attributes, "gen_ai.usage.input_tokens": 61 } }, TOOL],
      '"fake-1 61 12 0.250000000" is too much',
    ],
    [
      "another cost",
      [ROOT, { ...CHAT, attributes: { ...CHAT.attributes, "opencode.cost": 0.5 } }, TOOL],
      '"fake-1 60 12 0.500000000" is too much',
    ],
    ["a call that has no span", [ROOT, CHAT], "bash call_1: 0 tool spans and 0 agents"],
    [
      "a call that ends at another time",
      [ROOT, CHAT, { ...TOOL, endMs: 1_700_000_000_500 }],
      "ends at 1700000000500, stored 1700000001000",
    ],
    [
      "a call that failed only in the trace",
      [
        ROOT,
        CHAT,
        { ...TOOL, status: "ERROR", attributes: { ...TOOL.attributes, "error.type": "tool_error" } },
      ],
      "stored as completed, the span is ERROR tool_error",
    ],
    [
      "a call that nobody made",
      [
        ROOT,
        CHAT,
        TOOL,
        {
          ...TOOL,
          spanId: "d".repeat(16),
          attributes: { ...TOOL.attributes, "gen_ai.tool.call.id": "call_2" },
        },
      ],
      "stands for no stored call",
    ],
    ["a prompt that has no trace", [CHAT, TOOL], "prompt msg_user: 0 agents"],
    [
      "an orphan",
      [ROOT, CHAT, { ...TOOL, attributes: { ...TOOL.attributes, "opencode.orphan_reason": "unfinished" } }],
      "execute_tool bash: unfinished",
    ],
  ]
  for (const [what, spans, says] of cases) {
    test(what, () => {
      expect(mismatches(STORED, spans).join("\n")).toContain(says)
    })
  }

  test("an abort that reads as completed", () => {
    const [one] = STORED
    const [user, assistant] = one?.messages ?? []
    const info = { ...assistant?.info, error: { name: "MessageAbortedError" } }
    const aborted = [
      { session: "ses_1", parent: undefined, messages: [user, { info, parts: assistant?.parts ?? [] }] },
    ]
    const stored = aborted.map((each) => ({
      ...each,
      messages: each.messages.flatMap((message) => message ?? []),
    }))
    expect(mismatches(stored, [ROOT, CHAT, TOOL]).join("\n")).toContain(
      "ended in MessageAbortedError, its outcome is completed",
    )
  })
})

describe("a plan", () => {
  test("is the same for the same seed, and another for another", () => {
    expect(makePlan(3, new Random(3))).toEqual(makePlan(3, new Random(3)))
    expect(makePlan(3, new Random(3))).not.toEqual(makePlan(4, new Random(4)))
  })

  test("becomes smaller with every cut", () => {
    const size = (plan: unknown) => JSON.stringify(plan).length
    for (let seed = 1; seed <= 30; seed++) {
      const plan = makePlan(seed, new Random(seed))
      for (const smaller of smallerPlans(plan)) expect(size(smaller)).toBeLessThan(size(plan))
    }
  })
})
