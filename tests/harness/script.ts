// What the scripted model is told to answer, and which answer a request is due.
import { isRecord, type Json, list, record, string } from "./json.ts"

/** Tokens as an OpenAI-compatible provider reports them: `prompt` includes `cached`, `completion` includes `reasoning`. */
export type Usage = { prompt: number; completion: number; cached?: number; reasoning?: number }

/** One tool call. `rawArgs` replaces the JSON of `args`, to send arguments that are no JSON. */
export type Call = { name: string; args?: Json; rawArgs?: string }

/** One answer of the model: first what it thinks, then what it says, then the tools it calls. */
export type Step = {
  think?: string
  say?: string
  calls?: Call[]
  usage?: Usage | undefined
  finish?: "stop" | "length" | "content_filter" | "tool_calls"
  /** Wait before the first byte. */
  delayMs?: number
  /** Wait between two words. */
  chunkDelayMs?: number
  /** Nothing is answered, no status either, before this promise settles. */
  gate?: Promise<unknown>
  /** The answer stops after its first chunk until this promise settles. */
  hold?: Promise<unknown>
  /** Answer with this HTTP status instead; with `failTimes`, only the first so many attempts. */
  status?: number
  failTimes?: number
  body?: string
  headers?: Record<string, string>
  /** Close the connection after the first chunk: always, or the first so many attempts. */
  drop?: boolean | number
  /** Never answer; the connection stays open until the caller closes it or the model is stopped. */
  hang?: boolean
}

export const DEFAULT_USAGE: Usage = { prompt: 100, completion: 20 }

/** What a request asks for: the next step of a script, a title, or the summary of a compaction. */
export type Kind = "step" | "title" | "summary"

/** The parts of a chat completion request that decide its answer. */
export type ChatRequest = { model: string; stream: boolean; messages: Json[]; tools: string[]; raw: Json }

export function chatRequest(body: unknown): ChatRequest {
  const raw = record(body)
  const tools = list(raw.tools).map((tool) => string(record(record(tool).function).name) ?? "")
  return {
    model: string(raw.model) ?? "",
    stream: raw.stream === true,
    messages: list(raw.messages).filter(isRecord),
    tools,
    raw,
  }
}

/** OpenCode gives tools to every agent; its title and compaction requests have none. */
export function kindOf(request: ChatRequest): Kind {
  if (request.tools.length > 0) return "step"
  const system = request.messages.filter((message) => message.role === "system").map(contentOf)
  return system.some((text) => /title generator/i.test(text)) ? "title" : "summary"
}

/** The text of a chat message, whether it is a string or a list of parts. */
export function contentOf(message: Json): string {
  if (typeof message.content === "string") return message.content
  return list(message.content)
    .map((part) => string(record(part).text) ?? "")
    .join("\n")
}

/** Where a session is in its script. After a compaction the history is gone, and only `next` is left. */
type Progress = { key: string; prompt: string; next: number; compacted: boolean }

export type Due = { key: string; index: number; step: Step }

/**
 * The scripts by key, and how far each session is.
 *
 * A request belongs to the newest user message that holds a key: a subagent's prompt has a script of its
 * own, and a message that OpenCode made up in mid-turn changes nothing. The session then goes on step by
 * step, by its own count: the turns in the history tell less, because a compaction replaces them by a
 * summary and an attempt that broke off can leave one more. They are counted only in a session that the
 * model has not seen before, a fork for example.
 */
export class Scripts {
  readonly #scripts = new Map<string, Step[]>()
  readonly #sessions = new Map<string, Progress>()

  set(key: string, steps: Step[]): void {
    this.#scripts.set(key, steps)
  }

  /** A summary was asked for: the session's next request will come without its history. */
  compacted(session: string): void {
    const progress = this.#sessions.get(session)
    if (progress) progress.compacted = true
  }

  /** The step that is due, or undefined where no script was ever named in this session. */
  due(session: string, messages: Json[]): Due | undefined {
    const found = this.#newest(messages)
    const progress = this.#sessions.get(session)
    if (!found) return progress && this.#at(progress.key, progress.next)
    const same = progress?.prompt === found.prompt
    // The prompt is the last word: its first step, unless a compaction has put an old prompt there again.
    const next = same && (found.turns > 0 || progress.compacted) ? progress.next : found.turns
    this.#sessions.set(session, { ...found, next, compacted: same && progress.compacted })
    return this.#at(found.key, next)
  }

  /** The step was answered in full: the session's own count goes on. */
  served(session: string, index: number): void {
    const progress = this.#sessions.get(session)
    if (progress) progress.next = index + 1
  }

  #at(key: string, index: number): Due {
    const step = this.#scripts.get(key)?.[index]
    return { key, index, step: step ?? { say: `(the script "${key}" has no step ${index})` } }
  }

  #newest(messages: Json[]): { key: string; prompt: string; turns: number } | undefined {
    for (let at = messages.length - 1; at >= 0; at--) {
      const message = messages[at]
      if (message?.role !== "user") continue
      const prompt = contentOf(message)
      const key = this.#keyIn(prompt)
      if (key === undefined) continue
      const turns = messages.slice(at + 1).filter((later) => later.role === "assistant").length
      return { key, prompt, turns }
    }
    return undefined
  }

  /** Of several keys in one text the longest is meant: "list files" wins over "list". */
  #keyIn(text: string): string | undefined {
    const keys = [...this.#scripts.keys()].filter((key) => text.includes(key))
    return keys.sort((a, b) => b.length - a.length)[0]
  }
}
