import { isRecord } from "../content/json.ts"

// The message shapes of the OpenTelemetry GenAI semantic conventions (`gen_ai.input.messages`,
// `gen_ai.output.messages`, `gen_ai.system_instructions`), and functions that build them. Nothing here
// knows OpenCode's part types, and nothing here redacts, cuts or serialises: see `src/content/truncation.ts`.

/** Text that a user, a model or a system prompt wrote. The key is `content`: viewers show `text` as raw JSON. */
export interface TextPart {
  readonly type: "text"
  readonly content: string
}

/** The model's reasoning. */
export interface ReasoningPart {
  readonly type: "reasoning"
  readonly content: string
}

/** A call that the model asked for. `arguments` is absent where the capture policy withholds it. */
export interface ToolCallPart {
  readonly type: "tool_call"
  readonly id: string
  readonly name: string
  readonly arguments?: unknown
}

/** What a tool answered to the call of the same id. */
export interface ToolCallResponsePart {
  readonly type: "tool_call_response"
  readonly id: string
  readonly response: unknown
}

export type Modality = "image" | "video" | "audio" | "document"

/** A file by reference. Never a `data:` URL: content travels as a reference or not at all. */
export interface UriPart {
  readonly type: "uri"
  readonly modality: Modality
  readonly uri: string
  readonly mime_type?: string
}

export type MessagePart = TextPart | ReasoningPart | ToolCallPart | ToolCallResponsePart | UriPart

/** One element of `gen_ai.input.messages`. */
export interface InputMessage {
  readonly role: "user" | "tool"
  readonly parts: readonly MessagePart[]
}

/**
 * One element of `gen_ai.output.messages`. The conventions have deprecated `finish_reason` in favour of
 * `gen_ai.response.finish_reasons`, but Phoenix drops the whole list when one message lacks it.
 */
export interface OutputMessage {
  readonly role: "assistant"
  readonly parts: readonly MessagePart[]
  readonly finish_reason: string
}

/** A file as the host describes it. `url` may be `file:`, `http(s):` or `data:`. */
export interface FileReference {
  readonly url: string
  readonly mime?: string
  readonly name?: string
}

/** A text part. */
export function text(content: string): TextPart {
  return { type: "text", content }
}

/** A reasoning part. */
export function reasoning(content: string): ReasoningPart {
  return { type: "reasoning", content }
}

/** A call; pass no arguments where the capture policy withholds them. */
export function toolCall(id: string, name: string, args?: unknown): ToolCallPart {
  return args === undefined
    ? { type: "tool_call", id, name }
    : { type: "tool_call", id, name, arguments: args }
}

/** The answer to a call. */
export function toolResponse(id: string, response: unknown): ToolCallResponsePart {
  return { type: "tool_call_response", id, response }
}

/**
 * A file as a `uri` part. A `data:` URL becomes a text part that names the file and its kind: the
 * conventions forbid such URLs in `uri` parts, and inlined content is what this project never sends.
 */
export function file(reference: FileReference): UriPart | TextPart {
  const inline = /^data:/i.test(reference.url)
  if (inline) return text(describeInlineFile(reference))
  const mime = reference.mime
  const part = { type: "uri", modality: modalityOf(mime), uri: reference.url } as const
  return mime === undefined ? part : { ...part, mime_type: mime }
}

/** The conventions' modality for a MIME type; what is neither image, video nor audio is a document. */
export function modalityOf(mime: string | undefined): Modality {
  const family = mime?.split("/", 1)[0]?.toLowerCase()
  if (family === "image" || family === "video" || family === "audio") return family
  return "document"
}

/** `gen_ai.input.messages` for a prompt: one user message, or none when there is nothing in it. */
export function userMessages(parts: readonly MessagePart[]): readonly InputMessage[] {
  return parts.length === 0 ? [] : [{ role: "user", parts }]
}

/**
 * `gen_ai.input.messages` for tool answers: one `tool` message each, because consumers that flatten a
 * message (Phoenix) keep only the last response of it.
 */
export function toolMessages(responses: readonly ToolCallResponsePart[]): readonly InputMessage[] {
  return responses.map((part) => ({ role: "tool", parts: [part] }))
}

/**
 * `gen_ai.output.messages`: one assistant message with the parts in the order the model produced them,
 * or none when it produced nothing (the conventions forbid made-up output).
 */
export function outputMessages(
  parts: readonly MessagePart[],
  finishReason: string,
): readonly OutputMessage[] {
  return parts.length === 0 ? [] : [{ role: "assistant", parts, finish_reason: finishReason }]
}

/** Finish reasons that the AI SDK, and so OpenCode, spells otherwise than the conventions. */
const SPELLINGS: Readonly<Record<string, string>> = {
  "tool-calls": "tool_call",
  "content-filter": "content_filter",
}

/** A value of `gen_ai.response.finish_reasons` for OpenCode's `finish`; unknown ones pass unchanged. */
export function finishReason(finish: string): string {
  return Object.hasOwn(SPELLINGS, finish) ? (SPELLINGS[finish] ?? finish) : finish
}

/** True when the model expects to be called again: OpenCode's loop goes on after these. */
export function expectsMore(finish: string | undefined): boolean {
  return finish === undefined || finish === "tool-calls" || finish === "unknown"
}

/** `gen_ai.system_instructions`: text parts only, empty ones left out. */
export function systemInstructions(prompts: readonly string[]): readonly TextPart[] {
  return prompts.filter((prompt) => prompt !== "").map(text)
}

function describeInlineFile({ url, mime, name }: FileReference): string {
  const kind = mime ?? /^data:([\w.+-]+\/[\w.+-]+)/i.exec(url.slice(0, 128))?.[1] ?? "file"
  return name === undefined ? `(inline ${kind}, not recorded)` : `(inline ${kind} ${name}, not recorded)`
}

/**
 * The object for `gen_ai.tool.call.arguments`. Arguments that the model wrote as text are read; what is
 * no JSON object goes under `input`.
 */
export function toolArguments(input: unknown): Readonly<Record<string, unknown>> {
  return asObject(input, "input")
}

/**
 * The object for `gen_ai.tool.call.result`, on success only. The conventions want an object and ask to read
 * one out of a string; OpenCode's tools answer with text, which goes under `output` when it is no JSON object.
 */
export function toolResult(output: unknown): Readonly<Record<string, unknown>> {
  return asObject(output, "output")
}

function asObject(value: unknown, key: string): Readonly<Record<string, unknown>> {
  if (isRecord(value)) return value
  if (typeof value !== "string") return { [key]: value }
  return parseObject(value) ?? { [key]: value }
}

function parseObject(source: string): Readonly<Record<string, unknown>> | undefined {
  if (!source.trimStart().startsWith("{")) return undefined
  try {
    const parsed: unknown = JSON.parse(source)
    return isRecord(parsed) ? parsed : undefined
  } catch {
    return undefined
  }
}
