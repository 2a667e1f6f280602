/**
 * The W3C trace context that a CI job or another program hands down in `TRACEPARENT` and `TRACESTATE`, so that
 * OpenCode's runs join its trace (https://www.w3.org/TR/trace-context/, and OpenTelemetry's environment
 * variable carriers).
 */

import { createTraceState, TraceFlags } from "@opentelemetry/api"
import { parseTraceParent } from "@opentelemetry/core"
import type { Environment } from "../backends/backend.ts"
import { firstSet } from "./environment.ts"
import { type Problem, show } from "./problem.ts"

/** A span of another program: 32 and 16 lower-case hex digits, and whether that trace is recorded. */
export type RemoteParent = Readonly<{
  traceId: string
  spanId: string
  sampled: boolean
  /** The vendors' list as it is passed on, where there is a valid one. */
  traceState?: string
}>

/**
 * Reads a `traceparent` value as the W3C recommendation says: version `ff` and ids of zeros are invalid,
 * version `00` has exactly four fields, a later version is read like `00` and may have more, flags other than
 * "sampled" are ignored. Upper case is invalid.
 */
export function parseTraceparent(value: string): RemoteParent | Problem {
  const parsed = parseTraceParent(value.trim())
  if (!parsed) {
    return {
      setting: "TRACEPARENT",
      given: show(value),
      expected: "a W3C traceparent such as 00-<32 hex digits>-<16 hex digits>-01",
      used: "a trace of its own for each prompt",
      severity: "warning",
    }
  }
  const { traceId, spanId, traceFlags } = parsed
  return { traceId, spanId, sampled: (traceFlags & TraceFlags.SAMPLED) !== 0 }
}

/** True for a usable result of `parseTraceparent`. */
export function isRemoteParent(result: RemoteParent | Problem): result is RemoteParent {
  return "traceId" in result
}

/**
 * A `tracestate` value as it may be passed on, or nothing when no entry of it is valid. An invalid one never
 * invalidates the `traceparent` beside it.
 */
export function parseTracestate(value: string): string | undefined {
  const state = createTraceState(value.trim()).serialize()
  return state === "" ? undefined : state
}

/** The trace context in the environment: absent, usable, or a problem. */
export function inboundFrom(env: Environment): RemoteParent | Problem | undefined {
  const given = firstSet(env, "TRACEPARENT")
  if (!given) return undefined
  const parent = parseTraceparent(given)
  if (!isRemoteParent(parent)) return parent
  const traceState = parseTracestate(firstSet(env, "TRACESTATE") ?? "")
  return traceState ? { ...parent, traceState } : parent
}
