import type { Attributes } from "@opentelemetry/api"
import * as names from "../genai/attributes.ts"
import { copied, type EndingSpan, type Extras, type SpanEvent } from "./extras.ts"
import { plainMessages } from "./plain-messages.ts"

/** Observed on OpenCode 1.18: what a conversation begins with after a compaction, its request and the summary. */
const MESSAGES_AFTER = 2

/**
 * W&B Weave Agents: the column of reasoning tokens, the id that tells subagents of one name apart, the card of a
 * compaction, and permissions in the words that `weave-claude-code` uses.
 */
export const weave: Extras = {
  attributes: ({ attributes }: EndingSpan) => ({
    ...copied(attributes, { "weave.usage.reasoning_tokens": names.USAGE_REASONING }),
    ...(attributes[names.SESSION_PARENT_ID] !== undefined &&
      copied(attributes, { [names.AGENT_ID]: names.SESSION_ID })),
    ...(attributes[names.RUN_TRIGGER] === "compaction" &&
      attributes[names.OUTCOME] === "completed" &&
      compaction(attributes)),
  }),

  event({ name, attributes }: SpanEvent) {
    if (name === names.EVENT_PERMISSION_ASKED) return { name: "weave.permission_request" }
    if (name !== names.EVENT_PERMISSION_REPLIED) return undefined
    return {
      name: "weave.permission_resolved",
      attributes: { "weave.permission.approved": attributes?.reply !== "reject" },
    }
  },
}

/** A compaction that failed replaced nothing, and gets no card. */
function compaction(attributes: Attributes): Attributes {
  const [summary] = plainMessages(attributes, names.OUTPUT_MESSAGES)
  return {
    ...copied(attributes, { "weave.compaction.items_before": names.COMPACTED_MESSAGES }),
    "weave.compaction.items_after": MESSAGES_AFTER,
    // Weave takes a text that begins like JSON apart and merges it into the span's tree.
    ...(summary && !/^\s*[{[]/.test(summary.text) && { "weave.compaction.summary": summary.text }),
  }
}
