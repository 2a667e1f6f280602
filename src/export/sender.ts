import { readFile } from "node:fs/promises"
import { promisify } from "node:util"
import { gzip } from "node:zlib"
import { ProtobufTraceSerializer } from "@opentelemetry/otlp-transformer"
import { errorCode, type Outcome, outcomeOfError, outcomeOfStatus } from "./export-result.ts"
import { parseRetryAfter } from "./retry-after.ts"

/** PEM files, read when the first batch is sent: the start of OpenCode does not wait for them. */
export interface TlsFiles {
  /** Certificates to trust instead of the system's. */
  readonly caFile?: string
  /** Client certificate and its key, for mutual TLS. */
  readonly certFile?: string
  readonly keyFile?: string
}

/** Where and how batches are sent. */
export interface Target {
  /** The full URL that receives `POST`s: nothing is appended. */
  readonly endpoint: string
  readonly headers: Readonly<Record<string, string>>
  readonly compression: "gzip" | "none"
  readonly userAgent: string
  readonly tls?: TlsFiles
}

export interface AttemptLimits {
  /** Hard limit of the whole attempt in milliseconds: connecting, sending, waiting and reading the answer. */
  readonly timeoutMs: number
  /** Ends the attempt before its time, for process death. */
  readonly signal: AbortSignal
}

/** Sends the body of one request, once. Never rejects. */
export type Sender = (body: Uint8Array, limits: AttemptLimits) => Promise<Outcome>

/** OTLP answers are a few bytes; more is never needed to learn that spans were rejected. */
const MAX_ANSWER_BYTES = 64 * 1024
const MAX_MESSAGE_CHARACTERS = 200

const WEB_PAGE = "it answers with a web page, not with OTLP: check the path of the endpoint"

const compress = promisify(gzip)

async function readPem(file: string | undefined): Promise<string | undefined> {
  return file ? await readFile(file, "utf8") : undefined
}

async function readTls(files: TlsFiles): Promise<Bun.TLSOptions> {
  const [ca, cert, key] = await Promise.all([files.caFile, files.certFile, files.keyFile].map(readPem))
  return { ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) }
}

/** The whole answer, or its beginning if it is absurdly long. Rejects when it breaks off or the time is up. */
async function readBounded(response: Response): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  const reader = response.body?.getReader()
  let size = 0
  while (reader && size <= MAX_ANSWER_BYTES) {
    const { value, done } = await reader.read()
    if (done) break
    chunks.push(value)
    size += value.length
  }
  reader?.cancel().catch(() => {})
  return Buffer.concat(chunks)
}

/** One short line of the collector's own words: no control characters, no flood. */
function clean(message: string): string {
  return message
    .replace(/[\p{Cc}\s]+/gu, " ")
    .trim()
    .slice(0, MAX_MESSAGE_CHARACTERS)
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null
}

/**
 * `partial_success` of an answer in the given media type; collectors may answer protobuf or JSON. Weave Agents
 * answers with the fields alone, in snake case: `{ accepted_spans, rejected_spans, error_message }`.
 */
function parsePartialSuccess(answer: Uint8Array, mediaType: string): { rejected: number; message: string } {
  const read = (): unknown =>
    mediaType.includes("json")
      ? JSON.parse(Buffer.from(answer).toString("utf8"))
      : ProtobufTraceSerializer.deserializeResponse(answer)
  try {
    const parsed = answer.length > 0 ? read() : undefined
    const answered = isObject(parsed) ? parsed : {}
    const partial = isObject(answered.partialSuccess) ? answered.partialSuccess : answered
    const rejected = Number(partial.rejectedSpans ?? partial.rejected_spans ?? 0)
    const words = partial.errorMessage ?? partial.error_message
    const message = typeof words === "string" ? clean(words) : ""
    return { rejected: Number.isSafeInteger(rejected) && rejected > 0 ? rejected : 0, message }
  } catch {
    return { rejected: 0, message: "" }
  }
}

async function outcomeOfResponse(response: Response): Promise<Outcome> {
  if (!response.ok) {
    // The body of an error can quote what was sent: it is not read.
    response.body?.cancel().catch(() => {})
    return outcomeOfStatus(response.status, parseRetryAfter(response.headers.get("retry-after"), Date.now()))
  }
  const mediaType = response.headers.get("content-type") ?? ""
  const answer = await readBounded(response)
  // Sending again might double what a peculiar collector took, so this is only reported.
  if (mediaType.includes("html")) return { kind: "accepted", rejected: 0, message: WEB_PAGE }
  return { kind: "accepted", ...parsePartialSuccess(answer, mediaType) }
}

function unusable(detail: string): Outcome {
  return { kind: "refused", failure: { kind: "configuration", detail } }
}

/**
 * A sender for one target, on the runtime's `fetch`. The stock OTLP exporter serialises and sends in one
 * step, so that the bytes could not be kept for later; its time limit is one of idleness, which an answer
 * that trickles never reaches; its retry timers hold the process; and it shows rejected spans to nobody.
 *
 * A batch is accepted when a whole 2xx answer came in time. An answer that breaks off or trickles past the limit
 * counts as none: that can double a batch, but never loses one.
 *
 * Redirects are not followed. Proxies are those of the environment (`HTTP_PROXY`, `HTTPS_PROXY`,
 * `NO_PROXY`), as OpenCode itself uses them. An abandoned connection does not keep the process alive.
 */
export function createSender(target: Target): Sender {
  let tls: Promise<Bun.TLSOptions> | undefined

  function headersFor(): Headers {
    const headers = new Headers(target.headers)
    if (!headers.has("user-agent")) headers.set("user-agent", target.userAgent)
    headers.set("content-type", "application/x-protobuf")
    if (target.compression === "gzip") headers.set("content-encoding", "gzip")
    return headers
  }

  async function send(body: Uint8Array, signal: AbortSignal): Promise<Outcome> {
    let request: BunFetchRequestInit
    try {
      new URL(target.endpoint)
      tls ??= target.tls && readTls(target.tls)
      const options = await tls
      const payload = target.compression === "gzip" ? await compress(body) : body
      request = { method: "POST", headers: headersFor(), body: payload, redirect: "manual", signal }
      if (options) request.tls = options
    } catch (error) {
      tls = undefined
      return unusable(errorCode(error))
    }
    try {
      return await outcomeOfResponse(await fetch(target.endpoint, request))
    } catch (error) {
      // Certificates may have been renewed on disk since they were read.
      tls = undefined
      return outcomeOfError(error)
    }
  }

  return async (body, { timeoutMs, signal }) => {
    const attempt = new AbortController()
    const abort = () => attempt.abort()
    const timer = setTimeout(abort, timeoutMs)
    timer.unref?.()
    signal.addEventListener("abort", abort, { once: true })
    try {
      if (signal.aborted) attempt.abort()
      const outcome = await send(body, attempt.signal)
      const cutShort = attempt.signal.aborted && outcome.kind === "retry"
      return cutShort ? { kind: "retry", failure: { kind: "timeout", detail: `${timeoutMs} ms` } } : outcome
    } finally {
      clearTimeout(timer)
      signal.removeEventListener("abort", abort)
    }
  }
}
