import { type Fields, fields } from "../host/guards.ts"
import type { RunModel } from "../runs/run-model.ts"
import { onMessage } from "./message.ts"
import { onPart } from "./message-part.ts"
import { onPermission } from "./permission.ts"
import { onQuestion } from "./question.ts"
import { onSession } from "./session.ts"

type EventHandler = (runs: RunModel, properties: Fields, type: string) => void

/**
 * The events that matter, by type. Everything else (hundreds of `message.part.delta` an answer, dozens of
 * `plugin.added`) costs one look-up.
 */
const HANDLERS: ReadonlyMap<string, EventHandler> = new Map<string, EventHandler>([
  ["session.created", onSession],
  ["session.updated", onSession],
  ["session.status", onSession],
  ["session.idle", onSession],
  ["session.error", onSession],
  ["session.compacted", onSession],
  ["session.deleted", onSession],
  ["message.updated", onMessage],
  ["message.part.updated", onPart],
  ["permission.asked", onPermission],
  ["permission.replied", onPermission],
  ["question.asked", onQuestion],
  ["question.replied", onQuestion],
  ["question.rejected", onQuestion],
])

/** The `event` hook: `{ event: { type, properties } }`. Not awaited by OpenCode, so nothing here may be async. */
export function onEvent(runs: RunModel, input: unknown): void {
  const event = fields(fields(input)?.event)
  const type = event?.type
  if (typeof type !== "string") return
  const handler = HANDLERS.get(type)
  const properties = fields(event?.properties)
  if (handler && properties) handler(runs, properties, type)
}
