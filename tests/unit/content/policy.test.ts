import { describe, expect, test } from "bun:test"
import { allows, type ContentKind, capturesAnything, resolvePolicy } from "../../../src/content/policy.ts"

const KINDS: readonly ContentKind[] = [
  "prompts",
  "answers",
  "reasoning",
  "toolArguments",
  "toolResults",
  "systemInstructions",
]

const captured = (policy: ReturnType<typeof resolvePolicy>) => KINDS.filter((kind) => allows(policy, kind))
const read = (filePath: string) => ({ name: "read", input: { filePath } })
const use = (name: string, input: unknown = {}) => ({ name, input })

describe("resolvePolicy", () => {
  test("true captures every kind, false none", () => {
    expect(captured(resolvePolicy(true))).toEqual([...KINDS])
    expect(captured(resolvePolicy(false))).toEqual([])
    expect(capturesAnything(resolvePolicy(true))).toBe(true)
    expect(capturesAnything(resolvePolicy(false))).toBe(false)
  })

  test("an object captures exactly what it sets to true", () => {
    expect(captured(resolvePolicy({}))).toEqual([])
    expect(captured(resolvePolicy({ prompts: true, reasoning: false }))).toEqual(["prompts"])
    expect(captured(resolvePolicy({ toolArguments: true, toolResults: true }))).toEqual([
      "toolArguments",
      "toolResults",
    ])
    expect(capturesAnything(resolvePolicy({ tools: { bash: { result: true } } }))).toBe(true)
    expect(capturesAnything(resolvePolicy({ tools: { bash: { result: false } } }))).toBe(false)
  })
})

describe("files that hold nothing but secrets", () => {
  const policy = resolvePolicy(true)
  const secret = [
    "/app/.env",
    "/app/.env.local",
    ".env",
    "C:\\app\\.env",
    "/home/dev/.ssh/id_ed25519",
    "/home/dev/.aws/credentials",
    "certs/server.pem",
    "/app/id_rsa",
    "/home/dev/.netrc",
  ]
  for (const path of secret) {
    test(`are not captured: ${path}`, () => {
      expect(allows(policy, "toolResults", read(path))).toBe(false)
      expect(allows(policy, "toolArguments", read(path))).toBe(true)
      expect(
        allows(policy, "toolArguments", { name: "write", input: { filePath: path, content: "A=1" } }),
      ).toBe(false)
    })
  }

  test("are not captured whatever tool reads them, alone or in a list", () => {
    for (const input of [
      { path: "/app/.env" },
      { paths: ["/app/a.ts", "/app/.env"] },
      { command: "cat .env|sort" },
    ]) {
      expect(allows(policy, "toolResults", use("files_get", input))).toBe(false)
    }
    expect(allows(policy, "toolResults", use("files_get", { paths: ["/app/a.ts"], deep: 1 }))).toBe(true)
  })

  test("are not captured in a patch", () => {
    const patch = (file: string) =>
      use("apply_patch", { patchText: `*** Begin Patch\n*** Add File: ${file}\n+A=1\n` })
    for (const kind of ["toolArguments", "toolResults"] as const) {
      expect(allows(policy, kind, patch(".env"))).toBe(false)
      expect(allows(policy, kind, patch("src/env.ts"))).toBe(true)
    }
  })

  test("other files are", () => {
    for (const path of ["/app/src/env.ts", "/app/environment.md", "/app/keys.ts", "/app/.envrc.md"]) {
      expect(allows(policy, "toolResults", read(path))).toBe(true)
    }
  })

  test("a rule of the user's comes first", () => {
    const lifted = resolvePolicy({
      toolResults: true,
      tools: { read: { paths: ["**/.env.example"], result: true } },
    })
    expect(allows(lifted, "toolResults", read("/app/.env.example"))).toBe(true)
    expect(allows(lifted, "toolResults", read("/app/.env"))).toBe(false)
  })
})

describe("rules per tool", () => {
  const policy = resolvePolicy({
    toolResults: true,
    tools: {
      "github_*": { arguments: true, result: false },
      bash: [{ result: false }, { arguments: true }],
      grep: { paths: ["**/private/**"], result: false },
    },
  })

  test("match by glob, override the kind, and decide only what they name", () => {
    expect(allows(policy, "toolArguments", use("github_search"))).toBe(true)
    expect(allows(policy, "toolResults", use("github_search"))).toBe(false)
    expect(allows(policy, "toolResults", use("bash", { command: "ls" }))).toBe(false)
    expect(allows(policy, "toolArguments", use("bash"))).toBe(true)
    expect(allows(policy, "toolArguments", use("list"))).toBe(false)
    expect(allows(policy, "toolResults", use("list"))).toBe(true)
  })

  test("with paths they apply only to calls that name such a path", () => {
    expect(
      allows(policy, "toolResults", { name: "grep", input: { pattern: "x", path: "/app/private/a" } }),
    ).toBe(false)
    expect(allows(policy, "toolResults", { name: "grep", input: { pattern: "x", path: "/app/src" } })).toBe(
      true,
    )
    expect(allows(policy, "toolResults", use("grep"))).toBe(true)
  })

  test("what could not be read is withheld by every rule that could protect it, and so is the error that quotes it", () => {
    const all = resolvePolicy(true)
    const kinds = ["toolArguments", "toolResults"] as const
    expect(kinds.map((kind) => allows(all, kind, { name: "write" }))).toEqual([false, false])
    expect(kinds.map((kind) => allows(all, kind, { name: "bash" }))).toEqual([true, true])
    const results = resolvePolicy({ toolResults: true })
    expect(allows(results, "toolResults", use("bash"))).toBe(true)
    expect(allows(results, "toolResults", { name: "bash" })).toBe(false)
  })

  test("say nothing about other kinds", () => {
    expect(allows(policy, "answers", use("github_search"))).toBe(false)
  })
})
