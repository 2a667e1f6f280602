import { expect } from "bun:test"
import { fields } from "../../src/host/guards.ts"
import type { TreeSpan } from "../harness/tree.ts"
import type { Recorded } from "./replay.ts"

type Part = Readonly<Record<string, unknown>>

function partsOf(stream: readonly Recorded[]): Part[] {
  return stream
    .map((line) => fields(line.v))
    .filter((event) => event?.type === "message.part.updated")
    .map((event) => fields(fields(event?.properties)?.part))
    .filter((part) => part !== undefined)
}

function timeOf(value: unknown, key: "start" | "end"): number | undefined {
  const time = fields(fields(value)?.time)?.[key]
  return typeof time === "number" ? time : undefined
}

/** When the model wrote last in each message that has a `step-finish`: text, reasoning, or a call that then ran. */
function lastOutputs(parts: readonly Part[]): number[] {
  return [...Map.groupBy(parts, (part) => part.messageID).values()]
    .filter((message) => message.some((part) => part.type === "step-finish"))
    .map((message) =>
      message.map((part) => (part.type === "tool" ? timeOf(part.state, "start") : timeOf(part, "end")) ?? 0),
    )
    .map((times) => Math.max(...times))
}

function callOf(line: Recorded): unknown {
  return fields(fields(line.v)?.i)?.callID
}

function askOf(line: Recorded): string | undefined {
  const event = fields(line.v)
  if (event?.type !== "permission.asked" && event?.type !== "question.asked") return undefined
  return `${fields(fields(event.properties)?.tool)?.callID} ${line.t}`
}

/**
 * Every span has OpenCode's own times: a call those of its state, a request that of `chat.params` and of its last
 * output. What was cut off has no such times and is left to other tests.
 */
export function expectRecordedTimes(stream: readonly Recorded[], spans: readonly TreeSpan[]): void {
  const parts = partsOf(stream)
  const outputs = new Set(lastOutputs(parts))
  const requests = new Set(stream.filter((line) => line.k === "chat.params").map((line) => line.t))
  const tools = parts.filter((part) => part.type === "tool")
  // A command that is given its environment before its call is told to run starts the call's span then.
  const entered = stream.filter((line) => line.k === "shell.env").map((line) => `${callOf(line)} ${line.t}`)
  // And one that the human is asked about before that starts when it asks.
  const asked = stream.map(askOf).filter((ask) => ask !== undefined)
  const starts = new Set([
    ...tools.map((part) => `${part.callID} ${timeOf(part.state, "start")}`),
    ...entered,
    ...asked,
  ])
  const ends = new Set(tools.map((part) => `${part.callID} ${timeOf(part.state, "end")}`))
  for (const span of spans) {
    if (span.attributes["opencode.orphan_reason"] !== undefined) continue
    if (span.name.startsWith("execute_tool ")) {
      expect(starts).toContain(`${span.attributes["gen_ai.tool.call.id"]} ${span.startMs}`)
      expect(ends).toContain(`${span.attributes["gen_ai.tool.call.id"]} ${span.endMs}`)
    }
    if (!span.name.startsWith("chat ")) continue
    expect(requests).toContain(span.startMs)
    if (String(span.attributes["gen_ai.response.finish_reasons"]) === "error") continue
    expect(outputs).toContain(span.endMs)
    expect(span.attributes["gen_ai.response.time_to_first_chunk"]).toBeGreaterThan(0)
  }
}
