// What the tests of faults and of process ends share: one scripted turn, its trace, and the spool folder.
import { join } from "node:path"
import { createPipeline } from "../../src/export/pipeline.ts"
import type { Workspace } from "../harness/opencode.ts"
import { type OtlpReceiver, type ReceivedSpan, startOtlpReceiver } from "../harness/otlp-receiver.ts"
import type { Step } from "../harness/script.ts"
import { assertSound, renderTree } from "../harness/tree.ts"
import { filesIn } from "../unit/export/support/folder.ts"

/** The prompt of the turn, and what the model answers: one tool call, then an end. */
export const PROMPT = "say it with bash"
export const STEPS: Step[] = [
  { calls: [{ name: "bash", args: { command: "echo said", description: "say it" } }] },
  { say: "Done." },
]
export const TREE = ["invoke_agent build", "  chat fake-1", "  execute_tool bash", "  chat fake-1"].join("\n")

/** `count` times the trace of the turn. */
export function trees(count: number): string {
  return Array.from({ length: count }, () => TREE).join("\n")
}

export function spoolOf(workspace: Workspace): string {
  return join(workspace.env.XDG_STATE_HOME ?? "", "opencode-traces/spool")
}

/** The environment that sends traces to this endpoint. */
export function exportTo(tracesUrl: string): Record<string, string> {
  return { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: tracesUrl }
}

/** Number of spans in the spool folder, by the names of its files. */
export function spooledSpans(workspace: Workspace): number {
  const counts = filesIn(spoolOf(workspace)).map((name) =>
    Number(/^\d+-[0-9a-f]+-(\d+)-.*\.otlp$/.exec(name)?.[1]),
  )
  return counts.reduce((sum, count) => sum + count, 0)
}

/** Delivers what is in the spool for this endpoint, as the next process would. */
export async function deliverSpool(workspace: Workspace, tracesUrl: string): Promise<void> {
  const config = {
    endpoint: tracesUrl,
    headers: {},
    compression: "none",
    userAgent: "opencode-traces-test",
    timeoutMs: 10_000,
    spool: { directory: spoolOf(workspace) },
  } as const
  await createPipeline(config, { report: () => {} }).shutdown(10_000)
}

/** The traces as text; throws when one is not sound, because a span came twice for example. */
export function tracesOf(spans: readonly ReceivedSpan[]): string {
  assertSound(spans)
  return renderTree(spans)
}

/** A receiver that is gone: an address on which nothing listens, and its port. */
export async function gone(): Promise<{ tracesUrl: string; back: () => Promise<OtlpReceiver> }> {
  const receiver = await startOtlpReceiver()
  await receiver.stop()
  const port = Number(new URL(receiver.url).port)
  return { tracesUrl: receiver.tracesUrl, back: () => startOtlpReceiver({ port }) }
}
