import { BoundedMap } from "./bounded-map.ts"
import type { LineChanges } from "./facts.ts"

/** What a run changed in the project's files. */
export interface KnownChanges {
  /** Distinct files that a step left otherwise than it found them. */
  readonly files: number
  /** Undefined while OpenCode has not reported the lines of all of it. */
  readonly lines: LineChanges | undefined
}

const MOST_FILES = 10_000
/** User messages of one run: its prompt, and what OpenCode continues it with after each compaction. */
const MOST_MESSAGES = 100

/**
 * Gathers what OpenCode reports of a run's changes. The files come with each step's end. The lines come some hundred
 * milliseconds later, per user message, each time for everything that was done for it. Nothing waits for them: what
 * comes after the run's end is lost.
 */
export class FileChanges {
  readonly #files = new Set<string>()
  readonly #lines = new BoundedMap<string, LineChanges>(MOST_MESSAGES)
  #linesAreOld = false

  /** Adds the files that a step has changed. Their names are counted, never exported. */
  recordFiles(files: readonly string[]): void {
    for (const file of files) if (this.#files.size < MOST_FILES) this.#files.add(file)
    this.#linesAreOld = true
  }

  /** Sets the lines of everything that was done for a user message so far. */
  recordLines(messageId: string, lines: LineChanges): void {
    this.#lines.set(messageId, lines)
    this.#linesAreOld = false
  }

  /** Nothing where no change is known: without a git repository OpenCode reports none. */
  get known(): KnownChanges | undefined {
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
