// What OpenCode sees of the package before anything runs.
import { beforeAll, describe, expect, test } from "bun:test"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import manifest from "../../../package.json"
import { type Fields, fields, list } from "../../../src/host/guards.ts"

const ROOT = join(import.meta.dirname, "../../..")

/** Runs the probe with a home of its own and nothing of OpenTelemetry in its environment. */
async function probe(): Promise<Fields> {
  const home = await mkdtemp(join(tmpdir(), "entry-"))
  const { PATH, BUN_BE_BUN } = process.env
  const child = Bun.spawn([process.execPath, join(import.meta.dirname, "probe.ts")], {
    env: { PATH, HOME: home, XDG_STATE_HOME: join(home, "state"), ...(BUN_BE_BUN && { BUN_BE_BUN }) },
    stdout: "pipe",
    stderr: "pipe",
    // It ends by itself: nothing of the plugin may keep the process alive.
    timeout: 20_000,
  })
  const [out, err, code] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited])
  await rm(home, { recursive: true, force: true })
  expect({ err, code }).toEqual({ err: "", code: 0 })
  return fields(JSON.parse(out)) ?? {}
}

describe("the entry", () => {
  let seen: Fields = {}
  beforeAll(async () => {
    seen = await probe()
  }, 30_000)

  test("exports one plugin module and nothing else", () => {
    expect(seen.exports).toEqual(["default"])
    expect(seen.entry).toEqual({ id: "string", server: "function" })
    expect(seen.id).toBe("opencode-traces")
  })

  test("changes nothing when it is imported, twice in one process", () => {
    expect(seen.distinct).toBe(true)
    expect(seen.imported).toEqual(seen.before)
    expect(seen.timersByImport).toBe(0)
  })

  test("starts without a word to the network, and listens once however many instances there are", () => {
    expect(seen.asked).toBe(0)
    expect(fields(seen.oneStarted)?.listeners).toMatchObject({ SIGINT: 1, SIGTERM: 1, SIGHUP: 1 })
    expect(fields(seen.twoStarted)?.listeners).toEqual(fields(seen.oneStarted)?.listeners)
    expect(fields(seen.twoStarted)?.env).toEqual(fields(seen.before)?.env)
    expect(fields(seen.twoStarted)?.api).toEqual(fields(seen.before)?.api)
  })

  test("leaves nothing behind when all instances are disposed", () => {
    expect(fields(seen.disposed)?.listeners).toEqual(fields(seen.before)?.listeners)
    expect(fields(seen.disposed)?.env).toEqual(fields(seen.before)?.env)
    expect(fields(seen.disposed)?.api).toEqual(fields(seen.before)?.api)
  })
})

describe("the package", () => {
  test("has the entry that OpenCode looks for: a plain string under ./server", async () => {
    const entry: unknown = manifest.exports["./server"]
    expect(typeof entry).toBe("string")
    expect(await Bun.file(join(ROOT, String(entry))).exists()).toBe(true)
    expect(Object.keys(manifest.exports)).toEqual(["./server"])
    expect(manifest.main).toBe(manifest.exports["./server"])
    expect(manifest.type).toBe("module")
    expect(manifest.engines.opencode).toBe(">=1.18.0")
  })

  test("depends on exact versions, and on OpenCode's packages for development alone", () => {
    for (const [name, version] of Object.entries({ ...manifest.dependencies, ...manifest.devDependencies })) {
      expect(version, name).toMatch(/^\d+\.\d+\.\d+$/)
    }
    const shipped = Object.keys(manifest.dependencies)
    expect(shipped.filter((name) => name.startsWith("@opencode-ai/") || name === "opencode-ai")).toEqual([])
  })
})

describe("the source", () => {
  const forbidden = [
    /\bconsole\./,
    /\bcontext\.(active|with|bind)\(/,
    /\bstartActiveSpan\b/,
    /\.register\(/,
    /\bsetGlobal\w+\(/,
    /\.setLogger\(/,
    /\bprocess\.(stdout|stderr)\b/,
    /\bprocess\.exit\(/,
    /\bprocess\.env\.\w+ =[^=]/,
    /\bfrom "@opencode-ai\/plugin"/,
  ]

  test("prints nothing, registers nothing globally, ends nothing, and never reads the active context", async () => {
    const files = await Array.fromAsync(new Bun.Glob("src/**/*.ts").scan(ROOT))
    expect(files.length).toBeGreaterThan(50)
    const found: string[] = []
    for (const file of files) {
      const lines = (await Bun.file(join(ROOT, file)).text()).split("\n")
      for (const line of lines) {
        const code = line.replace(/^\s*(\*|\/\/|\/\*).*/, "").replace(/^import type .*/, "")
        found.push(...forbidden.filter((pattern) => pattern.test(code)).map(() => `${file}: ${line.trim()}`))
      }
    }
    expect(list(found)).toEqual([])
  })
})
