/**
 * The six samplers that the OpenTelemetry specification names for `OTEL_TRACES_SAMPLER`, as plain data. The
 * `parentbased_` forms keep or drop a trace whole; the default keeps everything.
 */
import type { Environment } from "../backends/backend.ts"
import { firstSet, parseName, parseRatio, readVariable } from "./environment.ts"
import { type Report, show } from "./problem.ts"

export const SAMPLERS = [
  "always_on",
  "always_off",
  "traceidratio",
  "parentbased_always_on",
  "parentbased_always_off",
  "parentbased_traceidratio",
] as const

export type SamplerType = (typeof SAMPLERS)[number]

/** `ratio` is the share of traces kept, 0 to 1; only the two `traceidratio` samplers read it. */
export type Sampling = Readonly<{ type: SamplerType; ratio: number }>

export const DEFAULT_SAMPLER: SamplerType = "parentbased_always_on"
/** The specification's default argument. */
export const DEFAULT_RATIO = 1

type SamplingOptions = Readonly<{ sampler?: SamplerType | undefined; samplerArg?: number | undefined }>

/**
 * Options first, then `OTEL_TRACES_SAMPLER` and `OTEL_TRACES_SAMPLER_ARG`. The variable's argument belongs to
 * the variable's sampler: a sampler from the options does not take it.
 */
export function resolveSampling(options: SamplingOptions, env: Environment, report: Report): Sampling {
  const type =
    options.sampler ??
    readVariable(
      env,
      ["OTEL_TRACES_SAMPLER"],
      {
        parse: (value) => parseName(value, SAMPLERS),
        expected: `one of ${SAMPLERS.join(", ")}`,
        fallback: DEFAULT_SAMPLER,
      },
      report,
    )
  if (options.samplerArg !== undefined) return { type, ratio: options.samplerArg }
  if (options.sampler !== undefined || !type.endsWith("traceidratio")) return { type, ratio: DEFAULT_RATIO }
  return { type, ratio: ratioFrom(env, report) }
}

function ratioFrom(env: Environment, report: Report): number {
  const name = "OTEL_TRACES_SAMPLER_ARG"
  const given = firstSet(env, name)
  const ratio = parseRatio(given ?? "")
  if (ratio !== undefined) return ratio
  report({
    setting: name,
    given: show(given),
    expected: "a number from 0 to 1",
    used: String(DEFAULT_RATIO),
    severity: "warning",
  })
  return DEFAULT_RATIO
}
