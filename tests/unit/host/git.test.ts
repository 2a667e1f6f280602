// Repositories that the real git made, and broken ones.
import { afterEach, beforeEach, describe, expect, test } from "bun:test"
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import {
  browserUrl,
  parseGitConfig,
  readAuthor,
  readRepository,
  repositoryName,
} from "../../../src/host/git.ts"

let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "vcs-"))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

async function git(directory: string, ...args: string[]): Promise<string> {
  const settings = ["-c", "user.name=Test", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false"]
  const child = Bun.spawn(["git", ...settings, ...args], {
    cwd: directory,
    env: { PATH: process.env.PATH, HOME: folder, GIT_CONFIG_NOSYSTEM: "1" },
    stderr: "pipe",
  })
  const [out, err, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ])
  if (code !== 0) throw new Error(err)
  return out.trim()
}

/** A repository with one commit on `main`; gives its folder and the commit. */
async function repository(name = "app"): Promise<{ path: string; revision: string }> {
  const path = join(folder, name)
  await mkdir(path)
  await git(path, "init", "-q", "-b", "main")
  await git(path, "commit", "-q", "--allow-empty", "-m", "first")
  return { path, revision: await git(path, "rev-parse", "HEAD") }
}

/** A `.git` folder made of these files. */
async function files(entries: Record<string, string>): Promise<string> {
  for (const [name, text] of Object.entries(entries)) {
    const path = join(folder, ".git", name)
    await mkdir(join(path, ".."), { recursive: true })
    await writeFile(path, text)
  }
  return folder
}

