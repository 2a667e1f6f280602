import { createHash, randomBytes } from "node:crypto"
import { chmodSync, mkdirSync, renameSync, unlinkSync, writeFileSync } from "node:fs"
import { chmod, mkdir, readdir, readFile, rename, unlink, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { type Batch, countSpans } from "./encoding.ts"
import { errorCode } from "./export-result.ts"
import { afterFailure, parseName, type SpoolEntry, type SpoolFile, waitingName } from "./spool-name.ts"

export interface SpoolConfig {
  /** Folder shared by all OpenCode processes of the user; created when first needed. */
  readonly directory: string
  /** From `destinationOf`: only files of the same destination are given back. */
  readonly destination: string
  /** Bound on all files together, of every destination. Default of the pipeline: 64 MiB. */
  readonly maxBytes: number
  /** Files older than this are removed. Default of the pipeline: 7 days. */
  readonly maxAgeMs: number
  /**
   * A claim older than this belongs to a process that died. Longer than any attempt can take, or a slow
   * attempt would be repeated by another process.
   */
  readonly staleClaimMs: number
}

export interface SpoolEvents {
  readonly now: () => number
  /** Files were removed to hold a bound, with `spans` in them. */
  readonly onDropped: (spans: number, why: string) => void
  /** Something is wrong with the folder or a file; the message holds no path. */
  readonly onProblem: (message: string) => void
}

/** A batch that waits for another attempt. */
export interface Kept {
  readonly batch: Batch
  /** Epoch ms at which its first attempt was due. */
  readonly createdAt: number
  /** Twelve hexadecimal digits that tell it from all others. */
  readonly id: string
}

/** A batch that this process alone holds, until it says what became of it. */
export interface Claim {
  readonly batch: Batch
  /** Epoch ms at which the batch was first kept. */
  readonly createdAt: number
  /** It was accepted or given up: the file goes. */
  remove(): Promise<void>
  /** It was not accepted: the file waits again, behind those that failed less often. */
  release(): Promise<void>
  /** `release` for process death. */
  releaseNow(): void
}

/** Undeliverable batches on disk, as the very bytes of the OTLP request: `curl --data-binary` can send them. */
export interface Spool {
  /** Writes a batch; false when it could not be written. Never rejects. */
  write(kept: Kept): Promise<boolean>
  /** `write` for process death; of a batch that `write` is busy with, one file remains. Never throws. */
  writeNow(kept: Kept): boolean
  /** Takes the waiting batch that failed least often, the oldest first; `undefined` when there is none. */
  claim(): Promise<Claim | undefined>
}

/** More files than this make listing the folder slow. */
const MAX_FILES = 4_000
/** Other processes' files are looked for this often, when this one has nothing waiting. */
const LIST_AGAIN_MS = 30_000
/** The bounds are checked whenever this share of them was written. */
const SWEEP_SHARE = 32

const FOLDER_MODE = 0o700
const FILE_MODE = 0o600

/**
 * Which collector and which account a batch is for: a hash of the endpoint and of all headers, because the
 * key often names the project. It cannot be turned back, so no secret is on disk.
 */
export function destinationOf(endpoint: string, headers: Readonly<Record<string, string>>): string {
  const identity = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value])
  const sorted = identity.sort((a, b) => (a.join() < b.join() ? -1 : 1))
  return createHash("sha256")
    .update(JSON.stringify([endpoint, sorted]))
    .digest("hex")
    .slice(0, 16)
}

/** A fresh `id` for a batch. */
export function newSpoolId(): string {
  return randomBytes(6).toString("hex")
}

function byTurn(a: SpoolEntry, b: SpoolEntry): number {
  return a.file.attempts - b.file.attempts || a.file.createdAt - b.file.createdAt
}

