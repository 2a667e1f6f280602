/**
 * What git's own files say of a project: its repository, the address of its remote, its author. Git itself is not
 * run: nothing is spawned. What cannot be read, or is not as git writes it, counts as absent.
 */
import { open, stat } from "node:fs/promises"
import { dirname, join, resolve } from "node:path"

/** The repository that a folder lies in. */
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

/** Whom git would name as the author of a commit made now. */
export interface Author {
  readonly name: string | undefined
  readonly email: string | undefined
}

/** The variables of a process, such as `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>

/** The author by git's own order: the environment, the repository's configuration, the user's. Never rejects. */
export async function readAuthor(
  env: Environment,
  repository: ReadonlyMap<string, string> | undefined,
): Promise<Author> {
  const own = await userConfig(env)
  const from = (key: string) => repository?.get(`user.${key}`) ?? own.get(`user.${key}`)
  return {
    name: env.GIT_AUTHOR_NAME || from("name"),
    email: env.GIT_AUTHOR_EMAIL || from("email"),
  }
}

/** `~/.gitconfig` over `$XDG_CONFIG_HOME/git/config`. */
async function userConfig({ HOME, XDG_CONFIG_HOME }: Environment): Promise<ReadonlyMap<string, string>> {
  const xdg = XDG_CONFIG_HOME || (HOME && join(HOME, ".config"))
  const paths = [xdg && join(xdg, "git/config"), HOME && join(HOME, ".gitconfig")]
  const texts = await Promise.all(paths.map((path) => (path ? readText(path) : undefined)))
  return new Map(texts.flatMap((text) => [...parseGitConfig(text ?? "")]))
}

/** `user@host:path`, git's short form of an SSH address. What looks like `C:` is a drive, not a host. */
const SHORT_SSH = /^(?:[^@/\s]+@)?([A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+):(?!\/)(.+)$/

/**
 * The address under which people find a remote's repository in a browser: `vcs.repository.url.full`. Without
 * credentials, query and `.git`, and over HTTPS where git goes over SSH. Nothing for paths, and for hosts without
 * a dot, which stand for something in the user's own configuration.
 */
export function browserUrl(remote: string): string | undefined {
  const short = SHORT_SSH.exec(remote)
  const url = URL.parse(short ? `ssh://${short[1]}/${short[2]}` : remote)
  if (!url || !["https:", "http:", "ssh:", "git:"].includes(url.protocol)) return undefined
  if (!url.hostname.includes(".")) return undefined
  const path = url.pathname.replace(/\/+$/, "").replace(/\.git$/, "")
  if (path === "") return undefined
  const overHttp = url.protocol === "https:" || url.protocol === "http:"
  return overHttp ? `${url.protocol}//${url.host}${path}` : `https://${url.hostname}${path}`
}

/** `vcs.repository.name`: the last part of the address. */
export function repositoryName(url: string): string | undefined {
  return url.split("/").at(-1) || undefined
}

/**
 * Entries of a git configuration by `section.key` or `section.subsection.key`, sections and keys in lower case; of
 * several values the last. Reads what `git config` writes: no includes, no continued lines. (The parsers on npm
 * split subsections at their dots, and so take `[remote "a.b"]` apart.)
 */
export function parseGitConfig(text: string): ReadonlyMap<string, string> {
  const entries = new Map<string, string>()
  let section = ""
  for (const line of text.split("\n")) {
    const header = /^\s*\[\s*([\w.-]+)(?:\s+"((?:[^"\\]|\\.)*)")?\s*\]/.exec(line)
    if (header) {
      const [, name = "", subsection] = header
      section =
        name.toLowerCase() + (subsection === undefined ? "" : `.${subsection.replace(/\\(.)/g, "$1")}`)
      continue
    }
    const [, key, value] = /^\s*([A-Za-z][\w-]*)\s*=\s*(.*)$/.exec(line) ?? []
    if (key && value !== undefined) entries.set(`${section}.${key.toLowerCase()}`, unquoted(value))
  }
  return entries
}

/** A value without its quotes, and without the comment after it. */
function unquoted(value: string): string {
  const pieces = value.matchAll(/"((?:[^"\\]|\\.)*)"|([^"#;]+)|([#;].*)/g)
  const text = [...pieces].map(([, quoted, plain]) => quoted?.replace(/\\(.)/g, "$1") ?? plain ?? "")
  return text.join("").trim()
}

/** Larger than the packed references of a repository with ten thousand branches. */
const MOST_BYTES = 1024 * 1024

/** The text of a file, up to a mebibyte of it; nothing where it cannot be read. */
async function readText(path: string): Promise<string | undefined> {
  try {
    await using file = await open(path)
    if (!(await file.stat()).isFile()) return undefined
    const { buffer, bytesRead } = await file.read(Buffer.alloc(MOST_BYTES), 0, MOST_BYTES, 0)
    return buffer.toString("utf8", 0, bytesRead)
  } catch {
    return undefined
  }
}
