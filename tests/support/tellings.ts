// Where spans tell what.
import { list, parse, record } from "../harness/json.ts"
import type { TreeSpan } from "../harness/tree.ts"

export const CONTENT_ATTRIBUTES = {
  input: "gen_ai.input.messages",
  output: "gen_ai.output.messages",
  system: "gen_ai.system_instructions",
  args: "gen_ai.tool.call.arguments",
  result: "gen_ai.tool.call.result",
} as const

type TellingSpan = TreeSpan & { readonly resource?: unknown }

/**
 * Where a span tells something, for short: `chat input text`, `agent output tool_call`, `tool arguments`,
 * `chat status`, `agent title`; whatever has no such name by its attribute, event or field.
 */
export interface Telling {
  readonly place: string
  readonly content: string
}

const KINDS: Readonly<Record<string, string>> = { invoke_agent: "agent", chat: "chat", execute_tool: "tool" }

/** Everything that a span tells, text by text. */
export function tellings(span: TellingSpan): Telling[] {
  const kind = KINDS[String(span.attributes["gen_ai.operation.name"])] ?? "other"
  const attributes = Object.entries(span.attributes).flatMap(([key, value]) => tellingsOf(kind, key, value))
  return [
    ...attributes,
    { place: `${kind} name`, content: span.name },
    { place: `${kind} status`, content: span.statusMessage },
    { place: `${kind} events`, content: JSON.stringify(span.events) },
    { place: "resource", content: JSON.stringify(span.resource ?? {}) },
  ]
}

function tellingsOf(kind: string, key: string, value: unknown): Telling[] {
  const content = typeof value === "string" ? value : JSON.stringify(value)
  switch (key) {
    case CONTENT_ATTRIBUTES.input:
    case CONTENT_ATTRIBUTES.output:
      return list(parse(content))
        .flatMap((message) => list(record(message).parts))
        .map((part) => {
          const way = key === CONTENT_ATTRIBUTES.input ? "input" : "output"
          return { place: `${kind} ${way} ${record(part).type}`, content: JSON.stringify(part) }
        })
    case CONTENT_ATTRIBUTES.system:
      return [{ place: `${kind} instructions`, content }]
    case CONTENT_ATTRIBUTES.args:
      return [{ place: `${kind} arguments`, content }]
    case CONTENT_ATTRIBUTES.result:
      return [{ place: `${kind} result`, content }]
    case "opencode.session.title":
    case "gen_ai.conversation.name":
      return [{ place: `${kind} title`, content }]
    default:
      return [{ place: `${kind} ${key}`, content }]
  }
}

/** Every place where something that matches is told, by what matched; places in alphabetical order. */
export function placesOf(spans: readonly TellingSpan[], pattern: RegExp): Record<string, string[]> {
  const found = spans
    .flatMap(tellings)
    .flatMap(({ place, content }) => [...content.matchAll(pattern)].map(([match]) => ({ match, place })))
  const groups = Map.groupBy(found, ({ match }) => match)
  return Object.fromEntries(
    [...groups].map(([match, told]) => [match, [...new Set(told.map(({ place }) => place))].toSorted()]),
  )
}
