/** Reads `permission.*` and `question.*`. Their patterns, metadata, questions and answers are content: never read. */

import { type Fields, fields, id, name } from "../host/guards.ts"
import type { Ask, Reply } from "../runs/facts.ts"

/** `permission.asked` and `question.asked`. The request's own id is `id`; `tool` names the call, where there is one. */
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

/** `permission.replied {requestID, reply: once|always|reject}`. */
export function readPermissionReply(properties: Fields): Reply | undefined {
  const requestId = id(properties.requestID)
  const { reply } = properties
  if (!requestId || (reply !== "once" && reply !== "always" && reply !== "reject")) return undefined
  return { requestId, reply }
}

/** `question.replied {requestID, answers}` and `question.rejected {requestID}`. */
export function readQuestionReply(properties: Fields, rejected: boolean): Reply | undefined {
  const requestId = id(properties.requestID)
  if (!requestId) return undefined
  return { requestId, reply: rejected ? "reject" : "answer" }
}
