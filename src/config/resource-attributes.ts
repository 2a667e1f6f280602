/**
 * The resource's attributes as data. Precedence: options → `OPENCODE_RESOURCE_ATTRIBUTES` →
 * `OTEL_SERVICE_NAME` → `OTEL_RESOURCE_ATTRIBUTES` → preset → default.
 */
import type { Environment, Pairs } from "../backends/backend.ts"
import type { AttributeValues } from "./config.ts"
import { DEFAULTS } from "./defaults.ts"
import { firstSet, setVariables } from "./environment.ts"
import type { Options } from "./options.ts"
import { readPairs } from "./pairs.ts"
import type { Report } from "./problem.ts"

const SERVICE_NAME = "service.name"

/** What the user set, without preset and default. */
export function ownResourceAttributes(options: Options, env: Environment, report: Report): AttributeValues {
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
export function withDefaults(own: AttributeValues, preset: Pairs): AttributeValues {
  return { [SERVICE_NAME]: DEFAULTS.serviceName, ...preset, ...own }
}

function pairsOf(env: Environment, name: string, report: Report): Pairs {
  const [variable] = setVariables(env, [name])
  return variable ? readPairs(variable, report) : {}
}
