// An OTLP/HTTP trace receiver on loopback: what arrives is decoded and kept, and it can misbehave on demand.
import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import { createServer as createTlsServer, type ServerOptions } from "node:https"
import { gunzipSync } from "node:zlib"
import { bodyOf, close, closed, headersOf, listen, pause } from "./http.ts"
import { type OtlpCodec, otlpCodec, type ReceivedSpan } from "./otlp-decode.ts"
import { Waiters } from "./wait.ts"

export type { ReceivedEvent, ReceivedSpan } from "./otlp-decode.ts"

/** An export request as it came: `body` as sent, `spans` decoded, whatever was answered. */
export type ExportRequest = {
  path: string
  headers: Record<string, string>
  body: Uint8Array
  spans: ReceivedSpan[]
}

/**
 * How to answer a request. Only a 2xx answer that was sent in full makes the receiver keep the spans.
 * - `status`, `headers`, `body`: the answer;
 * - `delayMs`: wait before it;
 * - `rejected`: a 200 with a partial success that rejects so many spans;
 * - `hang`: no answer until the caller gives up; `drop`: close the connection without an answer;
 * - `trickle`: the headers at once, then one byte a second.
 */
export type Behaviour = {
  status?: number
  headers?: Record<string, string>
  body?: string | Uint8Array
  delayMs?: number
  rejected?: { spans: number; message: string }
  hang?: boolean
  drop?: boolean
  trickle?: boolean
}

export type OtlpReceiver = {
  /** `http://127.0.0.1:PORT` */
  url: string
  /** `http://127.0.0.1:PORT/v1/traces` */
  tracesUrl: string
  /** Accepted spans in the order of their arrival. */
  spans: ReceivedSpan[]
  /** Every request, accepted or not. */
  requests: ExportRequest[]
  /** Bodies that could not be decoded, as messages. Tests expect none. */
  faults: string[]
  /** Waits until `wanted` holds: so many spans, or a test of all spans. Gives the spans. */
  waitFor(wanted: number | ((spans: ReceivedSpan[]) => boolean), timeoutMs?: number): Promise<ReceivedSpan[]>
  waitForRequests(count: number, timeoutMs?: number): Promise<ExportRequest[]>
  /** How the next requests are answered; without an argument, well. */
  respond(behaviour?: (request: ExportRequest, index: number) => Behaviour | undefined): void
  /** Forgets what came; spans are kept in new arrays, old references stay as they were. */
  reset(): void
  stop(): Promise<void>
}

async function trickle(response: ServerResponse, body: Uint8Array, gone: Promise<void>): Promise<void> {
  response.flushHeaders()
  for (let sent = 0; !response.destroyed; sent++) {
    response.write(sent < body.length ? body.subarray(sent, sent + 1) : new Uint8Array([0]))
    await pause(1_000, gone)
  }
}

/** Answers as told; true when a 2xx was sent in full. */
async function answer(response: ServerResponse, behaviour: Behaviour, codec: OtlpCodec): Promise<boolean> {
  const gone = closed(response)
  await pause(behaviour.delayMs, gone)
  if (behaviour.drop) response.destroy()
  if (behaviour.hang) await gone
  if (response.destroyed) return false
  const status = behaviour.status ?? 200
  const rejected = behaviour.rejected
  const body = behaviour.body ?? codec.response(rejected?.spans, rejected?.message)
  const bytes = typeof body === "string" ? Buffer.from(body) : body
  response.writeHead(status, { "content-type": "application/x-protobuf", ...behaviour.headers })
  if (behaviour.trickle) {
    await trickle(response, bytes, gone)
    return false
  }
  response.end(bytes)
  return status >= 200 && status < 300 && !rejected
}

/** Starts a receiver on a free loopback port; with `tls`, over HTTPS (key, cert, ca, requestCert…). */
export async function startOtlpReceiver(
  options: { port?: number; tls?: ServerOptions } = {},
): Promise<OtlpReceiver> {
  const codec = otlpCodec()
  const waiters = new Waiters()
  let behave: (request: ExportRequest, index: number) => Behaviour | undefined = () => undefined
  let index = 0

  async function handle(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await bodyOf(incoming)
    const request: ExportRequest = {
      path: incoming.url ?? "",
      headers: headersOf(incoming),
      body: new Uint8Array(body),
      spans: [],
    }
    try {
      const zipped = request.headers["content-encoding"] === "gzip"
      request.spans = codec.decode(zipped ? gunzipSync(body) : body)
    } catch (error) {
      receiver.faults.push(error instanceof Error ? error.message : String(error))
    }
    receiver.requests.push(request)
    const accepted = answer(response, behave(request, index++) ?? {}, codec)
    waiters.notify()
    if (!(await accepted)) return
    receiver.spans.push(...request.spans)
    waiters.notify()
  }

  const listener = (incoming: IncomingMessage, response: ServerResponse) => {
    handle(incoming, response).catch(() => response.destroy())
  }
  const server = options.tls ? createTlsServer(options.tls, listener) : createServer(listener)
  const port = await listen(server, options.port)
  const url = `${options.tls ? "https" : "http"}://127.0.0.1:${port}`

  const receiver: OtlpReceiver = {
    url,
    tracesUrl: `${url}/v1/traces`,
    spans: [],
    requests: [],
    faults: [],
    waitFor(wanted, timeoutMs = 30_000) {
      const enough = typeof wanted === "number" ? (spans: ReceivedSpan[]) => spans.length >= wanted : wanted
      return waiters.waitFor(
        () => (enough(receiver.spans) ? receiver.spans : undefined),
        timeoutMs,
        () =>
          `the spans that came are not the ones waited for: ${receiver.spans.map((s) => s.name).join(", ") || "none"}`,
      )
    },
    waitForRequests: (count, timeoutMs = 30_000) =>
      waiters.waitFor(
        () => (receiver.requests.length >= count ? receiver.requests : undefined),
        timeoutMs,
        () => `${receiver.requests.length} of ${count} export requests came`,
      ),
    respond(behaviour = () => undefined) {
      behave = behaviour
      index = 0
    },
    reset() {
      receiver.spans = []
      receiver.requests = []
      receiver.faults = []
    },
    stop: () => close(server),
  }
  return receiver
}
