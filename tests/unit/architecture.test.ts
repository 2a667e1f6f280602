// docs/architecture.md, held against the tree.
import { expect, test } from "bun:test"
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"

const ROOT = join(import.meta.dirname, "../..")
const PAGE = readFileSync(join(ROOT, "docs/architecture.md"), "utf8")

/** Folders of `src/` → the folders that the page lets them import. */
function allowed(): Map<string, string[]> {
  const rows = PAGE.matchAll(/^\| `(\w+)\/` \|[^|]*\|([^|]*)\|/gm)
  return new Map([...rows].map(([, folder = "", list = ""]) => [folder, list.match(/(?<=`)\w+(?=`)/g) ?? []]))
}

/** The other folders of `src/` that the files of this one import. */
function imported(folder: string): Set<string> {
  const files = readdirSync(join(ROOT, "src", folder), { recursive: true, encoding: "utf8" })
  const texts = files
    .filter((name) => name.endsWith(".ts"))
    .map((name) => readFileSync(join(ROOT, "src", folder, name), "utf8"))
  const found = texts.flatMap((text) => [...text.matchAll(/(?:from|import\()\s*"(?:\.\.\/)+([\w-]+)\//g)])
  return new Set(found.map(([, name = ""]) => name))
}

const folders = readdirSync(join(ROOT, "src"), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name)

test("the imports are found", () => {
  expect(imported("opencode1")).toContain("runs")
})

test("every folder is on the page", () => {
  expect([...allowed().keys()].sort()).toEqual(folders.sort())
})

test.each(folders)("src/%s imports only what the page lets it import", (folder) => {
  const mayImport = allowed().get(folder)
  expect([...imported(folder)].filter((other) => !mayImport?.includes(other))).toEqual([])
})

test("every path on the page exists", () => {
  const paths = [...PAGE.matchAll(/`((?:src|tests|docs|scripts)\/[\w./-]+)`/g)].map(([, path = ""]) => path)
  expect(paths.length).toBeGreaterThan(20)
  expect(paths.filter((path) => !existsSync(join(ROOT, path)))).toEqual([])
})
