import { afterEach, beforeEach, describe, expect, test } from "bun:test"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { encode } from "../../../src/export/encoding.ts"
import type { Outcome } from "../../../src/export/export-result.ts"
import { createSender, type Target } from "../../../src/export/sender.ts"
import { type Collector, deadEndpoint, startCollector } from "./support/collector.ts"
import { makeSpans, spanNames } from "./support/spans.ts"

const BODY = encode(makeSpans(spanNames(3))).batches[0]?.bytes ?? new Uint8Array()
const TLS = join(import.meta.dir, "../../fixtures/tls")
const pem = (name: string) => readFileSync(join(TLS, name))

let collector: Collector
beforeEach(async () => {
  collector = await startCollector()
})
afterEach(() => collector.close())

function target(overrides: Partial<Target> = {}): Target {
  return {
    endpoint: collector.endpoint,
    headers: {},
    compression: "none",
    userAgent: "opencode-traces/0.0.0",
    ...overrides,
  }
}

function send(
  overrides: Partial<Target> = {},
  timeoutMs = 5_000,
  signal = new AbortController().signal,
): Promise<Outcome> {
  return createSender(target(overrides))(BODY, { timeoutMs, signal })
}

describe("the request", () => {
  test("is an OTLP/HTTP protobuf POST with the user's headers", async () => {
    expect(await send({ headers: { Authorization: "Bearer x", "x-team": "a=b" } })).toEqual({
      kind: "accepted",
      rejected: 0,
      message: "",
    })
    const [request] = collector.requests
    expect(request?.path).toBe("/v1/traces")
    expect(request?.headers).toMatchObject({
      "content-type": "application/x-protobuf",
      "content-length": String(BODY.length),
      "user-agent": "opencode-traces/0.0.0",
      authorization: "Bearer x",
      "x-team": "a=b",
    })
    expect(collector.accepted).toEqual(spanNames(3))
  })

  test("is compressed when asked for", async () => {
    await send({ compression: "gzip" })
    expect(collector.requests[0]?.headers["content-encoding"]).toBe("gzip")
    expect(collector.accepted).toEqual(spanNames(3))
  })

  test("keeps its content type whatever the user's headers say; the user agent is theirs", async () => {
    await send({ headers: { "Content-Type": "text/plain", "User-Agent": "mine" } })
    expect(collector.requests[0]?.headers).toMatchObject({
      "content-type": "application/x-protobuf",
      "user-agent": "mine",
    })
  })
})

describe("the answer", () => {
  test.each([true, false])("partial success is understood (json: %p)", async (json) => {
    collector.answer = () => ({ do: "partial", rejected: 2, message: "bad\nspan \u0007 id", json })
    expect(await send()).toEqual({ kind: "accepted", rejected: 2, message: "bad span id" })
  })

  test("the collector's words are cut", async () => {
    collector.answer = () => ({ do: "partial", rejected: 0, message: "x".repeat(5_000), json: true })
    expect(await send()).toEqual({ kind: "accepted", rejected: 0, message: "x".repeat(200) })
  })

  test("a web page is accepted, because the status says so, but told", async () => {
    collector.answer = () => ({
      do: "status",
      status: 200,
      headers: { "content-type": "text/html; charset=utf-8" },
    })
    expect(await send()).toEqual({
      kind: "accepted",
      rejected: 0,
      message: "it answers with a web page, not with OTLP: check the path of the endpoint",
    })
  })

  test("that trickles past the limit or breaks off counts as none", async () => {
    collector.answer = () => ({ do: "trickle", status: 200 })
    expect(await send({}, 300)).toEqual({ kind: "retry", failure: { kind: "timeout", detail: "300 ms" } })
    collector.answer = () => ({ do: "break", status: 200 })
    expect(await send()).toEqual({ kind: "retry", failure: { kind: "unreachable", detail: "ECONNRESET" } })
  })

  test("that never ends is cut, and accepted", async () => {
    collector.answer = () => ({ do: "flood" })
    expect(await send()).toEqual({ kind: "accepted", rejected: 0, message: "" })
  })

  test("a status is an outcome, with the wait that was asked for", async () => {
    collector.answer = () => ({ do: "status", status: 429, headers: { "retry-after": "7" } })
    expect(await send()).toEqual({
      kind: "retry",
      failure: { kind: "busy", detail: "HTTP 429" },
      retryAfterMs: 7_000,
    })
  })

  test("redirects are not followed: the key stays here", async () => {
    collector.answer = () => ({ do: "status", status: 307, headers: { location: "/elsewhere" } })
    expect(await send()).toEqual({ kind: "refused", failure: { kind: "path", detail: "HTTP 307" } })
    expect(collector.requests).toHaveLength(1)
  })
})

