// The content of spans, as a test writes it down.
import { parse } from "../../harness/json.ts"
import type { ReceivedSpan } from "../../harness/otlp-receiver.ts"
import { CONTENT_ATTRIBUTES as ATTRIBUTES } from "../../support/tellings.ts"

/** What a span says of each kind of content; a kind that it does not carry is not there. */
export interface Told {
  readonly span: string
  readonly input?: unknown
  readonly output?: unknown
  readonly system?: unknown
  readonly args?: unknown
  readonly result?: unknown
  readonly title?: unknown
  readonly status?: string
}

/**
 * The content of the spans, in the order of their start, with what differs from run to run made equal: call ids
 * are numbered (`call 1`, `call 2`, …) in that order, and each of `names` stands for its value.
 */
export function told(spans: readonly ReceivedSpan[], names: Readonly<Record<string, string>> = {}): Told[] {
  const ids = new Map(Object.entries(names))
  const neutral = (json: string) =>
    [...ids].reduce((text, [value, name]) => text.replaceAll(value, name), json)
  const ordered = spans.toSorted((a, b) => a.startMs - b.startMs)
  for (const id of ordered.flatMap(({ attributes }) => callIds(attributes[ATTRIBUTES.output]))) {
    if (!ids.has(id)) ids.set(id, `call ${ids.size - Object.keys(names).length + 1}`)
  }
  return ordered.map((span) => {
    const entries = Object.entries(ATTRIBUTES).flatMap(([kind, key]) => {
      const json = span.attributes[key]
      return typeof json === "string" ? [[kind, parse(neutral(json))] as const] : []
    })
    const title = span.attributes["opencode.session.title"]
    return {
      span: span.name,
      ...Object.fromEntries(entries),
      ...(title !== undefined && { title }),
      ...(span.statusMessage !== "" && { status: neutral(span.statusMessage) }),
    }
  })
}

function callIds(json: unknown): string[] {
  return typeof json === "string" ? [...json.matchAll(/call_[0-9a-f]{8}_\d+/g)].map(([id]) => id) : []
}

/** One user message with that text. */
export function asked(content: string): unknown {
  return [{ role: "user", parts: [text(content)] }]
}

/** One assistant message with these parts. */
export function said(finish: string, ...parts: unknown[]): unknown {
  return [{ role: "assistant", parts, finish_reason: finish }]
}

/** One tool message for each answer. */
export function answered(...answers: readonly (readonly [id: string, response: unknown])[]): unknown {
  return answers.map(([id, response]) => ({
    role: "tool",
    parts: [{ type: "tool_call_response", id, response }],
  }))
}

export const text = (content: string) => ({ type: "text", content })
export const thought = (content: string) => ({ type: "reasoning", content })
export const call = (id: string, name: string, args: unknown) => ({
  type: "tool_call",
  id,
  name,
  arguments: args,
})
