// A process that ends spans in bursts into a pipeline whose spool it shares with others.
import { createPipeline } from "../../../../src/export/pipeline.ts"
import { createTracer, endSpans, spanNames } from "./spans.ts"

export interface SpoolChild {
  readonly endpoint: string
  readonly directory: string
  readonly prefix: string
  readonly bursts: number
  readonly spansPerBurst: number
}

const parameter: SpoolChild = JSON.parse(process.argv[2] ?? "{}")
/** Runs ahead of the real clock, so that no backoff has to be waited for. */
let now = Date.now()
const pipeline = createPipeline(
  {
    endpoint: parameter.endpoint,
    headers: {},
    compression: "gzip",
    userAgent: "opencode-traces/0.0.0",
    timeoutMs: 10_000,
    spool: { directory: parameter.directory },
  },
  { report: () => {}, now: () => now },
)
const tracer = createTracer(pipeline.processor)
const names = spanNames(parameter.bursts * parameter.spansPerBurst, parameter.prefix)
for (let burst = 0; burst < parameter.bursts; burst++) {
  endSpans(tracer, names.splice(0, parameter.spansPerBurst))
  await pipeline.flush(10_000)
  now += 2_000
}
await pipeline.shutdown(500)
process.stdout.write(`stats: ${JSON.stringify(pipeline.stats())}\n`)
