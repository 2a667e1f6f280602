import type { Failure } from "../runs/facts.ts"
import { fields, name, number, text } from "./guards.ts"

/**
 * Reads an error as OpenCode reports it: `{ name, data: { message, statusCode?, responseHeaders?, responseBody? } }`.
 *
 * `error.type` must be of low cardinality: the status code of an `APIError`, else the error's name. The message is
 * content; `responseHeaders` and `responseBody` are never read.
 */
export function readFailure(value: unknown): Failure | undefined {
  const error = fields(value)
  if (!error) return undefined
  const errorName = name(error.name)
  if (errorName === "MessageAbortedError") return { kind: "interrupted" }
  const data = fields(error.data)
  const status = number(data?.statusCode)
  const type = errorName === "APIError" && status !== undefined ? String(status) : (errorName ?? "_OTHER")
  return { kind: "error", type, message: text(data?.message) }
}
