import * as names from "../genai/attributes.ts"
import { copied, type Extras } from "./extras.ts"

/**
 * Langfuse: the session on every span, which its newest ingestion asks for, and OpenCode's own cost instead of one
 * by Langfuse's price list. Tags, where the user wants some, are the option `spanAttributes`' `langfuse.trace.tags`.
 */
export const langfuse: Extras = {
  attributes: ({ attributes }) =>
    copied(attributes, { "session.id": names.CONVERSATION_ID, "gen_ai.usage.cost": names.COST }),
}
