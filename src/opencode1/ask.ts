import { type Fields, fields, id, name } from "../host/guards.ts"
import type { Ask } from "../runs/facts.ts"

/**
 * Reads `permission.asked` and `question.asked`. The request's own id is `id`; `tool` names the call, where there is
 * one. Patterns, metadata, questions and answers are content and never read, here or in the replies.
 */
export function readAsk(kind: Ask["kind"], properties: Fields): Ask | undefined {
  const requestId = id(properties.id)
  const sessionId = id(properties.sessionID)
  if (!requestId || !sessionId) return undefined
  const tool = fields(properties.tool)
  const messageId = id(tool?.messageID)
  const callId = id(tool?.callID)
  return {
    kind,
    requestId,
    sessionId,
    permission: kind === "permission" ? name(properties.permission) : undefined,
    call: messageId && callId ? { messageId, callId } : undefined,
  }
}
