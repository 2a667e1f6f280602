// The bus of a running OpenCode, as its server sends it.
import { type Json, parse, record, string } from "./json.ts"
import { Waiters } from "./wait.ts"

/** How many events are remembered; the oldest are forgotten first. */
const MAX_EVENTS = 20_000

export type BusEvent = { type: string; properties: Json }

export type EventStream = {
  /** The newest events, oldest first. */
  events: BusEvent[]
  /** The first event, already there or still to come, for which `test` is true. */
  waitFor(test: (event: BusEvent) => boolean, timeoutMs?: number): Promise<BusEvent>
  close(): void
}

function busEvent(data: string): BusEvent | undefined {
  const value = record(parse(data))
  const type = string(value.type)
  return type === undefined ? undefined : { type, properties: record(value.properties) }
}

/** Subscribes to the events of one directory; resolves when the subscription stands. */
export async function subscribe(url: string, directory: string): Promise<EventStream> {
  const controller = new AbortController()
  const waiters = new Waiters()
  const events: BusEvent[] = []
  const response = await fetch(`${url}/event?${new URLSearchParams({ directory })}`, {
    signal: controller.signal,
  })
  if (!response.ok || !response.body) throw new Error(`GET /event → ${response.status}`)
  const body = response.body

  async function read(): Promise<void> {
    const decoder = new TextDecoder()
    let rest = ""
    for await (const bytes of body) {
      const lines = (rest + decoder.decode(bytes, { stream: true })).split("\n")
      rest = lines.pop() ?? ""
      const arrived = lines.filter((line) => line.startsWith("data:")).map((line) => busEvent(line.slice(5)))
      for (const event of arrived) if (event) events.push(event)
      events.splice(0, Math.max(0, events.length - MAX_EVENTS))
      waiters.notify()
    }
  }
  // The stream ends with the server or with `close`: both are the end of the test.
  read().catch(() => {})

  return {
    events,
    waitFor: (test, timeoutMs = 60_000) =>
      waiters.waitFor(
        () => events.find(test),
        timeoutMs,
        () =>
          `no such event; the last were ${events
            .slice(-10)
            .map((event) => event.type)
            .join(", ")}`,
      ),
    close: () => controller.abort(),
  }
}
