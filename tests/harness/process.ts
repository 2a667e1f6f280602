// Starts, reads and ends processes, each by its own id and with everything that it started.
import { readdir, readFile } from "node:fs/promises"
import { within } from "./wait.ts"

/** Whether a process with this id exists. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch {
    // It is gone already.
  }
}

/** Parent of every process of this machine by id; empty where there is no /proc. */
async function parents(): Promise<Map<number, number>> {
  const ids = await readdir("/proc").catch((): string[] => [])
  const found = new Map<number, number>()
  for (const id of ids.filter((name) => /^\d+$/.test(name))) {
    const stat = await readFile(`/proc/${id}/stat`, "utf8").catch(() => "")
    // The second field is the command in parentheses, which may hold spaces: count from its end.
    const parent = stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]
    if (parent) found.set(Number(id), Number(parent))
  }
  return found
}

/** The ids of all processes below `pid`, nearest first. */
export async function descendants(pid: number): Promise<number[]> {
  const parentOf = await parents()
  const found = [pid]
  for (let at = 0; at < found.length; at++) {
    for (const [child, parent] of parentOf) if (parent === found[at]) found.push(child)
  }
  return found.slice(1)
}

/** Ends a process with SIGTERM, after `graceMs` with SIGKILL, and then what it had started and left behind. */
export async function end(child: Bun.Subprocess, graceMs = 5_000): Promise<void> {
  const below = child.exitCode === null ? await descendants(child.pid) : []
  child.kill("SIGTERM")
  await within(child.exited, graceMs, "SIGTERM").catch(() => child.kill("SIGKILL"))
  await child.exited
  for (const pid of below) kill(pid, "SIGKILL")
}

/** Everything a stream says, as text, kept while it is read. */
export class Output {
  text = ""
  readonly done: Promise<void>

  constructor(stream: ReadableStream<Uint8Array>, changed: () => void = () => {}) {
    this.done = this.#read(stream, changed)
  }

  async #read(stream: ReadableStream<Uint8Array>, changed: () => void): Promise<void> {
    const decoder = new TextDecoder()
    for await (const bytes of stream) {
      this.text += decoder.decode(bytes, { stream: true })
      changed()
    }
    changed()
  }
}
