import { open } from "node:fs/promises"

/** Larger than the packed references of a repository with ten thousand branches. */
const MOST_BYTES = 1024 * 1024

/** The text of a file, up to a mebibyte of it; nothing where it cannot be read. */
export async function readText(path: string): Promise<string | undefined> {
  try {
    await using file = await open(path)
    if (!(await file.stat()).isFile()) return undefined
    const { buffer, bytesRead } = await file.read(Buffer.alloc(MOST_BYTES), 0, MOST_BYTES, 0)
    return buffer.toString("utf8", 0, bytesRead)
  } catch {
    return undefined
  }
}
