// What each preset adds to the spans of real sessions: everything, and nothing else.
import { describe, expect, test } from "bun:test"
import { BACKEND_NAMES, type BackendName, extrasFor } from "../../src/backends/index.ts"
import { enrichingProcessor } from "../../src/signals/enricher.ts"
import { renderFindings } from "../conformance/finding.ts"
import { violations } from "../conformance/trace.ts"
import type { TreeSpan } from "../harness/tree.ts"
import { testCapture } from "../support/capture.ts"
import { readStream, replayLines } from "../support/replay.ts"

function spans(recording: string, backend?: BackendName, content = false): TreeSpan[] {
  const extras = extrasFor(backend)
  const plugin = replayLines(readStream(recording), content ? { capture: testCapture() } : {}, [
    enrichingProcessor(extras ? [extras] : []),
  ])
  expect(plugin.reports).toEqual([])
  return plugin.spans()
}

/** The attributes that a preset added, span by span, without those that add nothing. */
function additions(recording: string, backend: BackendName, content = false) {
  const plain = spans(recording, undefined, content)
  return spans(recording, backend, content).flatMap((span, index) => {
    const before = plain[index]
    expect(span.name).toBe(before?.name ?? "")
    const added = Object.entries(span.attributes).filter(([key]) => before?.attributes[key] === undefined)
    expect(Object.keys(before?.attributes ?? {}).every((key) => key in span.attributes)).toBe(true)
    return added.length === 0 ? [] : [[span.name, Object.fromEntries(added)] as const]
  })
}

const RECORDINGS = ["tools", "subagents", "compaction-auto", "permissions", "question", "nested"]

const EXTRA: Readonly<Partial<Record<BackendName, readonly string[]>>> = {
  weave: ["weave.*", "gen_ai.agent.id"],
  langfuse: ["session.id", "gen_ai.usage.cost"],
  langsmith: [
    "langsmith.*",
    "gen_ai.system",
    "gen_ai.prompt.*",
    "gen_ai.completion.*",
    "input.value",
    "output.value",
  ],
  logfire: ["operation.cost", "gen_ai.system"],
  sentry: ["gen_ai.cost.total_tokens"],
}

describe.each(BACKEND_NAMES.map((name) => [name]))("%s", (backend) => {
  test.each(RECORDINGS)("%s still conforms, content off and on", (recording) => {
    for (const content of [false, true]) {
      const found = violations(withoutTwins(spans(recording, backend, content)), {
        content,
        extra: EXTRA[backend] ?? [],
      })
      expect(renderFindings(found)).toBe("")
    }
  })
})

/** The events that a preset sets beside ours are no concern of the conventions'. */
function withoutTwins(all: TreeSpan[]): TreeSpan[] {
  return all.map((span) => ({
    ...span,
    events: span.events.filter(({ name }) => !name.startsWith("weave.")),
  }))
}

const times = <T>(count: number, value: T): T[] => Array.from({ length: count }, () => value)

