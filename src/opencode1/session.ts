import { count, type Fields, fields, id, time } from "../host/guards.ts"
import type { RunModel } from "../runs/run-model.ts"
import { readFailure } from "./failure.ts"
import { readSession } from "./message-readings.ts"

/** `session.*`: who belongs to whom, when OpenCode works, waits to retry, fails and rests. */
export function onSession(runs: RunModel, properties: Fields, type: string): void {
  const info = readSession(properties.info)
  if (type === "session.created" || type === "session.updated") {
    if (info) runs.sessionStored(info, type === "session.created")
    return
  }
  const sessionId = id(properties.sessionID) ?? info?.sessionId
  if (!sessionId) return
  switch (type) {
    case "session.status":
      return onStatus(runs, sessionId, fields(properties.status))
    case "session.idle":
      return runs.sessionIdle(sessionId)
    case "session.error": {
      const failure = readFailure(properties.error)
      if (failure) runs.sessionFailed(sessionId, failure)
      return
    }
    case "session.compacted":
      return runs.sessionCompacted(sessionId)
    case "session.deleted":
      return runs.sessionDeleted(sessionId)
  }
}

/** `busy` comes at every step, `idle` at the end and once more after an error, `retry` before each wait. */
function onStatus(runs: RunModel, sessionId: string, status: Fields | undefined): void {
  switch (status?.type) {
    case "busy":
      return runs.sessionBusy(sessionId)
    case "idle":
      return runs.sessionIdle(sessionId)
    case "retry": {
      const attempt = count(status.attempt)
      if (attempt !== undefined) runs.sessionRetried(sessionId, { attempt, next: time(status.next) })
      return
    }
  }
}
