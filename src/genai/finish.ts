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
