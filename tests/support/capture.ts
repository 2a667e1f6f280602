import { createRedactor } from "../../src/content/masking.ts"
import { type ContentOptions, resolvePolicy } from "../../src/content/policy.ts"
import { type ContentLimits, createContentFilter } from "../../src/content/truncation.ts"
import { type Capture, createCapture } from "../../src/genai/capture.ts"

/** Content capture as the plugin makes it, without an environment whose values would be masked. */
export function testCapture(
  capture: boolean | ContentOptions = true,
  limits: ContentLimits = { maxValueBytes: 32_768, maxSpanBytes: 262_144 },
): Capture {
  return createCapture(resolvePolicy(capture), createContentFilter(createRedactor({}), limits))
}
