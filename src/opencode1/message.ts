import type { Fields } from "../host/guards.ts"
import type { RunModel } from "../runs/run-model.ts"
import { readAssistant, readLineChanges, readPrompt } from "./message-readings.ts"

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
