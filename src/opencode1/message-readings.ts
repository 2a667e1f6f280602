/**
 * Reads OpenCode's sessions and messages, as they arrive in `session.*`, `message.updated` and `chat.message`,
 * into the run model's facts. What lacks an id, or has fields of other types than observed, reads as nothing.
 */
import { type Usage, usageFrom } from "../genai/usage.ts"
import { amount, count, type Fields, fields, id, list, name, text, time } from "../host/guards.ts"
import type { Assistant, LineChanges, ModelRef, Prompt, SessionInfo } from "../runs/facts.ts"
import { readFailure } from "./failure.ts"

/** `info` of `session.created` and `session.updated`. `cost` is USD, cumulative. */
export function readSession(value: unknown): SessionInfo | undefined {
  const info = fields(value)
  const sessionId = id(info?.id)
  if (!info || !sessionId) return undefined
  return {
    sessionId,
    parentId: id(info.parentID),
    createdAt: time(fields(info.time)?.created),
    version: name(info.version),
    cost: amount(info.cost),
    title: readTitle(info.title),
  }
}

/** What OpenCode calls a session until its model has found a title: `New session - 2026-11-21T08:12:52.271Z`. */
const PLACEHOLDER_TITLE = /^(?:New|Child) session - \d{4}-\d\d-\d\dT[\d:.]+Z$/

function readTitle(value: unknown): string | undefined {
  const title = text(value)
  return title === undefined || PLACEHOLDER_TITLE.test(title) ? undefined : title
}

/** A user message. `time.created` is the start of its run. */
export function readPrompt(value: unknown): Prompt | undefined {
  const info = fields(value)
  const messageId = id(info?.id)
  const sessionId = id(info?.sessionID)
  if (!info || !messageId || !sessionId || info.role !== "user") return undefined
  return {
    messageId,
    sessionId,
    createdAt: time(fields(info.time)?.created),
    agent: name(info.agent),
    model: readModelRef(fields(info.model)),
    json: fields(info.format)?.type === "json_schema",
  }
}

/**
 * `summary.diffs` of a user message, one `{file, patch, additions, deletions, status}` a file: everything that was
 * done for it so far. Only the numbers are read.
 */
export function readLineChanges(value: unknown): LineChanges | undefined {
  const diffs = fields(fields(value)?.summary)?.diffs
  if (!Array.isArray(diffs)) return undefined
  const total = (key: string) =>
    list(diffs).reduce<number>((sum, diff) => sum + (amount(fields(diff)?.[key]) ?? 0), 0)
  return { added: total("additions"), removed: total("deletions") }
}

/** An assistant message: `parentID` is the user message it answers, `mode` the agent where `agent` is missing. */
export function readAssistant(value: unknown): Assistant | undefined {
  const info = fields(value)
  const messageId = id(info?.id)
  const sessionId = id(info?.sessionID)
  if (!info || !messageId || !sessionId || info.role !== "assistant") return undefined
  const times = fields(info.time)
  return {
    messageId,
    sessionId,
    promptId: id(info.parentID),
    agent: name(info.agent) ?? name(info.mode),
    model: readModelRef(info),
    createdAt: time(times?.created),
    completedAt: time(times?.completed),
    finish: name(info.finish),
    failure: readFailure(info.error),
    usage: readUsage(info.tokens),
    cost: amount(info.cost),
  }
}

/** `tokens` of a message or a `step-finish` part. */
export function readUsage(value: unknown): Usage | undefined {
  const tokens = fields(value)
  if (!tokens) return undefined
  const cache = fields(tokens.cache)
  return usageFrom({
    input: count(tokens.input) ?? 0,
    output: count(tokens.output) ?? 0,
    reasoning: count(tokens.reasoning) ?? 0,
    cacheRead: count(cache?.read) ?? 0,
    cacheWrite: count(cache?.write) ?? 0,
  })
}

function readModelRef(value: Fields | undefined): ModelRef | undefined {
  const providerId = name(value?.providerID)
  const modelId = name(value?.modelID)
  return providerId && modelId ? { providerId, modelId } : undefined
}
