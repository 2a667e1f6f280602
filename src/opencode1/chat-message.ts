import { type Fields, fields, id, name, time } from "../host/guards.ts"
import type { ModelRef, Prompt } from "../runs/facts.ts"
import type { RunModel } from "../runs/run-model.ts"

/** `chat.message`: before the prompt is stored. `input.messageID` is usually missing: the id is the output's. */
export function onChatMessage(runs: RunModel, output: unknown): void {
  const prompt = readPrompt(fields(output)?.message)
  if (prompt) runs.promptSent(prompt)
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

/** `{ providerID, modelID }`: both, or nothing. */
export function readModelRef(value: Fields | undefined): ModelRef | undefined {
  const providerId = name(value?.providerID)
  const modelId = name(value?.modelID)
  return providerId && modelId ? { providerId, modelId } : undefined
}