describe("a repository of git's", () => {
  test("branch, revision and remote, from the folder and from any below it", async () => {
    const { path, revision } = await repository()
    await git(path, "remote", "add", "origin", "git@github.com:acme/app.git")
    await git(path, "remote", "add", "fork", "git@github.com:me/app.git")
    await git(path, "checkout", "-q", "-b", "feature/one")
    await mkdir(join(path, "a/b"), { recursive: true })
    const known = { branch: "feature/one", revision, remote: "git@github.com:acme/app.git" }
    expect(await readRepository(path)).toMatchObject(known)
    expect(await readRepository(join(path, "a/b"))).toMatchObject(known)
  })

  test("a packed branch, and one that was committed to since", async () => {
    const { path, revision } = await repository()
    await git(path, "pack-refs", "--all")
    expect(await readRepository(path)).toMatchObject({ branch: "main", revision })
    await git(path, "commit", "-q", "--allow-empty", "-m", "second")
    const second = await git(path, "rev-parse", "HEAD")
    expect(second).not.toBe(revision)
    expect(await readRepository(path)).toMatchObject({ branch: "main", revision: second })
  })

  test("a detached head has a revision and no branch", async () => {
    const { path, revision } = await repository()
    await git(path, "checkout", "-q", "--detach")
    expect(await readRepository(path)).toMatchObject({ branch: undefined, revision })
  })

  test("before the first commit there is a branch and no revision", async () => {
    await git(folder, "init", "-q", "-b", "trunk")
    const read = await readRepository(folder)
    expect({ branch: read?.branch, revision: read?.revision }).toEqual({
      branch: "trunk",
      revision: undefined,
    })
  })

  test("a linked working tree has its own branch and the repository's remote", async () => {
    const { path, revision } = await repository()
    await git(path, "remote", "add", "upstream", "https://example.com/acme/app.git")
    const tree = join(folder, "tree")
    await git(path, "worktree", "add", "-q", "-b", "side", tree)
    expect(await readRepository(tree)).toMatchObject({
      branch: "side",
      revision,
      remote: "https://example.com/acme/app.git",
    })
  })

  test("a submodule is a repository of its own", async () => {
    const { path } = await repository()
    const { path: library, revision } = await repository("lib")
    await git(path, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", library, "lib")
    expect(await readRepository(join(path, "lib"))).toMatchObject({
      branch: "main",
      revision,
      remote: library,
    })
  })

  test("of two remotes without an origin none is the one", async () => {
    const { path } = await repository()
    await git(path, "remote", "add", "one", "https://example.com/one.git")
    await git(path, "remote", "add", "two", "https://example.com/two.git")
    expect((await readRepository(path))?.remote).toBeUndefined()
  })
})

describe("what is broken or strange is left out", () => {
  test("no repository", async () => {
    expect(await readRepository(join(folder, "missing"))).toBeUndefined()
  })

  test.each([
    ["an empty folder", {}, undefined],
    ["no head", { config: "" }, { branch: undefined, revision: undefined }],
    ["a branch in git's newer format", { HEAD: "ref: refs/heads/.invalid\n" }, { branch: undefined }],
    [
      "a commit that is none",
      { HEAD: "ref: refs/heads/m\n", "refs/heads/m": "x\n" },
      { revision: undefined },
    ],
    [
      "a reference out of the folder",
      { HEAD: "ref: ../../secret\n" },
      { branch: undefined, revision: undefined },
    ],
    [
      "a branch out of the folder",
      { HEAD: "ref: refs/heads/../../../outside\n", "../outside": `${"a".repeat(40)}\n`, "refs/heads/m": "" },
      { revision: undefined },
    ],
  ])("%s", async (_name, entries, read) => {
    await mkdir(join(folder, ".git"), { recursive: true })
    const found = await readRepository(await files(entries))
    if (read) expect(found).toMatchObject(read)
    else expect(found).toMatchObject({ branch: undefined, revision: undefined, remote: undefined })
  })

  test("a link to nowhere, and one to itself", async () => {
    await writeFile(join(folder, ".git"), "gitdir: /nowhere/at/all\n")
    expect(await readRepository(folder)).toMatchObject({ branch: undefined, revision: undefined })
    await rm(join(folder, ".git"))
    await symlink(join(folder, ".git"), join(folder, ".git"))
    expect(await readRepository(folder)).toBeUndefined()
  })
})

describe("the author", () => {
  const none = new Map<string, string>()

  test("environment over repository over the user's own configuration", async () => {
    await writeFile(join(folder, ".gitconfig"), "[user]\n\tname = Home\n\temail = home@example.com\n")
    await mkdir(join(folder, ".config/git"), { recursive: true })
    await writeFile(join(folder, ".config/git/config"), "[user]\n\tname = Xdg\n\temail = xdg@example.com\n")
    const env = { HOME: folder }
    expect(await readAuthor(env, none)).toEqual({ name: "Home", email: "home@example.com" })
    const own = new Map([["user.email", "work@example.com"]])
    expect(await readAuthor(env, own)).toEqual({ name: "Home", email: "work@example.com" })
    expect(await readAuthor({ ...env, GIT_AUTHOR_NAME: "Env" }, own)).toEqual({
      name: "Env",
      email: "work@example.com",
    })
  })

  test("is read from ~/.config without XDG_CONFIG_HOME, and from there with it", async () => {
    const write = async (path: string, name: string) => {
      await mkdir(join(folder, path, "git"), { recursive: true })
      await writeFile(join(folder, path, "git/config"), `[user]\n\tname = ${name}\n`)
    }
    await write(".config", "Default")
    await write("elsewhere", "Xdg")
    expect((await readAuthor({ HOME: folder }, none)).name).toBe("Default")
    expect((await readAuthor({ HOME: folder, XDG_CONFIG_HOME: "" }, none)).name).toBe("Default")
    const env = { HOME: folder, XDG_CONFIG_HOME: join(folder, "elsewhere") }
    expect((await readAuthor(env, none)).name).toBe("Xdg")
  })

  test("is unknown without any", async () => {
    expect(await readAuthor({}, undefined)).toEqual({ name: undefined, email: undefined })
  })
})

describe("the address of a remote", () => {
  test.each([
    ["https://github.com/acme/app.git", "https://github.com/acme/app"],
    ["https://github.com/acme/app/", "https://github.com/acme/app"],
    [
      "https://user:glpat-secret@gitlab.example.com/group/sub/app.git",
      "https://gitlab.example.com/group/sub/app",
    ],
    ["https://token@dev.azure.com/acme/p/_git/app?x=token#token", "https://dev.azure.com/acme/p/_git/app"],
    ["http://git.example.com:8080/app.git", "http://git.example.com:8080/app"],
    ["git@github.com:acme/app.git", "https://github.com/acme/app"],
    ["github.com:acme/app", "https://github.com/acme/app"],
    ["ssh://git@git.example.com:2222/acme/app.git", "https://git.example.com/acme/app"],
    ["git://git.example.com/app.git", "https://git.example.com/app"],
    ["https://git.example.com/app.git?u=http://user:secret@example.com/x", "https://git.example.com/app"],
    ["https://git.example.com/data:app", "https://git.example.com/data:app"],
  ])("%s", (remote, url) => {
    expect(browserUrl(remote)).toBe(url)
  })

  test.each([
    ["a path", "/home/me/repos/app.git"],
    ["a relative path", "../app.git"],
    ["a drive", "C:\\repos\\app"],
    ["a drive with slashes", "C:/repos/app"],
    ["a file", "file:///home/me/app.git"],
    ["a host of the ssh configuration", "git@work:acme/app.git"],
    ["a short name of git's configuration", "gh:acme/app"],
    ["another transport", "codecommit::us-east-1://app"],
    ["a host alone", "https://github.com/"],
    ["a host with another address in its query", "host.example.com?u=http://example.com/acme/app"],
    ["a host in the middle of something else", "work?u=git.example.com:acme/app"],
    ["data", "data:text/plain,https://example.com/acme/app"],
    ["nothing", ""],
  ])("is not told of %s", (_name, remote) => {
    expect(browserUrl(remote)).toBeUndefined()
  })

  test("names the repository by its last part", () => {
    expect(repositoryName("https://gitlab.example.com/group/sub/app")).toBe("app")
  })
})

describe("a git configuration", () => {
  test("is sections, subsections, quotes and comments as git reads them", () => {
    const text = `
# a comment
[core]
\trepositoryformatversion = 0
[Remote "origin"]
\tURL = https://example.com/first.git
\turl = https://example.com/second.git ; the last one counts
[remote "a.b \\"c\\""]
\turl = "https://example.com/#quoted" # not this
[branch "feature/x"]
\tremote = origin
[user]
\tname = "Jo \\"the\\" Dev"
\temail = jo@example.com
\tuseConfigOnly
[broken
=
`
    expect(Object.fromEntries(parseGitConfig(text))).toEqual({
      "core.repositoryformatversion": "0",
      "remote.origin.url": "https://example.com/second.git",
      'remote.a.b "c".url': "https://example.com/#quoted",
      "branch.feature/x.remote": "origin",
      "user.name": 'Jo "the" Dev',
      "user.email": "jo@example.com",
    })
  })

  test("of anything else is an empty configuration", () => {
    expect(parseGitConfig("").size).toBe(0)
    expect(parseGitConfig("\0\0]][[==").size).toBe(0)
  })
})