describe("weave", () => {
  const reasoning = { "weave.usage.reasoning_tokens": 7 }

  test("reasoning of chats, the session of each subagent", () => {
    const added = additions("subagents", "weave")
    const agents = added.filter(([name]) => name.startsWith("invoke_agent"))
    expect(agents).toEqual([
      ["invoke_agent explore", { "gen_ai.agent.id": "ses_e03e40916ffeyx2Y3qrx3Qv6GL" }],
      ["invoke_agent general", { "gen_ai.agent.id": "ses_e03e40956ffesVCC1x5ORAeEPT" }],
      ["invoke_agent general", { "gen_ai.agent.id": "ses_e03e401deffewpfWPt8nDfgd8L" }],
      ["invoke_agent general", { "gen_ai.agent.id": "ses_e03e3fd6affeBBSHCP0eJTqkWJ" }],
      ["invoke_agent general", { "gen_ai.agent.id": "ses_e03e3f1afffeQ5vd5UpuYbi4Rz" }],
    ])
    const others = added.filter(([name]) => !name.startsWith("invoke_agent"))
    expect(others).toEqual(times(9, ["chat fake-1", reasoning]))
  })

  test("compactions, with their summary only where content is on", () => {
    const numbers = { "weave.compaction.items_after": 2 }
    const summary = { "weave.compaction.summary": "What happened so far, in short." }
    expect(additions("compaction-auto", "weave")).toEqual(times(3, ["invoke_agent compaction", numbers]))
    expect(additions("compaction-auto", "weave", true)).toEqual(
      times(3, ["invoke_agent compaction", { ...numbers, ...summary }]),
    )
    // The second one of this recording fails.
    expect(additions("compaction-manual", "weave")).toEqual([["invoke_agent compaction", numbers]])
  })

  test("permissions beside ours, at the same time", () => {
    const asked = spans("permissions", "weave").flatMap(({ events }) => events)
    const pairs = (ours: string, theirs: string) => {
      const at = (name: string) => asked.filter((event) => event.name === name).map(({ timeMs }) => timeMs)
      expect(at(theirs)).toEqual(at(ours))
      return at(theirs).length
    }
    expect(pairs("opencode.permission.asked", "weave.permission_request")).toBe(7)
    expect(pairs("opencode.permission.replied", "weave.permission_resolved")).toBe(7)
    const resolved = asked.filter(({ name }) => name === "weave.permission_resolved")
    expect(resolved.map(({ attributes }) => attributes)).toEqual([
      ...times(2, { "weave.permission.approved": true }),
      ...times(5, { "weave.permission.approved": false }),
    ])
  })
})

describe("in a session of a command, a tool, and a command as a subagent", () => {
  const conversation = "ses_e02d6d473ffeBy207YaGz7F1QL"

  test("langfuse: the session everywhere, the cost on chats", () => {
    const session = { "session.id": conversation }
    const priced = { ...session, "gen_ai.usage.cost": 0.0006 }
    expect(additions("command", "langfuse")).toEqual([
      ["execute_tool bash", session],
      ["chat fake-1", priced],
      ["chat fake-1", priced],
      ["invoke_agent build", session],
      ["chat fake-1", priced],
      ["invoke_agent general", session],
      ["chat fake-1", priced],
      ["invoke_agent build", session],
    ])
  })

  test("logfire and sentry: the cost of chats", () => {
    expect(additions("command", "logfire")).toEqual(
      times(4, ["chat fake-1", { "operation.cost": 0.0006, "gen_ai.system": "fake" }]),
    )
    expect(additions("command", "sentry")).toEqual(
      times(4, ["chat fake-1", { "gen_ai.cost.total_tokens": 0.0006 }]),
    )
  })

  test("langsmith: kinds of run and threads; content where it is on", () => {
    const thread = { "langsmith.metadata.thread_id": conversation }
    const chain = { ...thread, "langsmith.span.kind": "chain" }
    const llm = { ...thread, "langsmith.span.kind": "llm", "gen_ai.system": "fake" }
    const tool = { ...thread, "langsmith.span.kind": "tool" }
    expect(additions("command", "langsmith").slice(0, 4)).toEqual([
      ["execute_tool bash", tool],
      ["chat fake-1", llm],
      ["chat fake-1", llm],
      ["invoke_agent build", chain],
    ])
    const prompt = { "gen_ai.prompt.0.role": "user", "gen_ai.prompt.0.content": "greet the world" }
    const answer = { "gen_ai.completion.0.role": "assistant", "gen_ai.completion.0.content": "Hi." }
    expect(additions("command", "langsmith", true).slice(0, 4)).toEqual([
      [
        "execute_tool bash",
        {
          ...tool,
          "input.value": '{"command":"echo hi","description":"run it"}',
          "output.value": '{"output":"hi\\n"}',
        },
      ],
      ["chat fake-1", { ...llm, ...prompt }],
      [
        "chat fake-1",
        { ...llm, "gen_ai.prompt.0.role": "tool", "gen_ai.prompt.0.content": "hi\n", ...answer },
      ],
      ["invoke_agent build", { ...chain, ...prompt, ...answer }],
    ])
  })

  test.each(["phoenix", "braintrust", "honeycomb", "datadog", "grafana", "mlflow", "jaeger"] as const)(
    "%s reads the conventions: nothing is added",
    (backend) => {
      expect(additions("command", backend, true)).toEqual([])
    },
  )
})
