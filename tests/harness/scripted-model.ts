// An OpenAI-compatible model on loopback that answers by script, so that a real OpenCode can be driven exactly.
import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import { chunks, completion } from "./completion.ts"
import { bodyOf, close, closed, headersOf, listen, pause } from "./http.ts"
import { type Json, parse } from "./json.ts"
import { chatRequest, DEFAULT_USAGE, type Kind, kindOf, Scripts, type Step, type Usage } from "./script.ts"
import { Waiters } from "./wait.ts"

export type { Call, Step, Usage } from "./script.ts"

/** How many requests are remembered; the oldest are forgotten first. */
const MAX_REQUESTS = 5_000

/** A request that came in, and what it was answered with. */
export type ModelRequest = {
  kind: Kind
  model: string
  /** The OpenCode session that sent it. */
  session: string
  /** Its parent session, in a subagent. */
  parent: string | undefined
  /** The script and the step of it; undefined for titles and summaries. */
  key: string | undefined
  index: number | undefined
  /** 1 for the first try of a step, 2 for its first retry. */
  attempt: number
  headers: Record<string, string>
  body: Json
  /** What was reported, once the answer was sent in full. */
  usage: Usage | undefined
}

export type ScriptedModel = {
  /** `http://127.0.0.1:PORT/v1` */
  baseURL: string
  /** The newest requests, oldest first. */
  requests: ModelRequest[]
  /** From now on prompts that contain `key` are answered by these steps, one per request. */
  script(key: string, steps: Step[]): void
  /** The answer to title requests. */
  title(step: Step): void
  /** The answer to compaction requests. */
  summary(step: Step): void
  /** The first request, already there or still to come, for which `test` is true. */
  waitForRequest(test: (request: ModelRequest) => boolean, timeoutMs?: number): Promise<ModelRequest>
  /** The `provider` object for `opencode.json`: the provider `fake` with its models. */
  provider(): Json
  /** Closes every connection. */
  stop(): Promise<void>
}

/**
 * Models of the provider. `fake-1` has prices (USD per million tokens), `fake-small` (for titles) has none,
 * `fake-tiny` has so small a context that OpenCode compacts when a step reports about 10,000 tokens.
 */
function models(): Json {
  const cost = { input: 3, output: 15, cache_read: 0.3, cache_write: 3.75 }
  const common = { tool_call: true, reasoning: true }
  return {
    "fake-1": { ...common, name: "Fake One", limit: { context: 200_000, output: 8_000 }, cost },
    "fake-small": { ...common, name: "Fake Small", limit: { context: 200_000, output: 8_000 } },
    "fake-tiny": { ...common, name: "Fake Tiny", limit: { context: 12_000, output: 2_000 }, cost },
  }
}

function sendJson(
  response: ServerResponse,
  status: number,
  body: string,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { "content-type": "application/json", ...headers })
  response.end(body)
}

const errorBody = (message: string) => JSON.stringify({ error: { message, type: "scripted", code: null } })

function turnOf(...parts: unknown[]): string {
  return JSON.stringify(parts)
}

/** Sends one step; true when the caller got all of it. */
async function answer(
  response: ServerResponse,
  step: Step,
  request: ModelRequest,
  stream: boolean,
): Promise<boolean> {
  // Providers never give an id twice, and OpenCode keeps the ids of tool calls.
  const id = crypto.randomUUID().slice(0, 8)
  const gone = closed(response)
  await pause(step.delayMs, gone)
  if (step.gate) await Promise.race([step.gate, gone])
  if (step.hang) await gone
  if (response.destroyed) return false
  if (step.status !== undefined && request.attempt <= (step.failTimes ?? Number.POSITIVE_INFINITY)) {
    sendJson(response, step.status, step.body ?? errorBody(`scripted ${step.status}`), step.headers)
    return false
  }
  if (!stream) {
    sendJson(response, 200, JSON.stringify(completion(step, id, request.model)))
    return true
  }
  const drops = step.drop === true ? Number.POSITIVE_INFINITY : Number(step.drop ?? 0)
  response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-cache" })
  for (const [at, chunk] of chunks(step, id, request.model).entries()) {
    if (at === 2 && request.attempt <= drops) {
      response.destroy()
      return false
    }
    if (at === 2 && step.hold) await Promise.race([step.hold, gone])
    if (at > 0) await pause(step.chunkDelayMs, gone)
    if (response.destroyed) return false
    response.write(`data: ${JSON.stringify(chunk)}\n\n`)
  }
  response.end("data: [DONE]\n\n")
  return true
}

