import { fields } from "../host/guards.ts"
import { assign, traceHeaders } from "../host/propagation.ts"
import type { RunModel } from "../runs/run-model.ts"
import { readRequest } from "./request-readings.ts"

/** `chat.params`: right before each attempt of a model request, the title's included. */
export function onChatParams(runs: RunModel, input: unknown, output: unknown): void {
  const request = readRequest(input, output)
  if (request) runs.requestSent(request)
}

/**
 * `chat.headers`: right after `chat.params`, with the same input. Requests to a provider that the user listed
 * carry the trace on; nobody else learns of it.
 */
export function onChatHeaders(
  runs: RunModel,
  input: unknown,
  output: unknown,
  tracedProviders: readonly string[],
): void {
  const request = readRequest(input, undefined)
  if (!request) return
  const context = runs.requestHeaders(request)
  if (!context || request.providerId === undefined || !tracedProviders.includes(request.providerId)) return
  assign(fields(output)?.headers, traceHeaders(context))
}
