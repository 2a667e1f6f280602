// Waiting for what OpenCode's bus says of one session.
import { record } from "../../harness/json.ts"
import type { Server } from "../../harness/opencode.ts"

/** The events of one project directory. */
export type Bus = Pick<Server, "events" | "waitForEvent">

/** The ids of the first `count` permissions or questions that the session asked for. */
export async function asks(
  bus: Bus,
  type: "permission.asked" | "question.asked",
  sessionId: string,
  count = 1,
): Promise<string[]> {
  const ids = () =>
    bus.events
      .filter((event) => event.type === type && event.properties.sessionID === sessionId)
      .map((event) => String(event.properties.id))
  await bus.waitForEvent((event) => event.type === type && ids().length >= count)
  return ids()
}

/** Resolves when the session waits to send its request again, for the `attempt`-th time. */
export async function retrying(bus: Bus, sessionId: string, attempt = 1): Promise<void> {
  await bus.waitForEvent(({ type, properties }) => {
    const status = record(properties.status)
    const here = type === "session.status" && properties.sessionID === sessionId
    return here && status.type === "retry" && status.attempt === attempt
  })
}

/** Resolves when a word of the session's answer has arrived. */
export async function streaming(bus: Bus, sessionId: string): Promise<void> {
  await bus.waitForEvent(
    ({ type, properties }) => type === "message.part.delta" && properties.sessionID === sessionId,
  )
}

/** The id of the first subagent's session below `sessionId`, once it works. */
export async function childOf(bus: Bus, sessionId: string): Promise<string> {
  const event = await bus.waitForEvent(
    ({ type, properties }) => type === "session.created" && record(properties.info).parentID === sessionId,
  )
  return String(record(event.properties.info).id)
}
