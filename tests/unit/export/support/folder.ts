import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { namesIn } from "./spans.ts"

/** A folder of its own for one test. */
export function scratchFolder(): { path: string; remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), "opencode-traces-"))
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) }
}

/** Sorted file names; none when the folder does not exist. */
export function filesIn(folder: string): string[] {
  try {
    return readdirSync(folder).sort()
  } catch {
    return []
  }
}

/** Sorted names of all spans in the waiting files of a spool. */
export function spooledNames(folder: string): string[] {
  const waiting = filesIn(folder).filter((name) => name.endsWith(".otlp"))
  return waiting.flatMap((name) => namesIn(readFileSync(join(folder, name)))).sort()
}
