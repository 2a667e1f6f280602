import { BoundedMap } from "./bounded-map.ts"
import type { LineChanges } from "./facts.ts"

/** What a run changed in the project's files. */
export interface FileChanges {
  /** Distinct files that a step left otherwise than it found them. */
  readonly files: number
  /** Undefined while OpenCode has not told the lines of all of it. */
  readonly lines: LineChanges | undefined
}

const MOST_FILES = 10_000
/** User messages of one run: its prompt, and what OpenCode continues it with after each compaction. */
const MOST_MESSAGES = 100

/**
 * Gathers what OpenCode tells of a run's changes: the files with each step's end, the lines some hundred
 * milliseconds later, per user message, each time for everything that was done for it. What comes after the run's
 * end comes too late: nothing waits for it.
 */
export class Changes {
  readonly #files = new Set<string>()
  readonly #lines = new BoundedMap<string, LineChanges>(MOST_MESSAGES)
  #linesAreOld = false

  /** A step is over and has changed these files. Their names stay here. */
  changed(files: readonly string[]): void {
    for (const file of files) if (this.#files.size < MOST_FILES) this.#files.add(file)
    this.#linesAreOld = true
  }

  /** The lines of everything that was done for a user message so far. */
  told(messageId: string, lines: LineChanges): void {
    this.#lines.set(messageId, lines)
    this.#linesAreOld = false
  }

  /** Nothing where no change is known: OpenCode tells none without a repository, too. */
  get known(): FileChanges | undefined {
    if (this.#files.size === 0) return undefined
    return { files: this.#files.size, lines: this.#linesAreOld ? undefined : this.#sum() }
  }

  #sum(): LineChanges | undefined {
    const all = this.#lines.values()
    if (all.length === 0) return undefined
    return {
      added: all.reduce((sum, { added }) => sum + added, 0),
      removed: all.reduce((sum, { removed }) => sum + removed, 0),
    }
  }
}