/** Starts the model on a free loopback port. */
export async function startScriptedModel(): Promise<ScriptedModel> {
  const scripts = new Scripts()
  const requests: ModelRequest[] = []
  const attempts = new Map<string, number>()
  const waiters = new Waiters()
  const defaults: Record<Exclude<Kind, "step">, Step> = {
    title: { say: "A scripted title", usage: { prompt: 10, completion: 3 } },
    summary: { say: "What happened so far, in short.", usage: { prompt: 50, completion: 12 } },
  }

  function admit(incoming: IncomingMessage, body: Json): { request: ModelRequest; step: Step | undefined } {
    const headers = headersOf(incoming)
    const chat = chatRequest(body)
    const kind = kindOf(chat)
    const session = headers["x-session-affinity"] ?? headers["x-opencode-session"] ?? ""
    const due = kind === "step" ? scripts.due(session, chat.messages) : undefined
    if (kind === "summary") scripts.compacted(session)
    const turn = turnOf(session, kind, due?.key, due?.index)
    const attempt = (attempts.get(turn) ?? 0) + 1
    attempts.set(turn, attempt)
    const parent = headers["x-parent-session-id"]
    const request: ModelRequest = {
      ...{ kind, model: chat.model, session, parent, key: due?.key, index: due?.index },
      ...{ attempt, headers, body, usage: undefined },
    }
    requests.push(request)
    if (requests.length > MAX_REQUESTS) requests.shift()
    return { request, step: kind === "step" ? due?.step : defaults[kind] }
  }

  async function handle(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    if (incoming.method !== "POST" || incoming.url !== "/v1/chat/completions") {
      sendJson(response, 404, errorBody("only POST /v1/chat/completions is here"))
      return
    }
    const body = chatRequest(parse((await bodyOf(incoming)).toString()))
    const { request, step } = admit(incoming, body.raw)
    waiters.notify()
    if (!step) {
      sendJson(response, 400, errorBody("no script has a key that occurs in this prompt"))
      return
    }
    const whole = await answer(response, step, request, body.stream)
    if (!whole) return
    request.usage = step.usage ?? DEFAULT_USAGE
    if (request.index !== undefined) scripts.served(request.session, request.index)
    // The same prompt may come again: its first attempt is a first attempt then.
    attempts.delete(turnOf(request.session, request.kind, request.key, request.index))
    waiters.notify()
  }

  const server = createServer((incoming, response) => {
    handle(incoming, response).catch(() => response.destroy())
  })
  const port = await listen(server)
  const baseURL = `http://127.0.0.1:${port}/v1`

  return {
    baseURL,
    requests,
    script: (key, steps) => scripts.set(key, steps),
    title: (step) => {
      defaults.title = step
    },
    summary: (step) => {
      defaults.summary = step
    },
    waitForRequest: (test, timeoutMs = 30_000) =>
      waiters.waitFor(
        () => requests.find(test),
        timeoutMs,
        () =>
          `no such model request among ${requests.map((r) => `${r.kind} ${r.key ?? ""}#${r.index ?? ""}`).join(", ")}`,
      ),
    provider: () => ({
      fake: {
        npm: "@ai-sdk/openai-compatible",
        name: "Fake",
        options: { baseURL, apiKey: "scripted" },
        models: models(),
      },
    }),
    stop: () => close(server),
  }
}
