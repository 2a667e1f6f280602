/**
 * Turns what a user calls an endpoint into the URL that traces are posted to.
 *
 * OTLP/HTTP knows two forms (OpenTelemetry specification, OTLP exporter): `OTEL_EXPORTER_OTLP_ENDPOINT` is a
 * base to which `v1/traces` is appended, `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT` is used as it is.
 */
import { basicAuthorization } from "../backends/backend.ts"
import { maskUrl, type Problem, type Report, show } from "./problem.ts"

/**
 * How a URL is completed. `base`: `v1/traces` is appended; `exact`: used as it is; `either`: appended only
 * where there is no path at all, which is what the option and most users mean.
 */
export type EndpointForm = "base" | "exact" | "either"

/** One place that names an endpoint: the option's or variable's name, the text, and how to read it. */
export type EndpointCandidate = Readonly<{ setting: string; value: string; form: EndpointForm }>

/** The URL without credentials, and the `authorization` header that its `user:password@` stood for. */
export type Endpoint = Readonly<{ url: string; authorization?: string }>

const TRACES_PATH = "/v1/traces"
/** IANA: 4317 is OTLP over gRPC, 4318 OTLP over HTTP. */
const GRPC_PORT = "4317"
const LONGEST_URL = 4096

/** Reads one endpoint, or returns undefined when it is no HTTP URL. Reports what it had to assume. */
export function readEndpoint(candidate: EndpointCandidate, report: Report): Endpoint | undefined {
  const url = parseUrl(candidate.value)
  if (!url) return undefined
  const authorization = takeCredentials(url)
  url.hash = ""
  const noted = completePath(url, candidate.form)
  const used = maskUrl(url.href)
  const say = (expected: string, severity: Problem["severity"]) =>
    report({
      setting: candidate.setting,
      given: show(maskUrl(candidate.value)),
      expected,
      used,
      severity,
    })
  if (!hasScheme(candidate.value)) say("a URL that begins with http:// or https://", "warning")
  if (noted) say(noted, "info")
  if (url.port === GRPC_PORT) {
    say("OTLP over HTTP, usually on port 4318 (4317 is the port of OTLP over gRPC)", "warning")
  }
  return authorization ? { url: url.href, authorization } : { url: url.href }
}

/** The problem of an endpoint that `readEndpoint` could not read. `used`: the URL that is used instead. */
export function unreadableEndpoint(candidate: EndpointCandidate, used: string): Problem {
  return {
    setting: candidate.setting,
    given: show(maskUrl(candidate.value)),
    expected: "a URL such as http://localhost:4318",
    used: maskUrl(used),
    severity: "error",
  }
}

function hasScheme(value: string): boolean {
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(value)
}

/** `localhost:4318` would parse as a URL of the scheme `localhost:`, so the scheme is looked for first. */
function parseUrl(value: string): URL | undefined {
  if (value.length > LONGEST_URL || /\s/.test(value)) return undefined
  const parsed = URL.parse(hasScheme(value) ? value : `http://${value.replace(/^\/\//, "")}`)
  if (!parsed || (parsed.protocol !== "http:" && parsed.protocol !== "https:")) return undefined
  if (parsed.hostname === "") return undefined
  if (!hasScheme(value) && !isLoopback(parsed.hostname))
    return URL.parse(parsed.href.replace(/^http:/, "https:")) ?? undefined
  return parsed
}

function isLoopback(hostname: string): boolean {
  return /^(localhost|.*\.localhost|127(\.\d{1,3}){3}|\[::1\]|0\.0\.0\.0)$/.test(hostname)
}

/** Removes `user:password@`: in the URL it would reach logs, and not every HTTP client sends it. */
function takeCredentials(url: URL): string | undefined {
  if (url.username === "" && url.password === "") return undefined
  const authorization = basicAuthorization(decoded(url.username), decoded(url.password))
  url.username = ""
  url.password = ""
  return authorization
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** Appends the path where the form asks for it, before the query. Returns what the user should know. */
function completePath(url: URL, form: EndpointForm): string | undefined {
  const path = url.pathname.replace(/\/+$/, "")
  if (form === "exact") {
    return path === "" ? `a complete URL, usually one that ends in ${TRACES_PATH}` : undefined
  }
  if (path.endsWith(TRACES_PATH)) {
    url.pathname = path
    return form === "base" ? `a base URL without ${TRACES_PATH}, which is appended to it` : undefined
  }
  if (form === "base" || path === "") url.pathname = `${path}${TRACES_PATH}`
  return undefined
}
