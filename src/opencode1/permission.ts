import { type Fields, id } from "../host/guards.ts"
import type { Reply } from "../runs/facts.ts"
import type { RunModel } from "../runs/run-model.ts"
import { readAsk } from "./ask.ts"

/**
 * `permission.asked` comes before or after the call's `running`; `permission.replied` once for every ask that the
 * human's answer settles, and never when the session is aborted instead.
 */
export function onPermission(runs: RunModel, properties: Fields, type: string): void {
  if (type === "permission.asked") {
    const ask = readAsk("permission", properties)
    if (ask) runs.asked(ask)
    return
  }
  const reply = readPermissionReply(properties)
  if (reply) runs.replied(reply)
}

/** `permission.replied {requestID, reply: once|always|reject}`. */
export function readPermissionReply(properties: Fields): Reply | undefined {
  const requestId = id(properties.requestID)
  const { reply } = properties
  if (!requestId || (reply !== "once" && reply !== "always" && reply !== "reject")) return undefined
  return { requestId, reply }
}
