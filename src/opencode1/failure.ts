import { fields, number, text, word } from "../host/guards.ts"
import type { Failure } from "../runs/facts.ts"

/** Fixed beginnings of texts that OpenCode 1.18 reports as `UnknownError`, with the name of what they mean. */
const UNNAMED: readonly (readonly [start: string, name: string])[] = [
  ["Model not found: ", "ProviderModelNotFoundError"],
  ["Agent not found: ", "AgentNotFoundError"],
]

/**
 * Reads an error as OpenCode reports it: `{ name, data: { message, statusCode?, responseHeaders?, responseBody? } }`.
 *
 * `error.type` must be of low cardinality: the status code of an `APIError`, else the error's name. The message is
 * content; `responseHeaders` and `responseBody` are never read.
 */
export function readFailure(value: unknown): Failure | undefined {
  const error = fields(value)
  if (!error) return undefined
  const errorName = word(error.name)
  if (errorName === "MessageAbortedError") return { kind: "interrupted" }
  const data = fields(error.data)
  const status = number(data?.statusCode)
  const message = text(data?.message)
  return { kind: "error", type: errorType(errorName, status, message), message }
}

function errorType(
  errorName: string | undefined,
  status: number | undefined,
  message: string | undefined,
): string {
  if (errorName === "APIError" && status !== undefined) return String(status)
  const unnamed = errorName === "UnknownError" && UNNAMED.find(([start]) => message?.startsWith(start))
  return unnamed ? unnamed[1] : (errorName ?? "_OTHER")
}
