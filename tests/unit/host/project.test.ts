import { afterEach, beforeEach, expect, test } from "bun:test"
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { resolveConfig } from "../../../src/config/index.ts"
import { projectEnricher } from "../../../src/host/project.ts"

const FIRST = "1".repeat(40)
const SECOND = "2".repeat(40)
const AGENT = { root: true, attributes: { "gen_ai.operation.name": "invoke_agent" } }

let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "project-"))
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

function enricher(options: object = {}, directory = folder) {
  const host = { project: { id: "project-1", worktree: directory }, directory, worktree: directory }
  return projectEnricher(resolveConfig(options, {}).config, host, { HOME: folder })
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
  const project = enricher()
  expect(project.attributes?.(AGENT)).toEqual({ "opencode.project.id": "project-1" })
  project.started?.(AGENT)
  expect(project.attributes?.(AGENT)).toEqual({ "opencode.project.id": "project-1" })
  const read = await until(
    () => project.attributes?.(AGENT) ?? {},
    (attributes) => "vcs.ref.head.name" in attributes,
  )
  expect(read).toEqual(known)
})

test("the next run reads again, and has the old values until that is done", async () => {
  const project = enricher()
  project.started?.(AGENT)
  const revision = () => project.attributes?.(AGENT)["vcs.ref.head.revision"]
  await until(revision, (value) => value === FIRST)
  await writeFile(join(folder, ".git/refs/heads/main"), `${SECOND}\n`)
  expect(revision()).toBe(FIRST)
  await until(
    () => {
      project.started?.(AGENT)
      return revision()
    },
    (value) => value === SECOND,
  )
})

test("only runs carry it", () => {
  const project = enricher()
  const chat = { root: true, attributes: { "gen_ai.operation.name": "chat" } }
  expect(project.attributes?.({ ...AGENT, root: false })).toEqual({})
  expect(project.attributes?.(chat)).toEqual({})
})

test("the author, where it is asked for; nothing of the repository, where that is not wanted", async () => {
  const project = enricher({ vcs: false, identity: { gitAuthor: true } })
  project.started?.(AGENT)
  const read = await until(
    () => project.attributes?.(AGENT) ?? {},
    (attributes) => "user.email" in attributes,
  )
  expect(read).toEqual({
    "opencode.project.id": "project-1",
    "user.full_name": "Jo Dev",
    "user.email": "jo@example.com",
  })
})

test("a host that tells nothing gives nothing", () => {
  const project = projectEnricher(resolveConfig({}, {}).config, undefined, {})
  project.started?.(AGENT)
  expect(project.attributes?.(AGENT)).toEqual({})
})
