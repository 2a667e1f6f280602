import { type Usage, usageFrom } from "../genai/usage.ts"
import { amount, count, type Fields, fields, id, list, name, time } from "../host/guards.ts"
import type { Assistant, LineChanges } from "../runs/facts.ts"
import type { RunModel } from "../runs/run-model.ts"
import { readModelRef, readPrompt } from "./chat-message.ts"
import { readFailure } from "./failure.ts"

/**
 * `message.updated`: a user message is stored once at the start and again, with a summary, up to seconds after the
 * end; an assistant message when its step begins, twice when it ends, and once more when an error follows.
 */
export function onMessage(runs: RunModel, properties: Fields): void {
  const assistant = readAssistant(properties.info)
  if (assistant) return runs.assistantStored(assistant)
  const prompt = readPrompt(properties.info)
  if (!prompt) return
  runs.promptStored(prompt)
  const lines = readLineChanges(properties.info)
  if (lines) runs.promptChanged(prompt.messageId, lines)
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
