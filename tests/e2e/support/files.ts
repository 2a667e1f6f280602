// What a run leaves on the disk.
import { readdir } from "node:fs/promises"
import { join } from "node:path"
import type { Workspace } from "../../harness/opencode.ts"

/** Every file below a folder, by its path. */
export async function filesBelow(folder: string): Promise<Map<string, Buffer>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  const read = async (path: string) => [path, Buffer.from(await Bun.file(path).arrayBuffer())] as const
  return new Map(await Promise.all(paths.map(read)))
}

/** The plugin's own lines in OpenCode's log. */
export async function ourLines({ home }: Workspace): Promise<string[]> {
  const files = await filesBelow(join(home, "data/opencode/log"))
  const lines = [...files.values()].flatMap((file) => file.toString().split("\n"))
  return lines.filter((line) => line.includes("opencode-traces: "))
}

/** The same as `LEVEL: message`, in order. */
export async function ourMessages(workspace: Workspace): Promise<string[]> {
  return (await ourLines(workspace)).map((line) => {
    const [, level, message] = line.match(/level=(\w+) .*?message="opencode-traces: (.*)"$/) ?? []
    return `${level}: ${message?.replaceAll('\\"', '"')}`
  })
}
