import type { Failure } from "../runs/facts.ts"
import { fields, name, number } from "./guards.ts"

/**
 * Reads an error as OpenCode reports it: `{ name, data: { message, statusCode?, responseHeaders?, responseBody? } }`.
 *
 * `error.type` must be of low cardinality: the status code of an `APIError`, else the error's name. Message,
 * headers and body may hold what the user or the provider wrote and are never read.
 */
export function readFailure(value: unknown): Failure | undefined {
  const error = fields(value)
  if (!error) return undefined
  const errorName = name(error.name)
  if (errorName === "MessageAbortedError") return { kind: "interrupted" }
  const status = number(fields(error.data)?.statusCode)
  if (errorName === "APIError" && status !== undefined) return { kind: "error", type: String(status) }
  return { kind: "error", type: errorName ?? "_OTHER" }
}
