import { expect, test } from "bun:test"
import { renderFindings } from "../conformance/finding.ts"
import { violations } from "../conformance/trace.ts"
import { testCapture } from "../support/capture.ts"
import { recordings, replay } from "../support/replay.ts"

for (const recording of recordings()) {
  for (const content of [false, true]) {
    test(`what is exported of the recording ${recording} conforms, content ${content ? "on" : "off"}`, () => {
      const plugin = replay(recording, undefined, content ? { capture: testCapture() } : {})
      expect(plugin.spans().length).toBeGreaterThan(0)
      expect(renderFindings(violations(plugin.spans(), { content }))).toBe("")
      expect(plugin.reports).toEqual([])
    })
  }
}
