import { afterEach, beforeEach, describe, expect, test } from "bun:test"
import { join } from "node:path"
import { type Collector, startCollector } from "./support/collector.ts"
import type { ExitChild } from "./support/exit-child.ts"
import { scratchFolder, spooledNames } from "./support/folder.ts"
import { type Child, startChild } from "./support/process.ts"
import { spanNames } from "./support/spans.ts"

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const

let collector: Collector
let scratch: ReturnType<typeof scratchFolder>
let directory: string

beforeEach(async () => {
  collector = await startCollector()
  scratch = scratchFolder()
  directory = join(scratch.path, "spool")
})
afterEach(async () => {
  await collector.close()
  scratch.remove()
})

async function start(overrides: Partial<ExitChild> = {}): Promise<Child> {
  const parameter: ExitChild = {
    endpoint: collector.endpoint,
    directory,
    drainMs: 2_000,
    instances: 1,
    foreign: "none",
    next: "stay",
    ...overrides,
  }
  const child = startChild("exit-child.ts", parameter)
  await child.until("ready")
  return child
}

/** Names of all spans that `instances` instances make. */
function allNames(instances: number): string[] {
  return [...spanNames(instances, "ended"), ...spanNames(instances, "open")]
}

describe.each([...SIGNALS])("%s", (signal) => {
  test("ends open spans, delivers all of them, and the process dies by it", async () => {
    const child = await start()
    child.kill(signal)
    expect(await child.ended()).toMatchObject({ exitCode: null, signal })
    expect([...collector.accepted].sort()).toEqual(allNames(1))
    expect(spooledNames(directory)).toEqual([])
  })

  test("with a collector that hangs, the spans are kept and the process dies by it", async () => {
    collector.answer = () => ({ do: "hang" })
    const child = await start({ drainMs: 300 })
    child.kill(signal)
    expect(await child.ended()).toMatchObject({ exitCode: null, signal })
    expect(spooledNames(directory)).toEqual(allNames(1))
  })
})

test("a second signal does not wait for the first", async () => {
  collector.answer = () => ({ do: "hang" })
  const child = await start({ drainMs: 4_000 })
  child.kill("SIGINT")
  await collector.until(() => collector.requests.length === 1)
  const asked = performance.now()
  child.kill("SIGINT")
  expect(await child.ended()).toMatchObject({ exitCode: null, signal: "SIGINT" })
  expect(performance.now() - asked).toBeLessThan(3_000)
  expect(spooledNames(directory)).toEqual(allNames(1))
})

test("an instance that does not finish holds the process for 5 seconds at most", async () => {
  collector.answer = () => ({ do: "hang" })
  const child = await start({ drainMs: 60_000 })
  const asked = performance.now()
  child.kill("SIGTERM")
  expect(await child.ended()).toMatchObject({ exitCode: null, signal: "SIGTERM" })
  expect(performance.now() - asked).toBeGreaterThan(4_500)
  expect(spooledNames(directory)).toEqual(allNames(1))
}, 15_000)

test("several instances, from two copies of the module, share one listener per signal", async () => {
  const child = await start({ instances: 5 })
  child.kill("SIGTERM")
  const { output, signal } = await child.ended()
  expect(output).toContain("listeners: 1 1 1 1\n")
  expect(signal).toBe("SIGTERM")
  expect([...collector.accepted].sort()).toEqual(allNames(5))
})

test("the last instance takes the listeners along", async () => {
  const child = await start({ instances: 2, next: "leave" })
  child.kill("SIGTERM")
  const { output, signal } = await child.ended()
  expect(output).toContain("listeners: 0 0 0 0\n")
  expect(signal).toBe("SIGTERM")
})

test("somebody else's listener decides: its exit code stays, and nothing is lost", async () => {
  const child = await start({ foreign: "exit", instances: 2 })
  child.kill("SIGTERM")
  expect(await child.ended()).toMatchObject({ exitCode: 7, signal: null })
  expect(spooledNames(directory)).toEqual(allNames(2))
})

test("somebody else's listener finds itself alone, twice, and the process lives on", async () => {
  const child = await start({ foreign: "print" })
  child.kill("SIGTERM")
  await child.until("foreign: SIGTERM with 1 listeners\n")
  expect(spooledNames(directory)).toEqual(allNames(1))
  child.kill("SIGTERM")
  await child.until("1 listeners\nforeign: SIGTERM with 1 listeners\n")
  child.kill("SIGINT")
  expect(await child.ended()).toMatchObject({ exitCode: null, signal: "SIGINT" })
})

test("process.exit ends open spans and keeps everything; the exit code stays", async () => {
  const child = startChild("exit-child.ts", {
    endpoint: collector.endpoint,
    directory,
    drainMs: 2_000,
    instances: 2,
    foreign: "none",
    next: "exit",
  } satisfies ExitChild)
  expect(await child.ended()).toMatchObject({ exitCode: 3, signal: null })
  expect(spooledNames(directory)).toEqual(allNames(2))
})

test("what one process kept as it died, the next delivers", async () => {
  const first = await start({ foreign: "exit" })
  first.kill("SIGTERM")
  await first.ended()
  const second = await start()
  second.kill("SIGINT")
  await second.ended()
  expect([...collector.accepted].sort()).toEqual([...allNames(1), ...allNames(1)].sort())
  expect(spooledNames(directory)).toEqual([])
})
