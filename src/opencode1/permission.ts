import type { Fields } from "../host/guards.ts"
import type { RunModel } from "../runs/run-model.ts"
import { readAsk, readPermissionReply } from "./human-readings.ts"

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