/** A spool of one destination in a shared folder. Creating it touches nothing. */
export function createSpool(config: SpoolConfig, events: SpoolEvents): Spool {
  const { directory, maxBytes, maxAgeMs, staleClaimMs } = config
  let ready: SpoolEntry[] = []
  let listAgainAt = 0
  let bytesSinceSweep = 0
  let filesSinceSweep = 0

  const pathOf = (name: string) => join(directory, name)

  /** True when it worked. ENOENT is no problem: another process was faster. */
  async function attempt(action: Promise<unknown>): Promise<boolean> {
    try {
      await action
      return true
    } catch (error) {
      const code = errorCode(error)
      if (code !== "ENOENT") events.onProblem(`A file in the spool folder could not be changed (${code}).`)
      return false
    }
  }

  async function setAside(entry: SpoolEntry): Promise<void> {
    const moved = await attempt(rename(pathOf(entry.name), pathOf(`${waitingName(entry.file)}.corrupt`)))
    if (moved)
      events.onDropped(entry.file.spans, "their file in the spool folder is damaged and was set aside")
  }

  async function drop(entry: SpoolEntry, why: string): Promise<void> {
    const removed = await attempt(unlink(pathOf(entry.name)))
    if (removed && entry.state !== "corrupt") events.onDropped(entry.file.spans, why)
  }

  /** Brings one entry back to order, if its process died; true when it still counts against the bounds. */
  async function mend(entry: SpoolEntry, now: number): Promise<boolean> {
    const stale = now - entry.since > staleClaimMs
    if (entry.state === "claimed" && stale) {
      await attempt(rename(pathOf(entry.name), pathOf(waitingName(entry.file))))
      return true
    }
    if (entry.state === "writing" && stale) {
      await setAside(entry)
      return true
    }
    const busy = entry.state === "claimed" || entry.state === "writing"
    if (busy || now - entry.file.createdAt <= maxAgeMs) return true
    await drop(entry, "they were undeliverable for too long")
    return false
  }

  /** Lists the folder and holds the bounds: stale claims come back, old files go, then the oldest go. */
  async function sweep(): Promise<void> {
    const now = events.now()
    listAgainAt = now + LIST_AGAIN_MS
    bytesSinceSweep = 0
    filesSinceSweep = 0
    const names = await readdir(directory).catch((): string[] => [])
    const entries = names.map(parseName).filter((entry) => entry !== undefined)
    const kept: SpoolEntry[] = []
    for (const entry of entries) if (await mend(entry, now)) kept.push(entry)

    kept.sort((a, b) => a.file.createdAt - b.file.createdAt)
    let bytes = kept.reduce((sum, entry) => sum + entry.file.bytes, 0)
    let files = kept.length
    const held = new Set(kept)
    for (const entry of kept) {
      if (bytes <= maxBytes && files <= MAX_FILES) break
      if (entry.state === "claimed" || entry.state === "writing") continue
      await drop(entry, "the spool folder is full")
      held.delete(entry)
      bytes -= entry.file.bytes
      files -= 1
    }
    const mine = (entry: SpoolEntry) =>
      entry.state === "waiting" && entry.file.destination === config.destination
    ready = [...held].filter(mine).sort(byTurn)
  }

  function fileOf({ batch, createdAt, id }: Kept): SpoolFile {
    const { destination } = config
    return { createdAt, destination, spans: batch.spans, bytes: batch.bytes.length, attempts: 0, id }
  }

  /** Where a batch is written before it gets its name; never the same twice. */
  function temporaryOf(kept: Kept): string {
    return pathOf(`${waitingName({ ...fileOf(kept), id: newSpoolId() })}.tmp`)
  }

  function written(batch: Batch): void {
    listAgainAt = 0
    bytesSinceSweep += batch.bytes.length
    filesSinceSweep += 1
  }

  function unwritable(error: unknown): false {
    events.onProblem(`The spool folder cannot be written (${errorCode(error)}).`)
    return false
  }

  async function write(kept: Kept): Promise<boolean> {
    const temporary = temporaryOf(kept)
    try {
      await mkdir(directory, { recursive: true, mode: FOLDER_MODE })
      await chmod(directory, FOLDER_MODE)
      await writeFile(temporary, kept.batch.bytes, { mode: FILE_MODE, flag: "wx" })
      await rename(temporary, pathOf(waitingName(fileOf(kept))))
    } catch (error) {
      await unlink(temporary).catch(() => {})
      return unwritable(error)
    }
    written(kept.batch)
    const due = bytesSinceSweep * SWEEP_SHARE >= maxBytes || filesSinceSweep * SWEEP_SHARE >= MAX_FILES
    if (due) await sweep()
    return true
  }

  function writeNow(kept: Kept): boolean {
    const temporary = temporaryOf(kept)
    try {
      mkdirSync(directory, { recursive: true, mode: FOLDER_MODE })
      chmodSync(directory, FOLDER_MODE)
      writeFileSync(temporary, kept.batch.bytes, { mode: FILE_MODE, flag: "wx" })
      renameSync(temporary, pathOf(waitingName(fileOf(kept))))
    } catch (error) {
      try {
        unlinkSync(temporary)
      } catch {
        // It was never created.
      }
      return unwritable(error)
    }
    written(kept.batch)
    return true
  }

  function claimOf(entry: SpoolEntry, claimed: string, bytes: Uint8Array): Claim {
    const { file } = entry
    const released = pathOf(waitingName(afterFailure(file)))
    return {
      batch: { bytes, spans: file.spans },
      createdAt: file.createdAt,
      async remove() {
        await attempt(unlink(claimed))
      },
      async release() {
        listAgainAt = 0
        await attempt(rename(claimed, released))
      },
      releaseNow() {
        try {
          renameSync(claimed, released)
        } catch {
          // The claim grows stale and another process takes the file.
        }
      },
    }
  }

  /** Renaming is atomic: of several processes exactly one gets the file, the others get ENOENT. */
  async function take(entry: SpoolEntry): Promise<Claim | undefined> {
    const name = `${waitingName(entry.file)}.${events.now()}.claim`
    if (!(await attempt(rename(pathOf(entry.name), pathOf(name))))) return undefined
    const claimed: SpoolEntry = { ...entry, state: "claimed", name }
    const bytes = await readFile(pathOf(name)).catch(() => undefined)
    const { file } = entry
    if (bytes && bytes.length === file.bytes && countSpans(bytes) === file.spans) {
      return claimOf(entry, pathOf(name), bytes)
    }
    await setAside(claimed)
    return undefined
  }

  async function claim(): Promise<Claim | undefined> {
    if (ready.length === 0 && events.now() >= listAgainAt) await sweep()
    while (ready.length > 0) {
      const entry = ready.shift()
      const taken = entry && (await take(entry))
      if (taken) return taken
    }
    return undefined
  }

  return { write, writeNow, claim }
}
