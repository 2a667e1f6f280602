/** Brings options, environment, presets and defaults together, once per plugin instance. */
import type { Backend, Environment, Preset } from "../backends/backend.ts"
import { BACKENDS } from "../backends/index.ts"
import { closeFaulty, resolveContent } from "./capture-options.ts"
import type { Config } from "./config.ts"
import { DEFAULTS } from "./defaults.ts"
import { freeze } from "./freeze.ts"
import { resolveBatch, resolveLimits } from "./limits.ts"
import { optionProblem } from "./option-problems.ts"
import type { Options } from "./options.ts"
import type { Problem, Report } from "./problem.ts"
import { type Fault, readOptions } from "./read-options.ts"
import { ownResourceAttributes, withDefaults } from "./resource-attributes.ts"
import { resolveSampling } from "./sampling.ts"
import { resolveSpool } from "./spool-options.ts"
import { isEnabled } from "./switches.ts"
import { inboundFrom, isRemoteParent } from "./traceparent.ts"
import { namesEndpoint, ownHeaders, resolveTransport } from "./transport.ts"

export type Resolved = Readonly<{ config: Config; problems: readonly Problem[] }>

/**
 * The configuration from the plugin's options and the environment, deeply frozen, and what the user should be
 * told. Never throws, whatever the options are. A plugin that the user switched off tells nothing.
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
 * unsampled parent means that nothing is recorded, which must not be a riddle.
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
