import { readRequest } from "../host/requests.ts"
import type { RunModel } from "../runs/model.ts"

/** `chat.params`: right before each attempt of a model request, the title's included. */
export function onChatParams(runs: RunModel, input: unknown, output: unknown): void {
  const request = readRequest(input, output)
  if (request) runs.requestSent(request)
}

/** `chat.headers`: right after `chat.params`, with the same input. */
export function onChatHeaders(runs: RunModel, input: unknown): void {
  const request = readRequest(input, undefined)
  if (request) runs.requestHeaders(request)
}
