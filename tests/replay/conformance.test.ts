import { expect, test } from "bun:test"
import { readdirSync } from "node:fs"
import { join } from "node:path"
import { renderFindings } from "../conformance/finding.ts"
import { violations } from "../conformance/trace.ts"
import { replay } from "../support/replay.ts"

const recordings = readdirSync(join(import.meta.dirname, "../fixtures/streams"))
  .filter((file) => file.endsWith(".jsonl"))
  .map((file) => file.slice(0, -".jsonl".length))

for (const recording of recordings) {
  test(`what is exported of the recording ${recording} conforms`, () => {
    const plugin = replay(recording)
    expect(plugin.spans().length).toBeGreaterThan(0)
    expect(renderFindings(violations(plugin.spans()))).toBe("")
    expect(plugin.reports).toEqual([])
  })
}
