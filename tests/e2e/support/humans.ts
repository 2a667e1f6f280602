// What a person is asked.
import type { Server } from "../../harness/opencode.ts"

/** The ids of the permissions or questions that the session has asked for; waits for the first. */
export async function asks(
  server: Server,
  type: "permission.asked" | "question.asked",
  sessionId: string,
): Promise<string[]> {
  const here = (event: { type: string; properties: Readonly<Record<string, unknown>> }) =>
    event.type === type && event.properties.sessionID === sessionId
  await server.waitForEvent(here)
  return server.events.filter(here).map(({ properties }) => String(properties.id))
}
