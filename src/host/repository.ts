import { stat } from "node:fs/promises"
import { dirname, join, resolve } from "node:path"
import { parseGitConfig } from "./git-config.ts"
import { readText } from "./git-files.ts"

/** What git's own files say, without git: nothing is spawned. */
export interface Repository {
  /** Undefined with a detached head. */
  readonly branch: string | undefined
  /** The commit that is checked out; undefined before the first one. */
  readonly revision: string | undefined
  /** The address of `origin`, else of the only remote, as it is configured: with credentials, if there are any. */
  readonly remote: string | undefined
  /** The repository's own configuration. */
  readonly config: ReadonlyMap<string, string>
}

interface Folders {
  /** Of the working tree: its `HEAD`. */
  readonly own: string
  /** Of the repository, shared by its working trees: configuration and branches. */
  readonly common: string
}

/** How many folders up a repository's root may be. */
const MOST_LEVELS = 64
const COMMIT = /^[0-9a-f]{40}(?:[0-9a-f]{24})?$/
/** What stands in `HEAD` where branches are kept in git's newer format (reftable), which is not read here. */
const NO_BRANCH = ".invalid"

/** The repository that a folder lies in. Never rejects; nothing where there is none. */
export async function readRepository(directory: string): Promise<Repository | undefined> {
  const folders = await findFolders(directory)
  if (!folders) return undefined
  const [head, config] = await Promise.all([
    readText(join(folders.own, "HEAD")),
    readText(join(folders.common, "config")),
  ])
  const reference = /^ref:\s*(\S+)/.exec(head ?? "")?.[1]
  const branch = reference?.startsWith("refs/heads/") ? reference.slice("refs/heads/".length) : undefined
  const entries = parseGitConfig(config ?? "")
  return {
    branch: branch === NO_BRANCH ? undefined : branch,
    revision: reference ? await resolveReference(folders, reference) : commit(head),
    remote: remoteOf(entries),
    config: entries,
  }
}

/** `.git` is a folder, or in a linked working tree or a submodule a file that names one. */
async function findFolders(start: string): Promise<Folders | undefined> {
  let directory = resolve(start)
  for (let level = 0; level < MOST_LEVELS; level++) {
    const path = join(directory, ".git")
    const found = await stat(path).catch(() => undefined)
    if (found?.isDirectory()) return { own: path, common: path }
    if (found) return linkedFolders(directory, (await readText(path)) ?? "")
    if (dirname(directory) === directory) return undefined
    directory = dirname(directory)
  }
  return undefined
}

async function linkedFolders(directory: string, link: string): Promise<Folders | undefined> {
  const named = /^gitdir:\s*(.+?)\s*$/m.exec(link)?.[1]
  if (!named) return undefined
  const own = resolve(directory, named)
  const common = (await readText(join(own, "commondir")))?.trim()
  return { own, common: common ? resolve(own, common) : own }
}

/** A branch is a file with its commit, or a line among the packed ones. The file wins: it is newer. */
async function resolveReference({ own, common }: Folders, reference: string): Promise<string | undefined> {
  if (reference.split("/").includes("..")) return undefined
  const loose = (await readText(join(common, reference))) ?? (await readText(join(own, reference)))
  if (loose) return commit(loose)
  const packed = (await readText(join(common, "packed-refs"))) ?? ""
  const line = packed.split("\n").find((row) => row.slice(row.indexOf(" ") + 1).trimEnd() === reference)
  return commit(line?.split(" ")[0])
}

function commit(text: string | undefined): string | undefined {
  const id = text?.trim() ?? ""
  return COMMIT.test(id) ? id : undefined
}

function remoteOf(config: ReadonlyMap<string, string>): string | undefined {
  const origin = config.get("remote.origin.url")
  if (origin) return origin
  const remotes = [...config].filter(([key]) => /^remote\..+\.url$/.test(key))
  return remotes.length === 1 ? remotes[0]?.[1] : undefined
}
