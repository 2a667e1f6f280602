import type { Attributes } from "@opentelemetry/api"

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
