// What OpenCode stored of a plan, and where the traces say something else. Written from OpenCode's side: these rules
// know messages and parts, and nothing of the run model.
import { renderFindings } from "../conformance/finding.ts"
import { violations } from "../conformance/trace.ts"
import type { Message } from "../harness/client.ts"
import { record, string } from "../harness/json.ts"
import type { Server } from "../harness/opencode.ts"
import type { ReceivedSpan } from "../harness/otlp-receiver.ts"
import type { Driven } from "./drive.ts"

/** What OpenCode has of one session; copies that a fork made are left out. */
interface Stored {
  readonly session: string
  readonly parent: string | undefined
  readonly messages: readonly Message[]
}

/** All that OpenCode stored for the sessions of a plan, subagents' included. */
export async function readStored(server: Server, driven: Driven): Promise<Stored[]> {
  const stored: Stored[] = []
  async function read(session: string, parent: string | undefined): Promise<void> {
    const since = driven.forkedAt.get(session) ?? 0
    const all = await server.messages(session)
    stored.push({ session, parent, messages: all.filter(({ info }) => createdAt(info) >= since) })
    for (const child of await server.children(session)) {
      if (!driven.roots.includes(child.id)) await read(child.id, session)
    }
  }
  for (const root of driven.roots) await read(root, undefined)
  return stored
}

/** Every way in which the spans of a plan differ from what OpenCode stored, as sentences. Empty where they agree. */
export function mismatches(stored: readonly Stored[], spans: readonly ReceivedSpan[]): string[] {
  const found = renderFindings(violations(spans))
  return [
    ...(found === "" ? [] : found.split("\n")),
    ...stored.flatMap((one) => sessionMismatches(one, spans)),
    ...prompts(stored, spans),
    ...orphans(spans),
  ]
}

function sessionMismatches({ session, messages }: Stored, spans: readonly ReceivedSpan[]): string[] {
  const own = spans.filter((span) => span.attributes["opencode.session.id"] === session)
  const chats = own.filter((span) => span.attributes["gen_ai.operation.name"] === "chat")
  const wanted = messages.flatMap(({ info }) => usageOf(info) ?? []).toSorted()
  const given = chats.flatMap((span) => spanUsage(span) ?? []).toSorted()
  return [
    ...listDifference(`${session}: usage of its model requests`, wanted, given),
    ...toolMismatches(session, messages, own, spans),
  ]
}

/** `model input output cost` of an assistant message that used tokens; input with the cache, output with reasoning. */
function usageOf(info: Record<string, unknown>): string | undefined {
  if (info.role !== "assistant") return undefined
  const tokens = record(info.tokens)
  const cache = record(tokens.cache)
  const input = number(tokens.input) + number(cache.read) + number(cache.write)
  const output = number(tokens.output) + number(tokens.reasoning)
  if (input + output === 0) return undefined
  return `${string(info.modelID)} ${input} ${output} ${number(info.cost).toFixed(9)}`
}

function spanUsage({ attributes }: ReceivedSpan): string | undefined {
  const input = number(attributes["gen_ai.usage.input_tokens"])
  const output = number(attributes["gen_ai.usage.output_tokens"])
  if (input + output === 0) return undefined
  const cost = number(attributes["opencode.cost"]).toFixed(9)
  return `${String(attributes["gen_ai.request.model"])} ${input} ${output} ${cost}`
}

