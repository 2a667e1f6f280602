import { fields, id, list, name, text } from "../host/guards.ts"
import type { RunModel } from "../runs/run-model.ts"

/** `experimental.chat.system.transform`: right before `chat.params`, for the same request: `{ sessionID?, model }`. */
export function onSystemPrompt(runs: RunModel, input: unknown, output: unknown): void {
  const request = fields(input)
  const sessionId = id(request?.sessionID)
  if (!sessionId) return
  const model = fields(request?.model)
  const modelId = name(fields(model?.api)?.id) ?? name(model?.id)
  const prompts = list(fields(output)?.system).flatMap((prompt) => text(prompt) ?? [])
  runs.systemPromptSent(sessionId, modelId, prompts)
}
