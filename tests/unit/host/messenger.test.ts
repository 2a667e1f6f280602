import { describe, expect, test } from "bun:test"
import type { createOpencodeClient } from "@opencode-ai/sdk"
import type { Problem } from "../../../src/config/index.ts"
import { createMessenger, deliveryReport, type MessageClient } from "../../../src/host/messenger.ts"

/** A messenger with a clock and timers that the test moves, and a client that writes down what it is told. */
function setUp(answer: () => Promise<unknown> = () => Promise.resolve(true)) {
  const said: string[] = []
  const timers = new Map<number, { at: number; callback: () => void }>()
  let now = 1_000_000
  let next = 0
  const client: MessageClient = {
    app: {
      log: ({ body }) => {
        said.push(`${body.service} ${body.level}: ${body.message}`)
        return answer()
      },
    },
    tui: {
      showToast: ({ body }) => {
        said.push(`toast ${body.variant}: ${body.title}: ${body.message}`)
        return answer()
      },
    },
  }
  const messenger = createMessenger({
    client,
    now: () => now,
    schedule: (callback, delayMs) => {
      const id = next++
      timers.set(id, { at: now + delayMs, callback })
      return () => timers.delete(id)
    },
  })
  /** Lets time pass, runs the timers that are due, and answers what was said since. */
  function pass(ms: number): string[] {
    now += ms
    const due = [...timers].filter(([, timer]) => timer.at <= now)
    for (const [id, timer] of due) {
      timers.delete(id)
      timer.callback()
    }
    return said.splice(0)
  }
  return { messenger, pass, timers, said }
}

const problem = (severity: Problem["severity"], setting: string): Problem => ({
  setting,
  given: "a",
  expected: "b",
  used: "c",
  severity,
})

test("OpenCode's own client fits", () => {
  const accept = (client: MessageClient) => client
  const pass = (client: ReturnType<typeof createOpencodeClient>) => accept(client)
  expect(typeof pass).toBe("function")
})

describe("the log", () => {
  test("is written from a timer, never in the call", () => {
    const { messenger, pass, said } = setUp()
    messenger.report("info", "hello")
    expect(said).toEqual([])
    expect(pass(0)).toEqual(["opencode-traces info: opencode-traces: hello"])
    expect(pass(60_000)).toEqual([])
  })

  test("hears the same message once in ten minutes", () => {
    const { messenger, pass } = setUp()
    messenger.report("warn", "again")
    messenger.report("warn", "again")
    expect(pass(0)).toEqual(["opencode-traces warn: opencode-traces: again"])
    pass(599_999)
    messenger.report("warn", "again")
    expect(pass(0)).toEqual([])
    pass(1)
    messenger.report("warn", "again")
    expect(pass(0)).toEqual(["opencode-traces warn: opencode-traces: again"])
  })

  test("hears twenty messages a minute, and later how many were left out", () => {
    const { messenger, pass } = setUp()
    for (let index = 0; index < 1_000; index++) messenger.report("info", `message ${index}`)
    expect(pass(0).length).toBe(20)
    pass(60_000)
    messenger.report("info", "the next minute")
    expect(pass(0)).toEqual([
      "opencode-traces warn: opencode-traces: 980 further messages were left out",
      "opencode-traces info: opencode-traces: the next minute",
    ])
  })

  test("gets no endless message and no half character", () => {
    const { messenger, pass } = setUp()
    messenger.report("info", `${"x".repeat(999)}😀 and more`)
    const [line] = pass(0)
    expect(line).toBe(`opencode-traces info: opencode-traces: ${"x".repeat(999)}\ufffd…`)
  })
})

describe("the toast", () => {
  test("comes once, and not before the terminal UI listens", () => {
    const { messenger, pass } = setUp()
    messenger.alert("error", "the key is wrong")
    messenger.alert("error", "the key is wrong")
    expect(pass(0)).toEqual(["opencode-traces error: opencode-traces: the key is wrong"])
    expect(pass(3_999)).toEqual([])
    expect(pass(1)).toEqual(["toast error: opencode-traces: the key is wrong"])
    messenger.alert("error", "the key is wrong")
    expect(pass(3_600_000)).toEqual([])
    messenger.alert("error", "the key is wrong")
    expect(pass(0)).toEqual(["opencode-traces error: opencode-traces: the key is wrong"])
  })

  test("comes at most three times, the log goes on", () => {
    const { messenger, pass } = setUp()
    for (const name of ["a", "b", "c", "d"]) messenger.alert("warn", name)
    const lines = pass(10_000)
    expect(lines.filter((line) => line.startsWith("toast"))).toEqual([
      "toast warning: opencode-traces: a",
      "toast warning: opencode-traces: b",
      "toast warning: opencode-traces: c",
    ])
    expect(lines.length).toBe(7)
  })
})