/** Each stored call has one span, with its name, its end and its failure; a `task` with a session has an agent's. */
function toolMismatches(
  session: string,
  messages: readonly Message[],
  own: readonly ReceivedSpan[],
  all: readonly ReceivedSpan[],
): string[] {
  const parts = messages.flatMap((message) => message.parts.filter((part) => part.type === "tool"))
  const tools = own.filter((span) => span.attributes["gen_ai.operation.name"] === "execute_tool")
  const faults: string[] = []
  for (const part of parts) {
    const state = record(part.state)
    const callId = string(part.callID)
    const child = string(record(state.metadata).sessionId)
    const here = tools.filter((span) => span.attributes["gen_ai.tool.call.id"] === callId)
    const agents = all.filter(
      (span) => span.attributes["opencode.subagent.spawning_tool_call_id"] === callId && callId !== undefined,
    )
    const worked =
      child !== undefined && agents.some((span) => span.attributes["opencode.session.id"] === child)
    const label = `${session}: ${String(part.tool)} ${callId}`
    if (state.status !== "completed" && state.status !== "error") {
      faults.push(`${label}: stored as ${String(state.status)}`)
      continue
    }
    if (here.length + (worked ? 1 : 0) !== 1)
      faults.push(`${label}: ${here.length} tool spans and ${agents.length} agents`)
    const [span] = here
    if (!span) continue
    const end = number(record(state.time).end)
    if (end > 0 && Math.abs(span.endMs - end) > 1)
      faults.push(`${label}: ends at ${span.endMs}, stored ${end}`)
    const failed = state.status === "error" || part.tool === "invalid" || aborted(state)
    if ((span.status === "ERROR") !== failed)
      faults.push(
        `${label}: stored as ${String(state.status)}, the span is ${span.status} ${String(span.attributes["error.type"])}`,
      )
  }
  const stored = new Set(parts.map((part) => string(part.callID)))
  for (const span of tools) {
    if (!stored.has(string(span.attributes["gen_ai.tool.call.id"])))
      faults.push(`${session}: ${span.name} stands for no stored call`)
  }
  return faults
}

/** An aborted command completes normally; a note behind its output tells. */
function aborted(state: Record<string, unknown>): boolean {
  return (string(state.output) ?? "").includes("User aborted the command")
}

/** Each prompt that was answered is one trace, whose root tells how its last answer ended. */
function prompts(stored: readonly Stored[], spans: readonly ReceivedSpan[]): string[] {
  const agents = spans.filter((span) => span.attributes["gen_ai.operation.name"] === "invoke_agent")
  return stored.flatMap(({ session, parent, messages }) => {
    const answered = new Set(messages.flatMap(({ info }) => string(info.parentID) ?? []))
    const users = messages.filter(({ info }) => info.role === "user" && answered.has(String(info.id)))
    return users.flatMap(({ info, parts }) => {
      // What OpenCode itself put there goes on with a prompt that is there already.
      const continues = parts.length > 0 && parts.every((part) => part.synthetic === true)
      const compacts = parts.some((part) => part.type === "compaction")
      if (continues || compacts) return []
      const here = agents.filter((span) => span.attributes["opencode.message.id"] === info.id)
      const label = `${session}: prompt ${String(info.id)}`
      const [run] = here
      if (here.length !== 1 || !run) return [`${label}: ${here.length} agents`]
      const root = run.parentSpanId === undefined
      if (root !== (parent === undefined)) return [`${label}: ${root ? "a root" : "beneath another"}`]
      if (parent !== undefined) return []
      return outcome(
        label,
        messages.filter((one) => one.info.parentID === info.id),
        run,
      )
    })
  })
}

function outcome(label: string, answers: readonly Message[], run: ReceivedSpan): string[] {
  const error = string(record(answers.at(-1)?.info.error).name)
  const given = run.attributes["opencode.outcome"]
  const wanted = error === undefined ? undefined : error === "MessageAbortedError" ? "interrupted" : "error"
  return wanted === undefined || given === wanted
    ? []
    : [`${label}: ended in ${error}, its outcome is ${String(given)}`]
}

function orphans(spans: readonly ReceivedSpan[]): string[] {
  return spans.flatMap((span) => {
    const reason = span.attributes["opencode.orphan_reason"]
    return reason === undefined ? [] : [`${span.name}: ${String(reason)}`]
  })
}

function listDifference(what: string, wanted: readonly string[], given: readonly string[]): string[] {
  const missing = subtract(wanted, given)
  const more = subtract(given, wanted)
  return [
    ...missing.map((one) => `${what}: "${one}" is missing`),
    ...more.map((one) => `${what}: "${one}" is too much`),
  ]
}

function subtract(from: readonly string[], what: readonly string[]): string[] {
  const left = [...what]
  return from.filter((one) => {
    const at = left.indexOf(one)
    if (at < 0) return true
    left.splice(at, 1)
    return false
  })
}

function createdAt(info: Record<string, unknown>): number {
  return number(record(info.time).created)
}

function number(value: unknown): number {
  return typeof value === "number" ? value : 0
}
