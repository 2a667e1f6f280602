import { readdirSync, readFileSync } from "node:fs"
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

/** The names of all recordings. */
export function recordings(): string[] {
  return readdirSync(STREAMS)
    .filter((file) => file.endsWith(".jsonl"))
    .map((file) => file.slice(0, -".jsonl".length))
    .toSorted()
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

/** Replays these lines, then lets the grace period pass. `deps`: content capture, for example. */
export function replayLines(
  lines: readonly Recorded[],
  deps: Partial<RunDeps> = {},
  processors: readonly SpanProcessor[] = [],
): TestPlugin {
  const plugin = testPlugin({}, deps, new FakeClock(0), processors)
  for (const line of lines) play(plugin, line)
  plugin.clock.advance(60_000)
  return plugin
}

/** Replays a recording, or those lines of it that are to be kept. */
export function replay(
  name: string,
  keep: (line: Recorded) => boolean = () => true,
  deps: Partial<RunDeps> = {},
): TestPlugin {
  return replayLines(readStream(name).filter(keep), deps)
}
