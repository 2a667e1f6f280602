import { fields, id, name } from "../host/guards.ts"
import type { RunModel } from "../runs/run-model.ts"

/** `command.execute.before`: a slash command, right before the `chat.message` of its prompt. */
export function onCommand(runs: RunModel, input: unknown): void {
  const command = fields(input)
  const sessionId = id(command?.sessionID)
  const commandName = name(command?.command)
  if (sessionId && commandName) runs.slashCommandSent(sessionId, commandName)
}