describe("the problems of the configuration", () => {
  test("are all logged; one toast shows the gravest", () => {
    const { messenger, pass } = setUp()
    messenger.problems([problem("info", "one"), problem("warning", "two"), problem("error", "three")])
    expect(pass(10_000)).toEqual([
      "opencode-traces info: opencode-traces: one: got a, expected b; using c.",
      "opencode-traces warn: opencode-traces: two: got a, expected b; using c.",
      "opencode-traces error: opencode-traces: three: got a, expected b; using c.",
      "toast error: opencode-traces: three: got a, expected b; using c. And 1 more, in OpenCode's log.",
    ])
  })

  test("are no toast when they only inform", () => {
    const { messenger, pass } = setUp()
    messenger.problems([problem("info", "one")])
    messenger.problems([])
    expect(pass(10_000)).toEqual(["opencode-traces info: opencode-traces: one: got a, expected b; using c."])
  })
})

describe("nothing that OpenCode answers matters", () => {
  test("a client that rejects", async () => {
    const { messenger, pass } = setUp(() => Promise.reject(new Error("no server")))
    messenger.alert("error", "x")
    expect(pass(10_000).length).toBe(2)
    await Promise.resolve()
  })

  test("a client that throws", () => {
    const { messenger, pass } = setUp(() => {
      throw new Error("no server")
    })
    messenger.alert("error", "x")
    messenger.report("info", "y")
    expect(pass(10_000).length).toBe(3)
  })

  test("a client that never answers", () => {
    const { messenger, pass } = setUp(() => new Promise(() => {}))
    messenger.report("info", "x")
    expect(pass(0).length).toBe(1)
    messenger.report("info", "y")
    expect(pass(0).length).toBe(1)
  })
})

test("dispose hands over the log, forgets the toasts, and is silent afterwards", () => {
  const { messenger, said, timers, pass } = setUp()
  messenger.alert("error", "last words")
  messenger.dispose()
  expect(said.splice(0)).toEqual(["opencode-traces error: opencode-traces: last words"])
  expect(timers.size).toBe(0)
  messenger.report("info", "x")
  messenger.alert("warn", "y")
  messenger.dispose()
  expect(pass(10_000)).toEqual([])
  expect(timers.size).toBe(0)
})

test("its own timers keep no process alive", async () => {
  const source = `
    import { createMessenger } from ${JSON.stringify(import.meta.resolve("../../../src/host/messenger.ts"))}
    const shout = async () => process.stderr.write("a timer ran to its end")
    createMessenger({ client: { app: { log: async () => {} }, tui: { showToast: shout } } }).alert("error", "x")
  `
  const child = Bun.spawn([process.execPath, "-e", source], {
    stdout: "ignore",
    stderr: "pipe",
    env: { ...process.env },
    timeout: 20_000,
  })
  await child.exited
  const output = await new Response(child.stderr).text()
  expect({ code: child.exitCode, output }).toEqual({ code: 0, output: "" })
}, 30_000)

describe("what the export pipeline reports", () => {
  test("is an alert where it is an error, and a log line otherwise", () => {
    const { messenger, pass } = setUp()
    const report = deliveryReport(messenger, { endpointSource: "option" })
    report("warn", "the collector is down")
    report("error", "the key is wrong")
    expect(pass(10_000)).toEqual([
      "opencode-traces warn: opencode-traces: the collector is down",
      "opencode-traces error: opencode-traces: the key is wrong",
      "toast error: opencode-traces: the key is wrong",
    ])
  })

  test("is no news where nobody named an endpoint and nothing listens, but a collector that refuses is", () => {
    const { messenger, pass } = setUp()
    const report = deliveryReport(messenger, { endpointSource: "default" })
    report("warn", "nothing listens")
    expect(pass(10_000)).toEqual([])
    report("error", "the key is wrong")
    expect(pass(10_000)[0]).toBe("opencode-traces error: opencode-traces: the key is wrong")
  })
})
