import { type Fields, fields, id, time } from "../host/guards.ts"
import type { RunModel } from "../runs/run-model.ts"
import { readCall, readOrigin, readOutput, readPromptPart } from "./part-readings.ts"

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
