import type { Config } from "../config/index.ts"
import { createContentFilter } from "../content/content-filter.ts"
import { createRedactor } from "../content/masking.ts"
import { capturesAnything, resolvePolicy } from "../content/policy.ts"
import { customMasker } from "../content/user-patterns.ts"
import { type Capture, createCapture } from "./capture.ts"

/**
 * What puts content on spans, or nothing where the configuration captures none. A pattern of `redact` that cannot be
 * used may have been meant to protect anything, so then nothing is captured either.
 *
 * Waits only for the engine that runs the user's patterns to load, some milliseconds, and only where there are any.
 */
export async function contentCapture(
  config: Config,
  env: Readonly<Record<string, string | undefined>>,
  alert: (level: "error", message: string) => void,
): Promise<Capture | undefined> {
  const policy = resolvePolicy(config.captureContent)
  if (!capturesAnything(policy)) return undefined
  const custom = await customMasker(config.redact)
  for (const { index, reason } of custom.problems) {
    alert("error", `redact[${index}] cannot be used: ${reason}. No content is captured until it is mended`)
  }
  if (custom.problems.length > 0) return undefined
  const redactor = createRedactor({ env, secrets: Object.values(config.headers), custom: custom.mask })
  const longest = Math.min(config.maxValueBytes, config.limits.attributeValueLength ?? config.maxValueBytes)
  return createCapture(
    policy,
    createContentFilter(redactor, { maxValueBytes: longest, maxSpanBytes: config.maxSpanBytes }),
  )
}
