/** A backend: what one vendor or program needs beyond plain OTLP, and the helpers that its file is written with. */
import type { Extras } from "./extras.ts"

/** Environment variables by name, as in `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>

/** Texts by name: HTTP headers, resource attributes. */
export type Pairs = Readonly<Record<string, string>>

/** What the user set explicitly. It wins over the preset, and what it covers is not missing. */
export type Given = Readonly<{
  endpoint: boolean
  /** By lower-case name. */
  headers: Pairs
  resourceAttributes: Readonly<Record<string, unknown>>
}>

/** A URL and the name of the variable it came from, or of the preset where it is the vendor's own address. */
export type PresetEndpoint = Readonly<{ setting: string; value: string }>

/** How runs relate to an inbound `TRACEPARENT`: children of it, linked to it, or unrelated. */
export type InboundContext = "parent" | "link" | "ignore"

/** The parts of the request and the spans that a backend needs. */
export type Preset = Readonly<{
  /** The complete traces URL. Absent where only the user can know it. */
  endpoint?: PresetEndpoint
  headers: Pairs
  resourceAttributes: Pairs
  /** Where the backend cannot show a run that has a remote parent. */
  inboundContext?: InboundContext
  /** What the user still has to set, as the names of variables. */
  missing: readonly string[]
}>

/** All that is known of one backend, in one file. */
export type Backend = Readonly<{
  /**
   * Endpoint, headers and resource, from the variables that the backend's own tools use. `env`: the process
   * environment with the option `backendEnv` over it, without empty values. Never reports and never throws: it
   * returns what is missing.
   */
  preset: (env: Environment, given: Given) => Preset
  /** What it reads on spans beyond the conventions. Absent: the conventions are enough. */
  extras?: Extras
}>

/** The entries that have a value. */
export function present(entries: Readonly<Record<string, string | undefined>>): Pairs {
  const set = Object.entries(entries).flatMap(([key, value]) => (value ? [[key, value] as const] : []))
  return Object.fromEntries(set)
}

/** The names whose value is absent. */
export function absent(needs: Readonly<Record<string, unknown>>): string[] {
  return Object.keys(needs).filter((name) => needs[name] === undefined || needs[name] === false)
}

/** A base URL from the first of `names` that is set, else from `fallback`. */
export function baseFrom(
  env: Environment,
  names: readonly string[],
  fallback: PresetEndpoint,
): PresetEndpoint {
  const name = names.find((candidate) => env[candidate])
  const value = name ? env[name] : undefined
  return name && value ? { setting: name, value } : fallback
}

/** Puts a path under a base URL, unless the base already ends in it. Takes any text: a base may be wrong. */
export function under(base: string, path: string): string {
  const trimmed = base.replace(/\/+$/, "")
  return trimmed.endsWith(`/${path}`) ? trimmed : `${trimmed}/${path}`
}

/** `Basic` credentials of RFC 7617, in UTF-8. */
export function basicAuthorization(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`, "utf8").toString("base64")}`
}
