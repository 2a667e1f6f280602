// Drives the real OpenCode binary: as a server with its HTTP API, and as the one-shot `opencode run`.
import { opencodeBinary } from "../../scripts/binaries.mjs"
import { type Client, createClient } from "./client.ts"
import { type BusEvent, type EventStream, subscribe } from "./events.ts"
import { string } from "./json.ts"
import { end, Output } from "./process.ts"
import { Waiters, within } from "./wait.ts"
import type { Workspace } from "./workspace.ts"

export { createWorkspace, PLUGIN_SPEC, type Workspace } from "./workspace.ts"

/** Start-up takes 5 to 15 s on a small machine; a busy one needs more. */
const START_MS = 90_000

export type Server = Client & {
  url: string
  pid: number
  workspace: Workspace
  /** Everything that OpenCode printed so far. */
  stdout(): string
  stderr(): string
  /** The bus of the workspace's project since the start. */
  events: BusEvent[]
  waitForEvent(test: (event: BusEvent) => boolean, timeoutMs?: number): Promise<BusEvent>
  /** Resolves when the session is idle; counts from the events so far, so call `mark` first for a later idle. */
  waitForIdle(sessionID: string, since?: number, timeoutMs?: number): Promise<BusEvent>
  /** The number of events so far, to be given to `waitForIdle`. */
  mark(): number
  /** A client for another project directory of the same process. */
  at(directory: string): Client
  /** Sends a signal and waits for the end. */
  signal(
    signal: NodeJS.Signals,
    timeoutMs?: number,
  ): Promise<{ exitCode: number | null; signal: string | null }>
  /** Ends the process and what it started, and removes the workspace unless `keep` is set. */
  stop(options?: { keep?: boolean }): Promise<void>
}

/** Starts `opencode serve` on a free port in the workspace's project, and its plugins. */
export async function startServer(workspace: Workspace, env: Record<string, string> = {}): Promise<Server> {
  const waiters = new Waiters()
  const child = Bun.spawn([opencodeBinary(), "serve", "--port", "0", "--hostname", "127.0.0.1"], {
    cwd: workspace.project,
    env: { ...workspace.env, ...env },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  })
  const out = new Output(child.stdout, () => waiters.notify())
  const err = new Output(child.stderr, () => waiters.notify())
  child.exited.then(() => waiters.notify())
  const said = () =>
    `opencode serve (exit code ${child.exitCode}) said: ${(out.text + err.text).slice(-2_000)}`

  let stream: EventStream | undefined
  try {
    const url = await waiters.waitFor(
      () => (child.exitCode === null ? out.text.match(/listening on (http:\/\/\S+)/)?.[1] : ""),
      START_MS,
      said,
    )
    if (!url) throw new Error(said())
    const client = createClient(url, workspace.project)
    stream = await within(subscribe(url, workspace.project), START_MS, "GET /event")
    const bus = stream
    // The first call makes the instance of the directory, which loads the plugins.
    await client.call("GET", "/config")
    return {
      ...client,
      url,
      pid: child.pid,
      workspace,
      stdout: () => out.text,
      stderr: () => err.text,
      events: bus.events,
      waitForEvent: bus.waitFor,
      waitForIdle: (sessionID, since = 0, timeoutMs) =>
        bus.waitFor(
          (event) =>
            event.type === "session.idle" &&
            event.properties.sessionID === sessionID &&
            bus.events.indexOf(event) >= since,
          timeoutMs,
        ),
      mark: () => bus.events.length,
      at: (directory) => createClient(url, directory),
      signal: async (signal, timeoutMs = 30_000) => {
        child.kill(signal)
        await within(child.exited, timeoutMs, `the end after ${signal}`)
        return { exitCode: child.exitCode, signal: string(child.signalCode) ?? null }
      },
      stop: async (options = {}) => {
        bus.close()
        await end(child)
        await within(Promise.all([out.done, err.done]), 5_000, "the end of its output").catch(() => {})
        if (!options.keep) await workspace.remove()
      },
    }
  } catch (error) {
    stream?.close()
    await end(child)
    throw error
  }
}

export type RunResult = {
  exitCode: number | null
  signal: string | null
  stdout: string
  stderr: string
  durationMs: number
}

export type RunOptions = {
  env?: Record<string, string>
  /** More arguments of `opencode run`: `["--agent", "plan"]`. */
  args?: string[]
  /** Called once it runs, with its process id, to signal it, and with what ends it before its time. */
  started?: (pid: number, stop: () => Promise<void>) => void
  timeoutMs?: number
}

/** Runs `opencode run <prompt>` in the workspace's project to its end; kills it after `timeoutMs` and throws. */
export async function runOnce(
  workspace: Workspace,
  prompt: string,
  options: RunOptions = {},
): Promise<RunResult> {
  const start = performance.now()
  const child = Bun.spawn([opencodeBinary(), "run", ...(options.args ?? []), prompt], {
    cwd: workspace.project,
    env: { ...workspace.env, ...options.env },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  })
  const out = new Output(child.stdout)
  const err = new Output(child.stderr)
  try {
    options.started?.(child.pid, () => end(child))
    await within(child.exited, options.timeoutMs ?? START_MS, "opencode run")
  } catch (error) {
    await end(child)
    throw new Error(
      `${error instanceof Error ? error.message : error}; it said: ${(out.text + err.text).slice(-2_000)}`,
    )
  }
  const durationMs = performance.now() - start
  await within(Promise.all([out.done, err.done]), 5_000, "the end of its output").catch(() => {})
  return {
    exitCode: child.exitCode,
    signal: string(child.signalCode) ?? null,
    stdout: out.text,
    stderr: err.text,
    durationMs,
  }
}
