/**
 * File names in the spool folder carry everything that is needed to list, bound and route the files, so
 * that one `readdir` is enough and no file is opened that belongs to somebody else:
 *
 *     <created, epoch ms>-<destination>-<spans>-<bytes>-<attempts>-<id>.otlp        waiting
 *     <the same>.otlp.<claimed, epoch ms>.claim                                     being sent by a process
 *     <the same>.otlp.tmp                                                           being written
 *     <the same>.otlp.corrupt                                                       set aside for a person
 */
export interface SpoolFile {
  readonly createdAt: number
  /** Hash of endpoint and headers: see `destinationOf`. */
  readonly destination: string
  readonly spans: number
  readonly bytes: number
  readonly attempts: number
  readonly id: string
}

export type SpoolState = "waiting" | "claimed" | "writing" | "corrupt"

export interface SpoolEntry {
  readonly file: SpoolFile
  readonly state: SpoolState
  /** The name as it is in the folder. */
  readonly name: string
  /** Epoch ms of the claim of a `claimed` entry, else of the file's creation. */
  readonly since: number
}

const NAME =
  /^(\d{13})-([0-9a-f]{16})-(\d{1,9})-(\d{1,12})-(\d{1,6})-([0-9a-f]{12})\.otlp(?:\.(tmp|corrupt)|\.(\d{13})\.claim)?$/

/** The name of a waiting file. */
export function waitingName(file: SpoolFile): string {
  const created = String(file.createdAt).padStart(13, "0")
  return `${created}-${file.destination}-${file.spans}-${file.bytes}-${file.attempts}-${file.id}.otlp`
}

/** The same file, one failed attempt later. The count only orders the queue, so it stops at its width. */
export function afterFailure(file: SpoolFile): SpoolFile {
  return { ...file, attempts: Math.min(file.attempts + 1, 999_999) }
}

function stateOf(suffix: string | undefined, claimed: string | undefined): SpoolState {
  if (claimed) return "claimed"
  if (suffix === "tmp") return "writing"
  return suffix === "corrupt" ? "corrupt" : "waiting"
}

/** Reads a name; `undefined` for a file that is none of ours, which is then never touched. */
export function parseName(name: string): SpoolEntry | undefined {
  const match = NAME.exec(name)
  if (!match) return undefined
  const [, created, destination = "", spans, bytes, attempts, id = "", suffix, claimed] = match
  const createdAt = Number(created)
  const file = {
    createdAt,
    destination,
    spans: Number(spans),
    bytes: Number(bytes),
    attempts: Number(attempts),
    id,
  }
  return { file, state: stateOf(suffix, claimed), name, since: claimed ? Number(claimed) : createdAt }
}
