import { describe, expect, test } from "bun:test"
import { outcomeOfError, outcomeOfStatus, describe as sentence } from "../../../src/export/export-result.ts"

describe("outcomeOfStatus", () => {
  test.each([
    [301, "refused", "path"],
    [307, "refused", "path"],
    [400, "rejected", "malformed"],
    [401, "refused", "key"],
    [403, "refused", "key"],
    [404, "refused", "path"],
    [405, "refused", "path"],
    [407, "refused", "key"],
    [408, "retry", "server"],
    [413, "too_large", "too_large"],
    [415, "rejected", "encoding"],
    [422, "rejected", "malformed"],
    [429, "retry", "busy"],
    [500, "retry", "server"],
    [502, "retry", "server"],
    [503, "retry", "busy"],
    [504, "retry", "server"],
  ])("%d is %s (%s)", (status, kind, failure) => {
    const expected = { kind, failure: { kind: failure, detail: `HTTP ${status}` } }
    expect<unknown>(outcomeOfStatus(status, undefined)).toEqual(expected)
  })

  test("the wait that the collector asks for goes along", () => {
    expect(outcomeOfStatus(429, 3_000)).toMatchObject({ kind: "retry", retryAfterMs: 3_000 })
    expect(outcomeOfStatus(503, 0)).toMatchObject({ kind: "retry", retryAfterMs: 0 })
  })
})

describe("outcomeOfError", () => {
  test.each([
    ["ECONNREFUSED", "unreachable"],
    ["ConnectionRefused", "unreachable"],
    ["ECONNRESET", "unreachable"],
    ["ENOTFOUND", "unreachable"],
    ["DEPTH_ZERO_SELF_SIGNED_CERT", "tls"],
    ["UNABLE_TO_VERIFY_LEAF_SIGNATURE", "tls"],
    ["ERR_TLS_CERT_ALTNAME_INVALID", "tls"],
  ])("%s is worth another try (%s)", (code, kind) => {
    const error = Object.assign(new Error("http://user:secret@host/path"), { code })
    const outcome = outcomeOfError(error)
    expect(outcome).toMatchObject({ kind: "retry", failure: { kind, detail: code } })
    expect(JSON.stringify(outcome)).not.toContain("secret")
  })

  test("takes anything that can be thrown", () => {
    for (const thrown of [undefined, "text", 7, null, {}, new TypeError("x")]) {
      expect(outcomeOfError(thrown).kind).toBe("retry")
    }
  })
})

test("a description names what to do and the detail", () => {
  expect(sentence({ kind: "key", detail: "HTTP 401" })).toBe(
    "the key was not accepted: check the API key, the project and the headers (HTTP 401)",
  )
})
