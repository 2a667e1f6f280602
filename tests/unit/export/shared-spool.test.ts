import { afterEach, beforeEach, expect, test } from "bun:test"
import { join } from "node:path"
import { createPipeline } from "../../../src/export/pipeline.ts"
import { ACCEPT, type Collector, startCollector } from "./support/collector.ts"
import { filesIn, scratchFolder } from "./support/folder.ts"
import { startChild } from "./support/process.ts"
import { spanNames } from "./support/spans.ts"
import type { SpoolChild } from "./support/spool-child.ts"

const BURSTS = 20
const SPANS_PER_BURST = 50
const PREFIXES = ["one", "two", "three"]

let collector: Collector
let scratch: ReturnType<typeof scratchFolder>

beforeEach(async () => {
  collector = await startCollector()
  scratch = scratchFolder()
})
afterEach(async () => {
  await collector.close()
  scratch.remove()
})

test("processes that share a folder deliver every span once while the collector fails on and off", async () => {
  // Two thirds of the requests fail, so that all processes keep writing, claiming and giving back files.
  collector.answer = (_, index) => (index % 3 === 2 ? ACCEPT : { do: "status", status: 503 })
  const directory = join(scratch.path, "spool")
  const children = PREFIXES.map((prefix) =>
    startChild("spool-child.ts", {
      endpoint: collector.endpoint,
      directory,
      prefix,
      bursts: BURSTS,
      spansPerBurst: SPANS_PER_BURST,
    } satisfies SpoolChild),
  )
  const ends = await Promise.all(children.map((child) => child.ended()))
  for (const { exitCode, output } of ends) {
    expect(exitCode).toBe(0)
    expect(output).toMatch(/^stats: \{"exported":\d+,"failed":\d+,"rejected":0,"dropped":0,/)
  }

  collector.answer = () => ACCEPT
  const last = createPipeline(
    {
      endpoint: collector.endpoint,
      headers: {},
      compression: "none",
      userAgent: "opencode-traces/0.0.0",
      timeoutMs: 10_000,
      spool: { directory },
    },
    { report: () => {} },
  )
  await last.shutdown(10_000)
  const expected = PREFIXES.flatMap((prefix) => spanNames(BURSTS * SPANS_PER_BURST, prefix))
  expect([...collector.accepted].sort()).toEqual(expected.sort())
  expect(filesIn(directory)).toEqual([])
}, 30_000)
