import { fields } from "../host/guards.ts"
import { readPrompt } from "../host/messages.ts"
import type { RunModel } from "../runs/model.ts"

/** `chat.message`: before the prompt is stored. `input.messageID` is usually missing: the id is the output's. */
export function onChatMessage(runs: RunModel, output: unknown): void {
  const prompt = readPrompt(fields(output)?.message)
  if (prompt) runs.promptSent(prompt)
}
