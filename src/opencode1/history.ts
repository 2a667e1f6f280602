import { fields, id, list } from "../host/guards.ts"
import type { RunModel } from "../runs/run-model.ts"

/**
 * `experimental.chat.messages.transform`: before each request, and before a compaction's message is stored, with
 * the conversation as it goes into it: `{ messages: { info, parts }[] }`. Only counted, never read.
 */
export function onHistory(runs: RunModel, output: unknown): void {
  const messages = list(fields(output)?.messages)
  const sessionId = id(fields(fields(messages.at(-1))?.info)?.sessionID)
  if (sessionId) runs.historySent(sessionId, messages.length)
}
