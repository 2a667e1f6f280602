// An OpenCode plugin that writes down every hook call and bus event, one JSON object a line:
// `t` (epoch ms), `k` (hook name or `event`), `v` (`{i, o}` = the hook's input and output; the event itself).
// The option `file` says where to. The recording tool, not a model for a plugin: it writes synchronously.
import { appendFileSync } from "node:fs"
import { type Json, record, string } from "./json.ts"

/** Hooks with an input and an output. `chat.message` and its kin see the output before and as it is used. */
const HOOKS = [
  "chat.message",
  "chat.params",
  "chat.headers",
  "command.execute.before",
  "tool.execute.before",
  "tool.execute.after",
  "shell.env",
  "experimental.chat.system.transform",
  "experimental.session.compacting",
  "experimental.compaction.autocontinue",
  "experimental.text.complete",
]

/** Long strings and the many fields of models and providers say nothing about the order of things. */
const MAX_STRING = 600
const LONG_FIELDS = new Set(["system", "prompt"])

function shorten(key: string, value: unknown): unknown {
  if (typeof value === "string") {
    const limit = LONG_FIELDS.has(key) ? 120 : MAX_STRING
    return value.length > limit ? `${value.slice(0, limit)}…` : value
  }
  if (key === "model" && typeof value === "object" && value !== null && "capabilities" in value) {
    const { id, providerID, name, api, cost, limit } = record(value)
    return { id, providerID, name, api, cost, limit }
  }
  if (key === "provider" && typeof value === "object" && value !== null && "models" in value) {
    const { id, name, source } = record(value)
    return { id, name, source }
  }
  return value
}

async function server(input: unknown, options: unknown): Promise<Json> {
  const file = string(record(options).file) ?? ""
  const write = (k: string, v: unknown) => {
    const t = Date.now()
    // A provider comes as {info, models, …} too; only its identity is kept.
    appendFileSync(file, `${JSON.stringify({ t, k, v }, shorten)}\n`)
  }
  const { project, directory, worktree } = record(input)
  write("init", { keys: Object.keys(record(input)), project, directory, worktree, bun: Bun.version })
  const hook = (name: string) => async (i: unknown, o: unknown) => write(name, { i, o })
  return {
    ...Object.fromEntries(HOOKS.map((name) => [name, hook(name)])),
    event: async ({ event }: { event: unknown }) => write("event", event),
    dispose: async () => write("dispose", {}),
  }
}

export default { id: "recorder", server }
