/** Brings options, environment, presets and defaults together, once per plugin instance. */

import { homedir } from "node:os"
import { isAbsolute, join } from "node:path"
import type { Backend, Environment, Pairs, Preset } from "../backends/backend.ts"
import { BACKENDS } from "../backends/index.ts"
import { closeFaulty, resolveContent } from "./capture-options.ts"
import type { AttributeValues, Config } from "./config.ts"
import { DEFAULTS } from "./defaults.ts"
import { firstSet, parseName, readPairs, setVariables } from "./environment.ts"
import { resolveBatch, resolveLimits, resolveSampling } from "./limits.ts"
import { type Fault, optionProblem, readOptions } from "./option-reader.ts"
import type { Options } from "./options.ts"
import { type Problem, type Report, show } from "./problem.ts"
import { inboundFrom, isRemoteParent } from "./traceparent.ts"
import { namesEndpoint, ownHeaders, resolveTransport } from "./transport.ts"

export type Resolved = Readonly<{ config: Config; problems: readonly Problem[] }>

/**
 * The configuration from the plugin's options and the environment, deeply frozen, and what the user should be
 * told. Never throws, whatever the options are. A plugin that the user switched off reports nothing.
 */
export function resolveConfig(rawOptions: unknown, env: Environment): Resolved {
  const problems: Problem[] = []
  const report: Report = (problem) => problems.push(problem)
  const { options, faults } = readOptions(rawOptions)
  const config = freeze(assemble(options, faults, env, report))
  const fromOptions = faults.map((fault) => optionProblem(fault, config))
  const wanted = config.enabled || faults.some(({ path }) => path.length === 0)
  return Object.freeze({ config, problems: Object.freeze(wanted ? [...fromOptions, ...problems] : []) })
}

function assemble(options: Options, faults: readonly Fault[], env: Environment, report: Report): Config {
  const own = {
    headers: ownHeaders(options, env, report),
    resourceAttributes: ownResourceAttributes(options, env, report),
  }
  const preset = presetOf(options, env, own, report)
  const sampler = resolveSampling(options, env, report)
  const inboundContext = options.inboundContext ?? preset?.inboundContext ?? DEFAULTS.inboundContext
  const resourceAttributes = withDefaults(own.resourceAttributes, preset?.resourceAttributes ?? {})
  reportConfigFile(env, report)
  return {
    enabled: isEnabled(options, env, report),
    ...resolveTransport(options, env, preset, own.headers, report),
    serviceName: String(resourceAttributes["service.name"]),
    resourceAttributes,
    spanAttributes: options.spanAttributes ?? {},
    ...(options.agentName && { agentName: options.agentName }),
    captureContent: closeFaulty(resolveContent(options.captureContent, env, report), faults),
    redact: options.redact ?? [],
    maxValueBytes: options.maxValueBytes ?? DEFAULTS.maxValueBytes,
    maxSpanBytes: options.maxSpanBytes ?? DEFAULTS.maxSpanBytes,
    ...(options.backend && { backend: options.backend }),
    identity: resolveIdentity(options),
    vcs: options.vcs ?? DEFAULTS.vcs,
    providerNames: options.providerNames ?? {},
    sampler,
    limits: resolveLimits(env, report),
    batch: resolveBatch(options.batch ?? {}, env, report),
    flushTimeoutMs: options.flushTimeoutMs ?? DEFAULTS.flushTimeoutMs,
    spool: resolveSpool(options.spool, env),
    inboundContext,
    ...remoteParentOf(inboundContext, sampler.type, env, report),
    propagateToCommands: options.propagateToCommands ?? DEFAULTS.propagateToCommands,
    propagateToProviders: options.propagateToProviders ?? [],
  }
}

function presetOf(
  options: Options,
  env: Environment,
  own: Pick<Config, "headers" | "resourceAttributes">,
  report: Report,
): Preset | undefined {
  if (!options.backend) return undefined
  const backend: Backend = BACKENDS[options.backend]
  const set = Object.entries({ ...env, ...options.backendEnv }).flatMap(([name, value]) => {
    const trimmed = value?.trim()
    return trimmed ? [[name, trimmed] as const] : []
  })
  const preset = backend.preset(Object.fromEntries(set), { ...own, endpoint: namesEndpoint(options, env) })
  if (preset.missing.length > 0) {
    report({
      setting: `backend "${options.backend}"`,
      given: `no ${preset.missing.join(" and no ")}`,
      expected: "them in the environment or in the option backendEnv",
      used: "requests without them, which the backend will refuse",
      severity: "error",
    })
  }
  return preset
}

function resolveIdentity({ identity }: Options): Config["identity"] {
  return {
    ...(identity?.userId && { userId: identity.userId }),
    gitAuthor: identity?.gitAuthor ?? DEFAULTS.identity.gitAuthor,
    hostName: identity?.hostName ?? DEFAULTS.identity.hostName,
  }
}

/**
 * Under a `parentbased_` sampler the runs inherit the decision of the trace that they become part of: an
 * unsampled parent means that nothing is recorded, which the user has to learn.
 */
