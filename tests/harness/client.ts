// The HTTP API of `opencode serve`, as far as the tests drive it.
import { type Json, list, record, string } from "./json.ts"

/** A prompt: its text, or its parts and switches as OpenCode's API takes them. */
export type Prompt =
  | string
  | {
      text?: string
      parts?: Json[]
      agent?: string
      model?: { providerID: string; modelID: string }
      noReply?: boolean
      system?: string
      messageID?: string
      format?: Json
      variant?: string
    }

export type Session = { id: string; parentID: string | undefined; title: string; raw: Json }
/** A message with its parts, as OpenCode stores it. */
export type Message = { info: Json; parts: Json[] }

function session(value: unknown): Session {
  const raw = record(value)
  return { id: string(raw.id) ?? "", parentID: string(raw.parentID), title: string(raw.title) ?? "", raw }
}

function message(value: unknown): Message {
  const raw = record(value)
  return { info: record(raw.info), parts: list(raw.parts).map(record) }
}

function promptBody(prompt: Prompt): Json {
  if (typeof prompt === "string") return { parts: [{ type: "text", text: prompt }] }
  const { text, parts = [], ...rest } = prompt
  return { ...rest, parts: [...(text === undefined ? [] : [{ type: "text", text }]), ...parts] }
}

/**
 * A client for one project directory. Every call throws with the status and the start of the answer where
 * OpenCode does not answer with 2xx, and after `timeoutMs`.
 */
export function createClient(url: string, directory: string, timeoutMs = 120_000) {
  async function call(method: string, path: string, body?: Json): Promise<unknown> {
    const response = await fetch(`${url}${path}?${new URLSearchParams({ directory })}`, {
      method,
      signal: AbortSignal.timeout(timeoutMs),
      ...(method === "GET"
        ? {}
        : { headers: { "content-type": "application/json" }, body: JSON.stringify(body ?? {}) }),
    })
    const text = await response.text()
    if (!response.ok) throw new Error(`${method} ${path} → ${response.status} ${text.slice(0, 500)}`)
    return text.startsWith("{") || text.startsWith("[") ? JSON.parse(text) : text
  }

  return {
    call,
    createSession: async (
      options: { title?: string; parentID?: string; agent?: string; permission?: Json[] } = {},
    ) => session(await call("POST", "/session", options)),
    /** Sends a prompt and waits for the final assistant message. */
    prompt: async (id: string, prompt: Prompt) =>
      message(await call("POST", `/session/${id}/message`, promptBody(prompt))),
    /** Sends a prompt and comes back at once. */
    promptAsync: async (id: string, prompt: Prompt) => {
      await call("POST", `/session/${id}/prompt_async`, promptBody(prompt))
    },
    abort: (id: string) => call("POST", `/session/${id}/abort`),
    /** Runs a `!` shell command. */
    shell: async (id: string, command: string, agent = "build") =>
      message(await call("POST", `/session/${id}/shell`, { agent, command })),
    /** Runs a slash command. */
    command: async (id: string, command: string, args = "", options: Json = {}) =>
      message(await call("POST", `/session/${id}/command`, { command, arguments: args, ...options })),
    summarize: (id: string, modelID = "fake-1", auto = false) =>
      call("POST", `/session/${id}/summarize`, { providerID: "fake", modelID, auto }),
    fork: async (id: string, messageID?: string) =>
      session(await call("POST", `/session/${id}/fork`, messageID === undefined ? {} : { messageID })),
    revert: (id: string, messageID: string) => call("POST", `/session/${id}/revert`, { messageID }),
    unrevert: (id: string) => call("POST", `/session/${id}/unrevert`),
    sessions: async () => list(await call("GET", "/session")).map(session),
    children: async (id: string) => list(await call("GET", `/session/${id}/children`)).map(session),
    messages: async (id: string) => list(await call("GET", `/session/${id}/message`)).map(message),
    permissions: async () => list(await call("GET", "/permission")).map(record),
    replyPermission: (id: string, reply: "once" | "always" | "reject", text?: string) =>
      call("POST", `/permission/${id}/reply`, { reply, ...(text === undefined ? {} : { message: text }) }),
    questions: async () => list(await call("GET", "/question")).map(record),
    replyQuestion: (id: string, answers: string[][]) => call("POST", `/question/${id}/reply`, { answers }),
    rejectQuestion: (id: string) => call("POST", `/question/${id}/reject`),
    deleteSession: (id: string) => call("DELETE", `/session/${id}`),
    /** Disposes this directory's instance; the next call makes a new one. */
    dispose: () => call("POST", "/instance/dispose"),
    disposeAll: () => call("POST", "/global/dispose"),
  }
}

export type Client = ReturnType<typeof createClient>
