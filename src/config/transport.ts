/**
 * Where traces go and how: endpoint, headers, TLS, timeout, compression, protocol. Precedence: option → preset →
 * `OPENCODE_OTLP_*` → `OTEL_EXPORTER_OTLP_TRACES_*` → `OTEL_EXPORTER_OTLP_*` → default.
 */
import type { Environment, Pairs, Preset } from "../backends/backend.ts"
import type { Config } from "./config.ts"
import { DEFAULTS } from "./defaults.ts"
import { type Endpoint, type EndpointCandidate, readEndpoint, unreadableEndpoint } from "./endpoint.ts"
import { firstSet, integer, parseName, readPairs, readVariable, setVariables } from "./environment.ts"
import type { Options } from "./options.ts"
import { maskSecret, type Report, show } from "./problem.ts"

type Source = Config["endpointSource"]
type Sourced = Readonly<{ source: Source; candidate: EndpointCandidate }>

/** The headers that only the user's own settings give: what a preset does not have to ask for. */
export function ownHeaders(options: Options, env: Environment, report: Report): Pairs {
  return {
    ...headersFrom(env, ["OPENCODE_OTLP_HEADERS"], report),
    ...usableHeaders(options.headers ?? {}, "headers", report),
  }
}

/** True when the user names an endpoint, which a preset that needs one then does not ask for. */
export function namesEndpoint(options: Options, env: Environment): boolean {
  return candidates(options, env, undefined).length > 0
}

export type Transport = Pick<
  Config,
  "endpoint" | "endpointSource" | "headers" | "timeoutMs" | "compression" | "tls"
>

/** `own`: the result of `ownHeaders`. */
export function resolveTransport(
  options: Options,
  env: Environment,
  preset: Preset | undefined,
  own: Pairs,
  report: Report,
): Transport {
  const { endpoint, source } = chooseEndpoint(candidates(options, env, preset), report)
  // The standard variables describe one destination. Where a preset leads elsewhere, their credentials and
  // certificates must not go along.
  const standard = source === "backend" ? {} : env
  reportProtocol(standard, report)
  const names = ["OTEL_EXPORTER_OTLP_HEADERS", "OTEL_EXPORTER_OTLP_TRACES_HEADERS"]
  // Credentials in the URL count as much as the place that gave the URL.
  const inUrl = endpoint.authorization ? { authorization: endpoint.authorization } : {}
  const headers = {
    ...inUrl,
    ...headersFrom(standard, names, report),
    ...preset?.headers,
    ...(source === "option" && inUrl),
    ...own,
  }
  return {
    endpoint: endpoint.url,
    endpointSource: source,
    headers,
    timeoutMs:
      options.timeoutMs ?? readVariable(env, both("TIMEOUT"), integer(1, DEFAULTS.timeoutMs), report),
    compression: options.compression ?? readVariable(env, both("COMPRESSION"), COMPRESSION, report),
    tls: resolveTls(options, standard),
  }
}

const COMPRESSION = {
  parse: (value: string) => parseName(value, ["none", "gzip"]),
  expected: "none or gzip",
  fallback: DEFAULTS.compression,
} as const

/** The two standard names of a setting, the more specific first. */
function both(suffix: string): [string, string] {
  return [`OTEL_EXPORTER_OTLP_TRACES_${suffix}`, `OTEL_EXPORTER_OTLP_${suffix}`]
}

function candidates(options: Options, env: Environment, preset: Preset | undefined): Sourced[] {
  const [traces, base] = both("ENDPOINT")
  const fromEnv = setVariables(env, ["OPENCODE_OTLP_ENDPOINT", traces, base]).map(
    ({ name, value }): Sourced => {
      const form = name === traces ? "exact" : "base"
      return { source: "environment", candidate: { setting: name, value, form } }
    },
  )
  const option: Sourced[] = options.endpoint
    ? [
        {
          source: "option",
          candidate: { setting: "endpoint", value: options.endpoint.trim(), form: "either" },
        },
      ]
    : []
  const backend: Sourced[] = preset?.endpoint
    ? [{ source: "backend", candidate: { ...preset.endpoint, form: "exact" } }]
    : []
  // A preset's credentials must not follow its mistyped address to wherever the variables lead.
  return [...option, ...(backend.length > 0 ? backend : fromEnv)]
}

/** The first candidate that is a URL; the ones before it are reported. */
function chooseEndpoint(
  from: readonly Sourced[],
  report: Report,
): Readonly<{ endpoint: Endpoint; source: Source }> {
  const unreadable: EndpointCandidate[] = []
  const reportUnreadable = (used: string) => {
    for (const candidate of unreadable) report(unreadableEndpoint(candidate, used))
  }
  for (const { source, candidate } of from) {
    const endpoint = readEndpoint(candidate, report)
    if (endpoint) {
      reportUnreadable(endpoint.url)
      return { endpoint, source }
    }
    unreadable.push(candidate)
  }
  reportUnreadable(DEFAULTS.endpoint)
  return { endpoint: { url: DEFAULTS.endpoint }, source: "default" }
}

/** Later names win. */
function headersFrom(env: Environment, names: readonly string[], report: Report): Pairs {
  const lists = setVariables(env, names).map((variable) =>
    usableHeaders(readPairs(variable, report), variable.name, report),
  )
  return Object.assign({}, ...lists)
}

function resolveTls(options: Options, env: Environment): Config["tls"] {
  const certificate = options.certificate ?? firstSet(env, ...both("CERTIFICATE"))
  const clientKey = options.clientKey ?? firstSet(env, ...both("CLIENT_KEY"))
  const clientCertificate = options.clientCertificate ?? firstSet(env, ...both("CLIENT_CERTIFICATE"))
  return {
    ...(certificate && { certificate }),
    ...(clientKey && { clientKey }),
    ...(clientCertificate && { clientCertificate }),
  }
}

/** Only OTLP/HTTP with protobuf is spoken. Every collector that speaks another protocol speaks this one too. */
function reportProtocol(env: Environment, report: Report): void {
  const names = ["OPENCODE_OTLP_PROTOCOL", ...both("PROTOCOL")]
  const supported = "http/protobuf"
  const rule = {
    parse: (value: string) => parseName(value, [supported]),
    expected: supported,
    fallback: supported,
  }
  readVariable(env, names, rule, report)
}

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
function usableHeaders(given: Pairs, setting: string, report: Report): Pairs {
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
