/** What kept a batch from being accepted, as users can act on it. Low cardinality. */
export type FailureKind =
  | "configuration"
  | "unreachable"
  | "timeout"
  | "tls"
  | "busy"
  | "server"
  | "key"
  | "path"
  | "too_large"
  | "encoding"
  | "malformed"

export interface Failure {
  readonly kind: FailureKind
  /** HTTP status, or the runtime's error code: never a message, which could quote a header or a path. */
  readonly detail: string
}

/**
 * How one export attempt ended.
 *
 * - `accepted`: the collector has the batch; `rejected` spans of it were refused (OTLP partial success).
 * - `retry`: the same bytes may be accepted later without anyone doing anything.
 * - `refused`: accepted once somebody mends a key, a project or a path.
 * - `too_large`: fewer spans at a time may be accepted.
 * - `rejected`: these bytes will never be accepted.
 */
export type Outcome =
  | { readonly kind: "accepted"; readonly rejected: number; readonly message: string }
  | { readonly kind: "retry"; readonly failure: Failure; readonly retryAfterMs?: number }
  | { readonly kind: "refused" | "too_large" | "rejected"; readonly failure: Failure }

const HINTS: Record<FailureKind, string> = {
  configuration: "the endpoint, a header or a certificate file cannot be used: check the configuration",
  unreachable: "no connection: is the collector running, and are host and port right?",
  timeout: "no answer in time: is the collector overloaded, or the timeout too short?",
  tls: "the TLS handshake failed: check the CA certificate, the client certificate and the host name",
  busy: "the collector asks to slow down",
  server: "the collector failed on its side",
  key: "the key was not accepted: check the API key, the project and the headers",
  path: "nothing accepts traces at this address: check the path of the endpoint (often /v1/traces)",
  too_large: "one span is larger than the collector accepts",
  encoding: "the collector does not take this encoding: it must accept OTLP over HTTP in protobuf",
  malformed: "the collector cannot read the request: check that it takes OTLP/HTTP, and its size limits",
}

/** One line for people: what happened and what they can do, without address, header or content. */
export function describe(failure: Failure): string {
  return `${HINTS[failure.kind]} (${failure.detail})`
}

/**
 * The outcome that an HTTP status outside 2xx stands for.
 *
 * OTLP/HTTP lists 429, 502, 503 and 504 as retryable. Every other 5xx, and 408, is kept for later as well:
 * losing the spans is worse than asking again. Redirects are not followed (the answer could lead the
 * headers, and so the key, elsewhere) and count as a wrong path.
 */
export function outcomeOfStatus(status: number, retryAfterMs: number | undefined): Outcome {
  const failed = (kind: FailureKind): Failure => ({ kind, detail: `HTTP ${status}` })
  const wait = retryAfterMs === undefined ? {} : { retryAfterMs }
  if (status === 429 || status === 503) return { kind: "retry", failure: failed("busy"), ...wait }
  if (status >= 500 || status === 408) return { kind: "retry", failure: failed("server"), ...wait }
  if (status === 401 || status === 403 || status === 407) return { kind: "refused", failure: failed("key") }
  if (status < 400 || status === 404 || status === 405) return { kind: "refused", failure: failed("path") }
  if (status === 413) return { kind: "too_large", failure: failed("too_large") }
  if (status === 415) return { kind: "rejected", failure: failed("encoding") }
  return { kind: "rejected", failure: failed("malformed") }
}

const CODE = /^[A-Za-z][A-Za-z0-9_]{2,63}$/
const TLS_CODE = /CERT|TLS|SSL|SIGNED|ISSUER|UNABLE_TO|HANDSHAKE/

/** The code of a thrown value (`ECONNREFUSED`, Bun's `ConnectionRefused`), or its class name. */
export function errorCode(error: unknown): string {
  if (!(error instanceof Error)) return "unknown"
  const code: unknown = "code" in error ? error.code : undefined
  return typeof code === "string" && CODE.test(code) ? code : error.name
}

/**
 * The outcome that a thrown `fetch` stands for. Always worth another try: a certificate is renewed, a
 * network comes back. Bun 1.3 reports an unknown host as `ConnectionRefused` too.
 */
export function outcomeOfError(error: unknown): Outcome {
  const detail = errorCode(error)
  return { kind: "retry", failure: { kind: TLS_CODE.test(detail) ? "tls" : "unreachable", detail } }
}
