import { readFileSync } from "node:fs"
import { join } from "node:path"
import type { SpanProcessor } from "@opentelemetry/sdk-trace-base"
import { fields } from "../../src/host/guards.ts"
import type { RunDeps } from "../../src/runs/deps.ts"
import { FakeClock } from "./fake-clock.ts"
import { type TestPlugin, testPlugin } from "./plugin.ts"

const STREAMS = join(import.meta.dirname, "../fixtures/streams")

export interface Recorded {
  readonly t: number
  readonly k: string
  readonly v: unknown
}

/** The lines of a recording of the real OpenCode (`tests/fixtures/streams/README.md` says what they hold). */
export function readStream(name: string): Recorded[] {
  return readFileSync(join(STREAMS, `${name}.jsonl`), "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line))
}

/** Calls the plugin's hook as OpenCode did. */
export function play(plugin: TestPlugin, line: Recorded): void {
  plugin.clock.advanceTo(line.t)
  const io = fields(line.v)
  const hook = fields(plugin.hooks)?.[line.k]
  if (typeof hook !== "function") return
  if (line.k === "event") hook({ event: line.v })
  else if (line.k === "config") hook(line.v)
  else hook(io?.i, io?.o)
}

export interface ReplayOptions {
  readonly deps?: Partial<RunDeps>
  readonly processors?: readonly SpanProcessor[]
}

/** Replays a whole recording, then lets the grace period pass. */
export function replay(
  name: string,
  keep: (line: Recorded) => boolean = () => true,
  { deps = {}, processors = [] }: ReplayOptions = {},
): TestPlugin {
  const plugin = testPlugin({}, deps, new FakeClock(0), processors)
  for (const line of readStream(name)) if (keep(line)) play(plugin, line)
  plugin.clock.advance(60_000)
  return plugin
}
