import { amount, type Fields, fields, id, integer, list, name, text, time } from "../host/guards.ts"
import type { Output, PromptOrigin, PromptPart, ToolCallOutcome, ToolCallSnapshot } from "../runs/facts.ts"
import type { RunModel } from "../runs/run-model.ts"
import { readUsage } from "./message.ts"

/** `message.part.updated`: snapshots of a part, sent again as it grows. The event's `time` is when it was sent. */
export function onPart(runs: RunModel, properties: Fields): void {
  const part = fields(properties.part)
  const messageId = id(part?.messageID)
  if (!part || !messageId) return
  const at = time(properties.time)
  const call = readCall(part, at)
  if (call) return runs.toolCallSeen(call)
  const origin = readOrigin(part)
  if (origin) return runs.promptOriginSeen(messageId, origin)
  if (runs.isPrompt(messageId)) {
    const prompt = readPromptPart(part)
    if (prompt) runs.promptPartStored(messageId, prompt)
    return
  }
  const output = readOutput(part, at)
  if (output) runs.outputSeen(messageId, output)
}

/** What a part of a user message tells about why that message exists. */
export function readOrigin(part: Fields): PromptOrigin | undefined {
  if (part.type === "compaction") return "compaction"
  const shell =
    part.type === "text" &&
    part.synthetic === true &&
    part.text === "The following tool was executed by the user"
  return shell ? "shell" : undefined
}

/** What the user wrote or attached; nothing for parts that OpenCode itself put into the message. */
export function readPromptPart(part: Fields): PromptPart | undefined {
  const partId = id(part.id)
  if (!partId || part.synthetic === true || part.ignored === true) return undefined
  const written =
    part.type === "text" ? text(part.text) : part.type === "subtask" ? text(part.prompt) : undefined
  if (written) return { partId, text: written }
  const url = part.type === "file" ? text(part.url) : undefined
  if (!url) return undefined
  const mime = name(part.mime)
  const filename = name(part.filename)
  return { partId, file: { url, ...(mime && { mime }), ...(filename && { name: filename }) } }
}

/**
 * A sign of the model in a part of an assistant message: `step-start`, `text`, `reasoning` or `step-finish`; or the
 * `patch` that follows when files are not as they were before the step.
 * @param at the event's own time, for parts that have none.
 */
export function readOutput(part: Fields, at: number | undefined): Output | undefined {
  switch (part.type) {
    case "step-start":
      return { type: "started", at }
    case "text":
    case "reasoning": {
      const times = fields(part.time)
      const words = { kind: part.type, partId: id(part.id) ?? "", text: text(part.text) ?? "" }
      return { type: "content", startedAt: time(times?.start), endedAt: time(times?.end), words }
    }
    case "step-finish":
      return {
        type: "finished",
        partId: id(part.id),
        at,
        finish: name(part.reason),
        usage: readUsage(part.tokens),
        cost: amount(part.cost),
      }
    case "patch":
      return { type: "changed", files: list(part.files).flatMap((file) => text(file) ?? []) }
    default:
      return undefined
  }
}

/**
 * A snapshot of a tool call. A tool that the model made up, or called with arguments that are not JSON, turns into
 * the tool `invalid`, whose input names the one that was called.
 * @param at the event's own time, for `pending` states, which have none.
 */
export function readCall(part: Fields, at: number | undefined): ToolCallSnapshot | undefined {
  const partId = id(part.id)
  const messageId = id(part.messageID)
  const sessionId = id(part.sessionID)
  const state = fields(part.state)
  const called = name(part.tool)
  const status = readStatus(state?.status)
  if (part.type !== "tool" || !partId || !messageId || !sessionId || !state || !called || !status)
    return undefined
  const metadata = fields(state.metadata)
  const times = fields(state.time)
  const facts = {
    partId,
    messageId,
    sessionId,
    callId: id(part.callID),
    tool: toolName(called === "invalid" ? (fields(state.input)?.tool ?? called) : called),
    seenAt: at,
    childSessionId: id(metadata?.sessionId),
    // The input of `invalid` is OpenCode's own note of what was wrong, not what the model wrote.
    input: called === "invalid" ? undefined : state.input,
  }
  if (status === "pending") return { ...facts, status }
  const startedAt = time(times?.start)
  if (status === "running") return { ...facts, status, startedAt }
  return {
    ...facts,
    status,
    startedAt,
    endedAt: time(times?.end),
    outcome: readOutcome(called, state, metadata),
    exitCode: integer(metadata?.exit),
    output: state.status === "error" ? state.error : state.output,
    background: metadata?.background === true,
  }
}

/** What tools may be called by; the providers' rule is narrower still. */
const TOOL_NAME = /^[\w./:-]{1,128}$/

/** A model that makes a call up may put anything where the name goes, arguments too: that is no name but content. */
function toolName(called: unknown): string {
  return typeof called === "string" && TOOL_NAME.test(called) ? called : "invalid"
}

function readStatus(status: unknown): ToolCallSnapshot["status"] | undefined {
  if (status === "pending" || status === "running") return status
  return status === "completed" || status === "error" ? "ended" : undefined
}

/** Texts with which OpenCode 1.18 ends a tool call; nothing else tells these outcomes apart. */
const DENIED = [
  "The user rejected permission to use this specific tool call",
  "The user has specified a rule which prevents",
]
const CANCELLED = ["Tool execution aborted", "Task cancelled", "The user dismissed this question"]
const CANCELLED_CALL: ToolCallOutcome = { kind: "failed", type: "cancelled" }

/** An aborted command completes normally; only a note behind its output tells. A `!` shell leaves no other trace. */
function wasAborted(state: Fields, metadata: Fields | undefined): boolean {
  const output = text(state.output) ?? text(metadata?.output)
  return output !== undefined && /\nUser aborted the command\n<\/(shell_)?metadata>$/.test(output.slice(-64))
}

function readOutcome(called: string, state: Fields, metadata: Fields | undefined): ToolCallOutcome {
  if (called === "invalid") return { kind: "failed", type: "invalid_tool" }
  if (state.status !== "error") return wasAborted(state, metadata) ? CANCELLED_CALL : { kind: "completed" }
  const message = text(state.error) ?? ""
  if (DENIED.some((start) => message.startsWith(start))) return { kind: "failed", type: "permission_denied" }
  const cancelled = metadata?.interrupted === true || CANCELLED.some((start) => message.startsWith(start))
  return { kind: "failed", type: cancelled ? "cancelled" : "tool_error" }
}
