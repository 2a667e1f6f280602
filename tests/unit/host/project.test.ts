import { afterEach, beforeEach, expect, test } from "bun:test"
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { resolveConfig } from "../../../src/config/index.ts"
import { createSurroundings } from "../../../src/host/project.ts"

const FIRST = "1".repeat(40)
const SECOND = "2".repeat(40)
const AGENT = { root: true, attributes: { "gen_ai.operation.name": "invoke_agent" } }

let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "surroundings-"))
  await mkdir(join(folder, ".git/refs/heads"), { recursive: true })
  await writeFile(join(folder, ".git/HEAD"), "ref: refs/heads/main\n")
  await writeFile(join(folder, ".git/refs/heads/main"), `${FIRST}\n`)
  await writeFile(
    join(folder, ".git/config"),
    '[remote "origin"]\n\turl = https://me:secret@example.com/acme/app.git\n',
  )
  await writeFile(join(folder, ".gitconfig"), "[user]\n\tname = Jo Dev\n\temail = jo@example.com\n")
})
afterEach(() => rm(folder, { recursive: true, force: true }))

function surroundings(options: object = {}, directory = folder) {
  const host = { project: { id: "project-1", worktree: directory }, directory, worktree: directory }
  return createSurroundings(resolveConfig(options, {}).config, host, { HOME: folder })
}

/** Asks again until the files were read: nothing tells when. */
async function until<T>(read: () => T, wanted: (value: T) => boolean): Promise<T> {
  const deadline = Date.now() + 10_000
  while (!wanted(read())) {
    if (Date.now() > deadline) throw new Error(`still ${JSON.stringify(read())}`)
    await new Promise((resolve) => setImmediate(resolve))
  }
  return read()
}

const known = {
  "opencode.project.id": "project-1",
  "vcs.ref.head.name": "main",
  "vcs.ref.head.type": "branch",
  "vcs.ref.head.revision": FIRST,
  "vcs.repository.url.full": "https://example.com/acme/app",
  "vcs.repository.name": "app",
}

test("the project at once, the repository once a run has begun, and never a path or a credential", async () => {
  const around = surroundings()
  expect(around.attributes?.(AGENT)).toEqual({ "opencode.project.id": "project-1" })
  around.started?.(AGENT)
  expect(around.attributes?.(AGENT)).toEqual({ "opencode.project.id": "project-1" })
  const read = await until(
    () => around.attributes?.(AGENT) ?? {},
    (attributes) => "vcs.ref.head.name" in attributes,
  )
  expect(read).toEqual(known)
})

test("the next run reads again, and has the old values until that is done", async () => {
  const around = surroundings()
  around.started?.(AGENT)
  const revision = () => around.attributes?.(AGENT)["vcs.ref.head.revision"]
  await until(revision, (value) => value === FIRST)
  await writeFile(join(folder, ".git/refs/heads/main"), `${SECOND}\n`)
  expect(revision()).toBe(FIRST)
  await until(
    () => {
      around.started?.(AGENT)
      return revision()
    },
    (value) => value === SECOND,
  )
})

test("only runs carry it", () => {
  const around = surroundings()
  const chat = { root: true, attributes: { "gen_ai.operation.name": "chat" } }
  expect(around.attributes?.({ ...AGENT, root: false })).toEqual({})
  expect(around.attributes?.(chat)).toEqual({})
})

test("the author, where it is asked for; nothing of the repository, where that is not wanted", async () => {
  const around = surroundings({ vcs: false, identity: { gitAuthor: true } })
  around.started?.(AGENT)
  const read = await until(
    () => around.attributes?.(AGENT) ?? {},
    (attributes) => "user.email" in attributes,
  )
  expect(read).toEqual({
    "opencode.project.id": "project-1",
    "user.full_name": "Jo Dev",
    "user.email": "jo@example.com",
  })
})

test("a host that tells nothing gives nothing", () => {
  const around = createSurroundings(resolveConfig({}, {}).config, undefined, {})
  around.started?.(AGENT)
  expect(around.attributes?.(AGENT)).toEqual({})
})
