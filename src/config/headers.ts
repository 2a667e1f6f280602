/**
 * HTTP headers of the export request. Names are compared and kept in lower case, so that `Authorization` from
 * one source and `authorization` from another are the same header.
 */
import type { Pairs } from "../backends/backend.ts"
import { maskSecret, type Report, show } from "./problem.ts"

/** RFC 9110 token. */
const NAME = /^[!#$%&'*+.^_`|~0-9a-z-]{1,128}$/i
/** RFC 9110 field value, in the one-byte characters that HTTP/1.1 clients accept. */
const VALUE = /^[\t\x20-\x7e\x80-\xff]{1,16384}$/
/** What the exporter itself must say about its body; a wrong one makes every request fail. */
const RESERVED = ["content-type", "content-encoding", "content-length", "transfer-encoding", "host"]

/**
 * The usable ones among `given`, by lower-case name. One that HTTP does not allow is reported under `setting`
 * and left out: it would make every request throw. An empty one is what `{env:NAME}` of an unset variable
 * leaves in `opencode.json`.
 */
export function usableHeaders(given: Pairs, setting: string, report: Report): Pairs {
  const usable: [string, string][] = []
  for (const [name, raw] of Object.entries(given)) {
    const key = name.toLowerCase()
    const value = raw.trim()
    const fault = faultOf(key, value)
    if (!fault) usable.push([key, value])
    if (fault) {
      report({
        setting: `${setting} ${show(name)}`,
        given: maskSecret(raw),
        expected: fault,
        used: "the other headers",
        severity: "warning",
      })
    }
  }
  return Object.fromEntries(usable)
}

function faultOf(name: string, value: string): string | undefined {
  if (!NAME.test(name)) return "a valid header name"
  if (RESERVED.includes(name)) return "a header that the exporter does not set itself"
  if (value === "") return "a value (is the variable that it names set?)"
  if (/^(basic|bearer|token)$/i.test(value)) return "credentials after the scheme (is the variable set?)"
  if (!VALUE.test(value)) return "a header value without line breaks or other special characters"
  return undefined
}