function remoteParentOf(
  inboundContext: Config["inboundContext"],
  sampler: Config["sampler"]["type"],
  env: Environment,
  report: Report,
): Pick<Config, "remoteParent"> {
  if (inboundContext === "ignore") return {}
  const inbound = inboundFrom(env)
  if (!inbound) return {}
  if (!isRemoteParent(inbound)) {
    report(inbound)
    return {}
  }
  if (inboundContext === "parent" && !inbound.sampled && sampler.startsWith("parentbased_")) {
    report({
      setting: "TRACEPARENT",
      given: "a trace that is not sampled",
      expected: 'a sampled one, or the option inboundContext "link" or "ignore"',
      used: "its decision: no trace is recorded",
      severity: "warning",
    })
  }
  return { remoteParent: inbound }
}

/** The specification lets this file replace all other variables, which would silently change where traces go. */
function reportConfigFile(env: Environment, report: Report): void {
  if (!env.OTEL_CONFIG_FILE?.trim()) return
  report({
    setting: "OTEL_CONFIG_FILE",
    given: "a file",
    expected: "the OTEL_* variables or the plugin's options (this file is not supported)",
    used: "those",
    severity: "warning",
  })
}

const DISABLED = "OTEL_SDK_DISABLED"
const EXPORTER = "OTEL_TRACES_EXPORTER"

/**
 * Off by the option `enabled: false`, by `OTEL_SDK_DISABLED=true` (no other value disables, says the
 * specification), or by `OTEL_TRACES_EXPORTER=none`. Any of them is enough: a switch-off is never overruled.
 */
function isEnabled(options: Options, env: Environment, report: Report): boolean {
  if (options.enabled === false || isDisabled(env, report)) return false
  return exportsTraces(env, report)
}

function isDisabled(env: Environment, report: Report): boolean {
  const given = firstSet(env, DISABLED)
  const value = parseName(given ?? "false", ["true", "false"])
  if (value) return value === "true"
  report({
    setting: DISABLED,
    given: show(given),
    expected: "true or false",
    used: "false",
    severity: "warning",
  })
  return false
}

/** The variable holds a list; `none` disables only where nothing else is asked for. */
function exportsTraces(env: Environment, report: Report): boolean {
  const given = firstSet(env, EXPORTER) ?? "otlp"
  const asked = given
    .split(",")
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== "")
  const others = asked.filter((name) => name !== "otlp" && name !== "none")
  if (others.length > 0) {
    report({
      setting: EXPORTER,
      given: show(others.join(", ")),
      expected: "otlp or none",
      used: "otlp",
      severity: "warning",
    })
  }
  return !(asked.includes("none") && asked.every((name) => name === "none"))
}

const SERVICE_NAME = "service.name"

/** What the user set, without preset and default. */
function ownResourceAttributes(options: Options, env: Environment, report: Report): AttributeValues {
  const serviceName = firstSet(env, "OTEL_SERVICE_NAME")
  return {
    ...pairsOf(env, "OTEL_RESOURCE_ATTRIBUTES", report),
    ...(serviceName && { [SERVICE_NAME]: serviceName }),
    ...pairsOf(env, "OPENCODE_RESOURCE_ATTRIBUTES", report),
    ...options.resourceAttributes,
    ...(options.serviceName && { [SERVICE_NAME]: options.serviceName }),
  }
}

/** All of the resource that configuration decides; `service.name` is always there. */
function withDefaults(own: AttributeValues, preset: Pairs): AttributeValues {
  return { [SERVICE_NAME]: DEFAULTS.serviceName, ...preset, ...own }
}

function pairsOf(env: Environment, name: string, report: Report): Pairs {
  const [variable] = setVariables(env, [name])
  return variable ? readPairs(variable, report) : {}
}

/** `true` and `false` only switch; an object may also say where and how much. */
function resolveSpool(option: Options["spool"], env: Environment): Config["spool"] {
  const given = typeof option === "object" ? option : { enabled: option }
  return {
    enabled: given.enabled ?? DEFAULTS.spool.enabled,
    directory: given.directory ?? defaultDirectory(env),
    maxBytes: given.maxBytes ?? DEFAULTS.spool.maxBytes,
    maxAgeHours: given.maxAgeHours ?? DEFAULTS.spool.maxAgeHours,
  }
}

/**
 * Under the XDG state directory, which is for what survives a restart but is not worth a backup. A relative
 * `XDG_STATE_HOME` does not count, says the XDG specification.
 */
function defaultDirectory(env: Environment): string {
  const state = env.XDG_STATE_HOME ?? ""
  const base = isAbsolute(state) ? state : join(env.HOME || homedir(), ".local", "state")
  return join(base, "opencode-traces", "spool")
}

/** Freezes plain data all the way down and returns it. The data must be a tree. */
export function freeze<T>(value: T): T {
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return value
  for (const child of Object.values(value)) freeze(child)
  return Object.freeze(value)
}
