// Measures the export pipeline: what a hook pays per span, how long the event loop is blocked, how fast spans
// leave, and whether memory stays flat while the collector is down.
//
//     node scripts/bun.mjs bench/export.ts
import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createPipeline, type Pipeline } from "../src/export/pipeline.ts"
import { createTracer, endSpans, spanNames } from "../tests/unit/export/support/spans.ts"

const ATTRIBUTES = { "gen_ai.operation.name": "chat", "gen_ai.input.messages": "x".repeat(2_000) }
const MEBIBYTE = 1024 * 1024

const scratch = mkdtempSync(join(tmpdir(), "opencode-traces-bench-"))
const collector = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => new Response() })

function pipeline(endpoint: string, folder: string): Pipeline {
  return createPipeline(
    {
      endpoint,
      headers: {},
      compression: "gzip",
      userAgent: "opencode-traces/0.0.0",
      timeoutMs: 10_000,
      spool: { directory: join(scratch, folder), maxBytes: 16 * MEBIBYTE },
    },
    { report: () => {} },
  )
}

/** The longest time for which a 1 ms timer was late while `work` ran. */
async function longestBlock(work: () => Promise<void>): Promise<number> {
  let longest = 0
  let last = performance.now()
  const timer = setInterval(() => {
    const now = performance.now()
    longest = Math.max(longest, now - last - 1)
    last = now
  }, 1)
  await work()
  clearInterval(timer)
  return longest
}

async function throughput(): Promise<void> {
  const one = pipeline(`${collector.url}v1/traces`, "up")
  const tracer = createTracer(one.processor)
  const names = spanNames(10_000)
  endSpans(tracer, names.slice(0, 500), ATTRIBUTES)
  await one.flush(10_000)
  const started = performance.now()
  endSpans(tracer, names, ATTRIBUTES)
  const ended = performance.now()
  const blocked = await longestBlock(() => one.flush(60_000))
  const flushed = performance.now()
  await one.shutdown(1_000)
  console.log(
    `start + end of a span of 2 KB      ${(((ended - started) / names.length) * 1_000).toFixed(1)} µs`,
  )
  console.log(`export of ${names.length} such spans        ${Math.round(flushed - ended)} ms`)
  console.log(`longest block of the event loop    ${blocked.toFixed(1)} ms`)
}

/** Every round stands for a minute of work: 100 spans. An hour, and then another, with the collector down. */
async function outage(): Promise<void> {
  const one = pipeline("http://127.0.0.1:9/v1/traces", "down")
  const tracer = createTracer(one.processor)
  const names = spanNames(100)
  const folder = join(scratch, "down")
  for (let hour = 0; hour <= 4; hour++) {
    for (let minute = 0; hour > 0 && minute < 60; minute++) {
      endSpans(tracer, names, ATTRIBUTES)
      await one.flush(10_000)
    }
    Bun.gc(true)
    const files = hour === 0 ? [] : readdirSync(folder)
    const disk = files.reduce((sum, name) => sum + statSync(join(folder, name)).size, 0)
    const { heapUsed, rss } = process.memoryUsage()
    const figures = [heapUsed, rss, disk].map((bytes) => `${(bytes / MEBIBYTE).toFixed(1)} MiB`.padStart(10))
    console.log(`collector down, hour ${hour}: heap ${figures[0]}, RSS ${figures[1]}, spool ${figures[2]}`)
  }
  console.log(`in the end: ${JSON.stringify(one.stats())}`)
  await one.shutdown(1_000)
}

try {
  await throughput()
  await outage()
} finally {
  collector.stop(true)
  rmSync(scratch, { recursive: true, force: true })
}
