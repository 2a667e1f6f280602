import { amount, count, type Fields, fields, id, name, number, text } from "../host/guards.ts"
import { assign, traceHeaders } from "../host/propagation.ts"
import type { ModelRequest } from "../runs/facts.ts"
import type { RunModel } from "../runs/run-model.ts"

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

/**
 * The input of both hooks, `{ sessionID, agent, model, provider, message }`, and the output of `chat.params`; nothing
 * when it names no prompt. `message` is the user message, not the assistant's.
 */
export function readRequest(input: unknown, output: unknown): ModelRequest | undefined {
  const sent = fields(input)
  const promptId = id(fields(sent?.message)?.id)
  const sessionId = id(sent?.sessionID)
  if (!sent || !promptId || !sessionId) return undefined
  const model = fields(sent.model)
  const params = fields(output)
  return {
    promptId,
    sessionId,
    agent: name(sent.agent) ?? name(fields(sent.agent)?.name),
    model: name(fields(model?.api)?.id) ?? name(model?.id),
    providerId: name(model?.providerID),
    temperature: number(params?.temperature),
    topP: number(params?.topP),
    topK: count(params?.topK),
    maxTokens: count(params?.maxOutputTokens),
    server: readServer(sent, model),
    priced: isPriced(fields(model?.cost)),
  }
}

/** Host and port of the model's API: the model's own URL, else the `baseURL` of its provider's options. */
function readServer(sent: Fields, model: Fields | undefined): ModelRequest["server"] {
  const provider = fields(sent.provider)
  const options = fields(provider?.options) ?? fields(fields(provider?.info)?.options)
  const url = text(fields(model?.api)?.url) ?? text(options?.baseURL)
  if (!url || !URL.canParse(url)) return undefined
  const { hostname, port, protocol } = new URL(url)
  if (!hostname) return undefined
  const address = hostname.replace(/^\[(.*)\]$/, "$1")
  return { address, port: port ? Number(port) : protocol === "http:" ? 80 : 443 }
}

/** Prices are USD per million tokens; OpenCode fills in zeros for a model whose price it does not know. */
function isPriced(cost: Fields | undefined): boolean {
  return (amount(cost?.input) ?? 0) > 0 || (amount(cost?.output) ?? 0) > 0
}
