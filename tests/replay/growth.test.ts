// A run's size grows with its length: every step carries only what is new since the step before.
import { expect, test } from "bun:test"
import { renderFindings } from "../conformance/finding.ts"
import { violations } from "../conformance/trace.ts"
import { parse } from "../harness/json.ts"
import type { TreeSpan } from "../harness/tree.ts"
import { testCapture } from "../support/capture.ts"
import { FakeClock } from "../support/fake-clock.ts"
import { testPlugin } from "../support/plugin.ts"
import { play, type Recorded } from "../support/replay.ts"
import { CONTENT_ATTRIBUTES } from "../support/tellings.ts"

const CONTENT = ["gen_ai.input.messages", "gen_ai.output.messages", "gen_ai.system_instructions"]
const MODEL = { id: "m", providerID: "p", api: { id: "m" } }
const T0 = 1_800_000_000_000
const SYSTEM = "You write code. ".repeat(200)
const OUTPUT = "a line of what the command printed\n".repeat(20)

/** Numbers of one width, so that every step has as many bytes as the next. */
const numbered = (prefix: string, step: number) => `${prefix}_${String(step).padStart(4, "0")}`

/** What OpenCode calls for one step: a request, a sentence, a command and its answer. */
function step(number: number, output: string): Recorded[] {
  const t = T0 + number * 1_000
  const messageID = numbered("msg", number)
  const event = (type: string, properties: object) => ({ t, k: "event", v: { type, properties } })
  const part = (rest: object) =>
    event("message.part.updated", { part: { messageID, sessionID: "ses", ...rest } })
  const time = { start: t, end: t }
  const info = { id: messageID, sessionID: "ses", role: "assistant", parentID: "msg_user", agent: "build" }
  const request = { sessionID: "ses", agent: "build", model: MODEL, message: { id: "msg_user" } }
  const call = { type: "tool", tool: "bash", callID: numbered("call", number) }
  const state = { status: "completed", input: { command: "make" }, output, time }
  return [
    event("message.updated", { info: { ...info, time: { created: t } } }),
    { t, k: "experimental.chat.system.transform", v: { i: request, o: { system: [SYSTEM] } } },
    { t, k: "chat.params", v: { i: request, o: {} } },
    part({ id: numbered("txt", number), type: "text", text: "Once more.", time }),
    part({ id: numbered("prt", number), ...call, state }),
    event("message.updated", { info: { ...info, finish: "tool-calls", time: { created: t, completed: t } } }),
  ]
}

/** A run of so many steps, from its prompt to idle. */
function run(steps: number, output: string): TreeSpan[] {
  const plugin = testPlugin({}, { capture: testCapture() }, new FakeClock(0))
  const message = { id: "msg_user", sessionID: "ses", role: "user", agent: "build", time: { created: T0 } }
  const work = Array.from({ length: steps }, (_, index) => step(index + 1, output)).flat()
  const idle = { type: "session.idle", properties: { sessionID: "ses" } }
  const lines = [
    { t: T0, k: "chat.message", v: { i: {}, o: { message } } },
    ...work,
    { t: T0 + steps * 1_000, k: "event", v: idle },
  ]
  for (const line of lines) play(plugin, line)
  plugin.clock.advance(60_000)
  expect(plugin.reports).toEqual([])
  const spans = plugin.spans()
  expect(renderFindings(violations(spans, { content: true }))).toBe("")
  expect(spans.filter(({ name }) => name === "chat m")).toHaveLength(steps)
  return spans
}

/** The content, in characters, that a run of so many steps puts on its agent and its chats. */
function contentOf(steps: number): number {
  const spans = run(steps, OUTPUT)
  return spans.flatMap(({ attributes }) => CONTENT.map((key) => String(attributes[key] ?? ""))).join("")
    .length
}

test("the two hundredth step carries as much as the fifty-first, and the system prompt comes once", () => {
  const fifty = contentOf(50)
  const perStep = contentOf(51) - fifty
  expect(perStep).toBeGreaterThan(OUTPUT.length)
  expect(perStep).toBeLessThan(OUTPUT.length + 500)
  expect(contentOf(200) - fifty).toBe(150 * perStep)
})

test("a megabyte that a tool answered is cut, on its span and in the next request", () => {
  const cut = expect.stringMatching(/^(été )+é?t?é?…\[\+\d{7} chars\]$/)
  const spans = run(2, "été ".repeat(262_144))
  const [tool] = spans.filter(({ name }) => name === "execute_tool bash")
  const [, second] = spans.filter(({ name }) => name === "chat m")
  const result = tool?.attributes[CONTENT_ATTRIBUTES.result]
  const input = second?.attributes[CONTENT_ATTRIBUTES.input]
  expect(parse(String(result))).toEqual({ output: cut })
  expect(parse(String(input))).toEqual([
    { role: "tool", parts: [{ type: "tool_call_response", id: "call_0001", response: cut }] },
  ])
  for (const json of [result, input]) {
    expect(Buffer.byteLength(String(json))).toBeLessThanOrEqual(32_768)
    expect(Buffer.byteLength(String(json))).toBeGreaterThan(32_000)
  }
})
