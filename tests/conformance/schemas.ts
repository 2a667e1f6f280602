// The conventions' shapes of message content, as strict as this project's own output: a key that is not
// listed is a mistake (`text` for `content`, `result` for `response`).
import * as v from "valibot"

const id = v.pipe(v.string(), v.nonEmpty())
const text = v.strictObject({ type: v.literal("text"), content: v.string() })

const part = v.variant("type", [
  text,
  v.strictObject({ type: v.literal("reasoning"), content: v.string() }),
  v.strictObject({ type: v.literal("tool_call"), id, name: id, arguments: v.optional(v.unknown()) }),
  v.strictObject({ type: v.literal("tool_call_response"), id, response: v.unknown() }),
  v.strictObject({
    type: v.literal("uri"),
    modality: v.picklist(["image", "video", "audio", "document"]),
    uri: v.pipe(
      v.string(),
      v.check((uri) => !/^data:/i.test(uri), "a uri part must not inline data"),
    ),
    mime_type: v.optional(v.string()),
  }),
])

const parts = v.pipe(v.array(part), v.minLength(1))

/** A tool message with two responses loses one of them in consumers that flatten messages. */
const toolParts = v.pipe(parts, v.length(1, "one tool_call_response for each tool message"))

const inputMessages = v.pipe(
  v.array(
    v.variant("role", [
      v.strictObject({ role: v.literal("user"), parts }),
      v.strictObject({ role: v.literal("tool"), parts: toolParts }),
    ]),
  ),
  v.minLength(1),
)

const outputMessages = v.pipe(
  v.array(v.strictObject({ role: v.literal("assistant"), parts, finish_reason: id })),
  v.minLength(1),
)

const object = v.record(v.string(), v.unknown())

/** Attribute name → schema of the value behind its JSON. */
export const CONTENT_SCHEMAS = {
  "gen_ai.input.messages": inputMessages,
  "gen_ai.output.messages": outputMessages,
  "gen_ai.system_instructions": v.pipe(v.array(text), v.minLength(1)),
  "gen_ai.tool.call.arguments": object,
  "gen_ai.tool.call.result": object,
} as const

/** Why the JSON of that attribute does not conform, or nothing. */
export function contentFault(attribute: keyof typeof CONTENT_SCHEMAS, json: string): string | undefined {
  try {
    const result = v.safeParse(CONTENT_SCHEMAS[attribute], JSON.parse(json))
    if (result.success) return undefined
    const [issue] = result.issues
    return `${v.getDotPath(issue) ?? "value"}: ${issue.message}`
  } catch {
    return "no valid JSON"
  }
}
