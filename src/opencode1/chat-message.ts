import { fields } from "../host/guards.ts"
import type { RunModel } from "../runs/run-model.ts"
import { readPrompt } from "./message-readings.ts"

/** `chat.message`: before the prompt is stored. `input.messageID` is usually missing: the id is the output's. */
export function onChatMessage(runs: RunModel, output: unknown): void {
  const prompt = readPrompt(fields(output)?.message)
  if (prompt) runs.promptSent(prompt)
}