describe("the deadline", () => {
  test("ends an attempt without an answer; the body of a failing answer is not waited for", async () => {
    collector.answer = () => ({ do: "hang" })
    const timeout: Outcome = { kind: "retry", failure: { kind: "timeout", detail: "200 ms" } }
    expect(await send({}, 200)).toEqual(timeout)
    collector.answer = () => ({ do: "trickle", status: 503 })
    expect(await send({}, 5_000)).toEqual({ kind: "retry", failure: { kind: "busy", detail: "HTTP 503" } })
  })

  test("can be cut short from outside, before and while it runs", async () => {
    collector.answer = () => ({ do: "hang" })
    const controller = new AbortController()
    const sent = send({}, 60_000, controller.signal)
    await collector.until(() => collector.requests.length === 1)
    controller.abort()
    expect(await sent).toMatchObject({ kind: "retry" })
    expect(await send({}, 60_000, controller.signal)).toMatchObject({ kind: "retry" })
    expect(collector.requests).toHaveLength(1)
  })
})

describe("the connection", () => {
  test("refused and dropped ones are worth another try", async () => {
    expect(await send({ endpoint: await deadEndpoint() })).toMatchObject({
      kind: "retry",
      failure: { kind: "unreachable" },
    })
    collector.answer = () => ({ do: "drop" })
    expect(await send()).toMatchObject({
      kind: "retry",
      failure: { kind: "unreachable", detail: "ECONNRESET" },
    })
  })

  test("what cannot be a request is a matter of configuration, and names no secret", async () => {
    const broken: Partial<Target>[] = [
      { endpoint: "not a url" },
      { headers: { authorization: "secret\nsecret" } },
      { headers: { "bad name": "secret" } },
      { tls: { caFile: "/nowhere/secret.pem" } },
    ]
    for (const overrides of broken) {
      const outcome = await send(overrides)
      expect(outcome).toMatchObject({ kind: "refused", failure: { kind: "configuration" } })
      expect(JSON.stringify(outcome)).not.toContain("secret")
    }
  })
})

describe("TLS", () => {
  const server = { cert: pem("server.pem"), key: pem("server.key") }
  const caFile = join(TLS, "ca.pem")

  async function overTls(options: object, tls: Target["tls"]): Promise<Outcome> {
    const secure = await startCollector({ ...server, ...options })
    try {
      const outcome = await send({ endpoint: secure.endpoint, ...(tls && { tls }) })
      expect(secure.accepted).toEqual(outcome.kind === "accepted" ? spanNames(3) : [])
      return outcome
    } finally {
      await secure.close()
    }
  }

  test("a server of a private CA is trusted with that CA only", async () => {
    expect(await overTls({}, { caFile })).toMatchObject({ kind: "accepted" })
    const failure = { kind: "tls" }
    expect(await overTls({}, undefined)).toMatchObject({ kind: "retry", failure })
    expect(await overTls({}, { caFile: join(TLS, "stranger.pem") })).toMatchObject({ kind: "retry", failure })
  })

  test("a server that wants to know its clients gets the client certificate", async () => {
    const mutual = { ca: pem("ca.pem"), requestCert: true, rejectUnauthorized: true }
    const client = { certFile: join(TLS, "client.pem"), keyFile: join(TLS, "client.key") }
    expect(await overTls(mutual, { caFile, ...client })).toMatchObject({ kind: "accepted" })
    expect(await overTls(mutual, { caFile })).toMatchObject({ kind: "retry" })
  })
})
