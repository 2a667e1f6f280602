import { amount, count, type Fields, fields, id, name, text, time } from "../host/guards.ts"
import type { SessionInfo } from "../runs/facts.ts"
import type { RunModel } from "../runs/run-model.ts"
import { readFailure } from "./failure.ts"

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

/** `info` of `session.created` and `session.updated`. `cost` is USD, cumulative. */
export function readSession(value: unknown): SessionInfo | undefined {
  const info = fields(value)
  const sessionId = id(info?.id)
  if (!info || !sessionId) return undefined
  return {
    sessionId,
    parentId: id(info.parentID),
    createdAt: time(fields(info.time)?.created),
    version: name(info.version),
    cost: amount(info.cost),
    title: readTitle(info.title),
  }
}

/** What OpenCode calls a session until its model has found a title: `New session - 2026-11-21T08:12:52.271Z`. */
const PLACEHOLDER_TITLE = /^(?:New|Child) session - \d{4}-\d\d-\d\dT[\d:.]+Z$/

function readTitle(value: unknown): string | undefined {
  const title = text(value)
  return title === undefined || PLACEHOLDER_TITLE.test(title) ? undefined : title
}
