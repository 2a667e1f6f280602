// A way that OpenCode's work can go, to be provoked on the real binary.
import type { Json } from "../json.ts"
import type { Server } from "../opencode.ts"
import type { ScriptedModel } from "../scripted-model.ts"

export type Stage = {
  server: Server
  model: ScriptedModel
  /** Notes in the recording what the driver does next. */
  mark(text: string): void
}

export type Scenario = {
  /** Merged over the default `opencode.json`. */
  config?: Json
  /** Drives OpenCode; the recording ends when it resolves, so it waits for what still comes. */
  run(stage: Stage): Promise<void>
}

/** Bash as a tool call. */
export function bash(command: string): { name: string; args: Json } {
  return { name: "bash", args: { command, description: "run it" } }
}

/** A `task` call that spawns (or with `task_id` resumes) a subagent. */
export function task(prompt: string, more: Json = {}): { name: string; args: Json } {
  return { name: "task", args: { description: prompt, prompt, subagent_type: "general", ...more } }
}

/** Resolves when a tool of the session runs; `since` skips earlier events. */
export async function toolRunning(server: Server, session: string, since = 0): Promise<void> {
  await server.waitForEvent((event) => {
    if (event.type !== "message.part.updated" || server.events.indexOf(event) < since) return false
    const part: unknown = event.properties.part
    if (typeof part !== "object" || part === null) return false
    if (!("sessionID" in part) || part.sessionID !== session || !("state" in part)) return false
    const state: unknown = part.state
    return typeof state === "object" && state !== null && "status" in state && state.status === "running"
  })
}

/** OpenCode sends some events late (titles, summaries, what an abort left): this is how long a recording waits. */
export function settle(ms = 1_500): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
