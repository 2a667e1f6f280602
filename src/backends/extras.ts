import type { Attributes } from "@opentelemetry/api"

/** A span that is about to end, as far as extras look at it. */
export interface EndingSpan {
  readonly attributes: Attributes
}

/** Something that happened on a span. */
export interface SpanEvent {
  readonly name: string
  readonly attributes?: Attributes | undefined
}

/**
 * What one backend reads beyond the conventions, as pure functions of what a span already carries when it ends: an
 * extra can say the same in the backend's words, but can never send what the span would not have sent anyway.
 */
export interface Extras {
  /** Attributes to add. Names that the span has already are left as they are. */
  attributes?(span: EndingSpan): Attributes
  /** The same event in the backend's words, to stand beside ours. */
  event?(event: SpanEvent): SpanEvent | undefined
}

/** The value under another name, where there is one. */
export function copied(attributes: Attributes, names: Readonly<Record<string, string>>): Attributes {
  const entries = Object.entries(names).flatMap(([to, from]) => {
    const value = attributes[from]
    return value === undefined ? [] : [[to, value] as const]
  })
  return Object.fromEntries(entries)
}

/** A message of `gen_ai.input.messages` or `gen_ai.output.messages`, with what people read in it. */
export interface PlainMessage {
  readonly role: string
  readonly text: string
}

type Json = Readonly<Record<string, unknown>>

/**
 * The messages of a span that carries them, as plain text: what was said, and what tools answered. Reads the JSON
 * that the capture wrote, masked and cut as it is; anything else reads as no messages.
 */
export function plainMessages(attributes: Attributes, name: string): readonly PlainMessage[] {
  return list(parsed(attributes[name])).flatMap((message) => {
    if (!isJson(message) || typeof message.role !== "string") return []
    const text = list(message.parts).flatMap(partText).join("\n")
    return text === "" ? [] : [{ role: message.role, text }]
  })
}

function partText(part: unknown): readonly string[] {
  if (!isJson(part)) return []
  if (part.type === "text" && typeof part.content === "string") return [part.content]
  if (part.type !== "tool_call_response") return []
  return [typeof part.response === "string" ? part.response : JSON.stringify(part.response ?? "")]
}

function parsed(value: unknown): unknown {
  if (typeof value !== "string") return undefined
  try {
    return JSON.parse(value)
  } catch {
    return undefined
  }
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

function isJson(value: unknown): value is Json {
  return typeof value === "object" && value !== null
}
