import { type Capture, createCapture } from "../../src/genai/capture.ts"
import { createContentFilter } from "../../src/privacy/content.ts"
import { resolvePolicy } from "../../src/privacy/policy.ts"
import { createRedactor } from "../../src/privacy/redact.ts"

/** Everything captured, with the default limits and no secrets but the well-known ones. */
export function fullCapture(): Capture {
  const filter = createContentFilter(createRedactor({}), { maxValueBytes: 32_768, maxSpanBytes: 262_144 })
  return createCapture(resolvePolicy(true), filter)
}
