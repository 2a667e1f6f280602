/** The switches that turn the whole plugin off. */
import type { Environment } from "../backends/backend.ts"
import { firstSet, parseName } from "./environment.ts"
import type { Options } from "./options.ts"
import { type Report, show } from "./problem.ts"

const DISABLED = "OTEL_SDK_DISABLED"
const EXPORTER = "OTEL_TRACES_EXPORTER"

/**
 * Off by the option `enabled: false`, by `OTEL_SDK_DISABLED=true` (no other value disables, says the
 * specification), or by `OTEL_TRACES_EXPORTER=none`. Any of them is enough: a switch-off is never overruled.
 */
export function isEnabled(options: Options, env: Environment, report: Report): boolean {
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
