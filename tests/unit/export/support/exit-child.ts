// A process with plugin instances: each has ended one span and has one more open. Says "ready" and stays.
import { ROOT_CONTEXT } from "@opentelemetry/api"
import { createPipeline } from "../../../../src/export/pipeline.ts"
import { onProcessEnd } from "../../../../src/export/process-end.ts"
import { createTracer, spanName } from "./spans.ts"

export interface ExitChild {
  readonly endpoint: string
  readonly directory: string
  readonly drainMs: number
  readonly instances: number
  /** What a listener of somebody else does. */
  readonly foreign: "none" | "exit" | "print"
  /** What the process does by itself once it is ready. */
  readonly next: "stay" | "exit" | "leave"
}

const parameter: ExitChild = JSON.parse(process.argv[2] ?? "{}")
const say = (text: string) => process.stdout.write(`${text}\n`)

// As the second copy of the module that one process can hold.
const copy: { onProcessEnd: typeof onProcessEnd } = await import(
  `${import.meta.dir}/../../../../src/export/process-end.ts?copy`
)
if (copy.onProcessEnd === onProcessEnd) throw new Error("the module was not evaluated twice")
const copies = [onProcessEnd, copy.onProcessEnd]

const leave: (() => void)[] = []
for (let index = 0; index < parameter.instances; index++) {
  const pipeline = createPipeline(
    {
      endpoint: parameter.endpoint,
      headers: {},
      compression: "none",
      userAgent: "opencode-traces/0.0.0",
      timeoutMs: 60_000,
      spool: { directory: parameter.directory },
      batch: { scheduleDelayMs: 3_600_000 },
    },
    { report: () => {} },
  )
  const tracer = createTracer(pipeline.processor)
  tracer.startSpan(spanName(index, "ended"), {}, ROOT_CONTEXT).end()
  const open = tracer.startSpan(spanName(index, "open"), {}, ROOT_CONTEXT)
  const register = copies[index % copies.length]
  if (!register) throw new Error("no copy")
  leave.push(
    register({
      endOpenSpans: () => open.end(),
      drain: () => pipeline.shutdown(parameter.drainMs),
      saveNow: () => pipeline.spoolNow(),
    }),
  )
}
leave.push(
  onProcessEnd({
    endOpenSpans: () => {
      throw new Error("an instance that fails")
    },
    drain: () => Promise.reject(new Error("an instance that fails")),
    saveNow: () => {
      throw new Error("an instance that fails")
    },
  }),
)

if (parameter.foreign === "exit") process.on("SIGTERM", () => process.exit(7))
if (parameter.foreign === "print") {
  process.on("SIGTERM", () => say(`foreign: SIGTERM with ${process.listenerCount("SIGTERM")} listeners`))
}
if (parameter.next === "leave") for (const undo of leave) undo()
say(
  `listeners: ${["SIGINT", "SIGTERM", "SIGHUP", "exit"].map((name) => process.listenerCount(name)).join(" ")}`,
)
say("ready")
if (parameter.next === "exit") process.exit(3)
setInterval(() => {}, 1_000)
