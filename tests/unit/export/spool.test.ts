import { afterEach, beforeEach, describe, expect, test } from "bun:test"
import { mkdirSync, renameSync, statSync, truncateSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { encode } from "../../../src/export/encoding.ts"
import {
  createSpool,
  destinationOf,
  newSpoolId,
  type Spool,
  type SpoolConfig,
} from "../../../src/export/spool.ts"
import { parseName } from "../../../src/export/spool-name.ts"
import { filesIn, scratchFolder } from "./support/folder.ts"
import { makeSpans, namesIn, spanName, spanNames } from "./support/spans.ts"

const HOUR = 3_600_000
const START = 1_800_000_000_000

let scratch: ReturnType<typeof scratchFolder>
let directory: string
let now: number
let dropped: [number, string][]
let problems: string[]

beforeEach(() => {
  scratch = scratchFolder()
  directory = join(scratch.path, "state/spool")
  now = START
  dropped = []
  problems = []
})
afterEach(() => scratch.remove())

function spool(overrides: Partial<SpoolConfig> = {}): Spool {
  const config = {
    directory,
    destination: destinationOf("http://a/v1/traces", {}),
    maxBytes: 1_000_000,
    maxAgeMs: 24 * HOUR,
    staleClaimMs: HOUR,
    ...overrides,
  }
  const onDropped = (spans: number, why: string) => void dropped.push([spans, why])
  return createSpool(config, {
    now: () => now,
    onDropped,
    onProblem: (message) => void problems.push(message),
  })
}

function kept(names: readonly string[], createdAt = now) {
  const [batch] = encode(makeSpans(names)).batches
  if (!batch) throw new Error("no batch")
  return { batch, createdAt, id: newSpoolId() }
}

/** Claims and removes everything that is waiting, and returns the names of its spans in that order. */
async function drain(from: Spool): Promise<string[]> {
  const names: string[] = []
  for (let claim = await from.claim(); claim; claim = await from.claim()) {
    names.push(...namesIn(claim.batch.bytes))
    await claim.remove()
  }
  return names
}

describe("keeping", () => {
  test("what was written comes back once, oldest first, and the folder is empty", async () => {
    const first = spool()
    for (const index of [2, 0, 1]) {
      expect(await first.write(kept([spanName(index)], START + index))).toBe(true)
    }
    expect(await drain(spool())).toEqual(spanNames(3))
    expect(filesIn(directory)).toEqual([])
    expect(await drain(first)).toEqual([])
  })

  test("folder and files are the user's alone, even where the folder was open before", async () => {
    mkdirSync(directory, { recursive: true, mode: 0o755 })
    await spool().write(kept(["<a-000000>"]))
    spool().writeNow(kept(["<a-000001>"]))
    expect(statSync(directory).mode & 0o777).toBe(0o700)
    expect(filesIn(directory).map((name) => statSync(join(directory, name)).mode & 0o777)).toEqual([
      0o600, 0o600,
    ])
  })

  test("the names carry everything but secrets", async () => {
    const destination = destinationOf("http://user:secret@host/v1/traces", { authorization: "secret" })
    await spool({ destination }).write(kept(spanNames(5)))
    const [name = ""] = filesIn(directory)
    const entry = parseName(name)
    expect(entry).toMatchObject({
      state: "waiting",
      file: { createdAt: START, destination, spans: 5, attempts: 0 },
    })
    expect(name).not.toContain("secret")
  })

  test("a batch that is written while the process dies is there once", async () => {
    const one = spool()
    const batch = kept(spanNames(3))
    const writing = one.write(batch)
    expect(one.writeNow(batch)).toBe(true)
    await writing
    expect(await drain(spool())).toEqual(spanNames(3))
  })
})

describe("destinations", () => {
  test("differ by endpoint and by header values, not by the order or case of header names", () => {
    const all = [
      destinationOf("http://a", {}),
      destinationOf("http://b", {}),
      destinationOf("http://a", { key: "1" }),
      destinationOf("http://a", { key: "2" }),
    ]
    expect(new Set(all).size).toBe(4)
    expect(destinationOf("http://a", { Key: "1", b: "2" })).toBe(
      destinationOf("http://a", { B: "2", key: "1" }),
    )
  })

  test("get only their own files", async () => {
    const other = { destination: destinationOf("http://b/v1/traces", {}) }
    await spool().write(kept(["<a-000000>"]))
    await spool(other).write(kept(["<b-000000>"]))
    expect(await drain(spool())).toEqual(["<a-000000>"])
    expect(await drain(spool(other))).toEqual(["<b-000000>"])
  })
})

describe("claims", () => {
  test("a file goes to one claimer only", async () => {
    for (const name of spanNames(20)) await spool().write(kept([name]))
    const drained = await Promise.all([drain(spool()), drain(spool()), drain(spool())])
    expect(drained.flat().sort()).toEqual(spanNames(20))
  })

  test("a released file waits behind those that failed less often", async () => {
    const one = spool()
    for (const index of [0, 1]) await one.write(kept([spanName(index)], START + index))
    const claim = await one.claim()
    expect(namesIn(claim?.batch.bytes ?? new Uint8Array())).toEqual([spanName(0)])
    await claim?.release()
    expect(await drain(spool())).toEqual([spanName(1), spanName(0)])
  })

  test("can be given back while the process dies", async () => {
    await spool().write(kept(spanNames(1)))
    const claim = await spool().claim()
    expect(await drain(spool())).toEqual([])
    claim?.releaseNow()
    expect(await drain(spool())).toEqual(spanNames(1))
  })

  test("of a process that died are taken again after the stale time, not before", async () => {
    await spool().write(kept(spanNames(1)))
    await spool().claim()
    now += HOUR
    expect(await drain(spool())).toEqual([])
    now += 1
    const next = spool()
    expect(await drain(next)).toEqual([])
    now += 30_000
    expect(await drain(next)).toEqual(spanNames(1))
  })
})

describe("bounds", () => {
  test("the oldest files go when there are too many bytes, and their spans are counted", async () => {
    const size = kept(spanNames(1)).batch.bytes.length
    const small = spool({ maxBytes: size * 3 })
    for (let index = 0; index < 10; index++) await small.write(kept([spanName(index)], START + index))
    expect(await drain(spool())).toEqual([7, 8, 9].map((index) => spanName(index)))
    expect(dropped).toEqual(Array.from({ length: 7 }, () => [1, "the spool folder is full"]))
  })

  test("files that are too old go, and their spans are counted", async () => {
    await spool().write(kept(spanNames(4), START))
    await spool().write(kept(["<b-000000>"], START + HOUR))
    now = START + 24 * HOUR + 1
    expect(await drain(spool())).toEqual(["<b-000000>"])
    expect(dropped).toEqual([[4, "they were undeliverable for too long"]])
  })

  test("a file of exactly the highest age stays", async () => {
    await spool().write(kept(spanNames(1), START))
    now = START + 24 * HOUR
    expect(await drain(spool())).toEqual(spanNames(1))
    expect(dropped).toEqual([])
  })

  test("a full folder loses no file that a process is sending", async () => {
    const size = kept(spanNames(1)).batch.bytes.length
    await spool().write(kept(["<a-000000>"], START))
    const claim = await spool().claim()
    await spool().write(kept(["<b-000000>"], START + 1))
    expect(await drain(spool({ maxBytes: size }))).toEqual([])
    expect(dropped).toEqual([[1, "the spool folder is full"]])
    await claim?.release()
    expect(await drain(spool())).toEqual(["<a-000000>"])
  })
})

describe("damage", () => {
  test("a cut, an overwritten and a half-written file are set aside and block nothing", async () => {
    const one = spool()
    for (let index = 0; index < 3; index++) await one.write(kept([spanName(index)], START + index))
    const [cut = "", garbled = "", half = ""] = filesIn(directory)
    truncateSync(join(directory, cut), 20)
    writeFileSync(join(directory, garbled), new Uint8Array(statSync(join(directory, garbled)).size))
    renameSync(join(directory, half), join(directory, `${half}.tmp`))
    await one.write(kept(["<z-000000>"], START + 9))
    now += 2 * HOUR
    expect(await drain(spool())).toEqual(["<z-000000>"])
    expect(filesIn(directory)).toEqual([cut, garbled, half].map((name) => `${name}.corrupt`))
    expect(dropped.map(([spans]) => spans)).toEqual([1, 1, 1])
    now += 24 * HOUR
    await drain(spool())
    expect(filesIn(directory)).toEqual([])
    expect(dropped).toHaveLength(3)
  })

  test("files of others are left alone", async () => {
    await spool().write(kept(spanNames(1)))
    for (const name of ["notes.txt", "x.otlp", ".hidden"]) writeFileSync(join(directory, name), "x")
    now += 100 * HOUR
    await drain(spool({ maxBytes: 0 }))
    expect(filesIn(directory)).toEqual([".hidden", "notes.txt", "x.otlp"])
  })

  test("a file that takes the folder's place is a problem that is told, and nothing is thrown", async () => {
    writeFileSync(join(scratch.path, "state"), "")
    const one = spool()
    expect(await one.write(kept(spanNames(1)))).toBe(false)
    expect(one.writeNow(kept(spanNames(1)))).toBe(false)
    expect(await one.claim()).toBeUndefined()
    expect(problems).toEqual([
      "The spool folder cannot be written (ENOTDIR).",
      "The spool folder cannot be written (ENOTDIR).",
    ])
  })
})

describe("parseName", () => {
  const base = "1800000000000-0123456789abcdef-64-1000-2-0123456789ab.otlp"
  test.each([
    [base, "waiting", START],
    [`${base}.tmp`, "writing", START],
    [`${base}.corrupt`, "corrupt", START],
    [`${base}.1800000000005.claim`, "claimed", START + 5],
  ])("%s is %s", (name, state, since) => {
    expect(parseName(name)).toMatchObject({
      state,
      since,
      name,
      file: {
        createdAt: START,
        destination: "0123456789abcdef",
        spans: 64,
        bytes: 1_000,
        attempts: 2,
        id: "0123456789ab",
      },
    })
  })

  test.each(["", "x.otlp", `${base}.claim`, `x${base}`, `${base}/..`, `${base}.tmp.tmp`])(
    "%p is none of ours",
    (name) => {
      expect(parseName(name)).toBeUndefined()
    },
  )
})
