import { describe, expect, test } from "bun:test"
import { guarded, safely, safelyAwaited } from "../../../src/host/safe-hooks.ts"
import { systemClock } from "../../../src/runs/clock.ts"

/** What is reported when a handler throws `thrown`. */
async function reported(thrown: () => unknown): Promise<string[]> {
  const reports: string[] = []
  const hook = safely(
    "event",
    (level, message) => reports.push(`${level}: ${message}`),
    () => {
      throw thrown()
    },
  )
  expect(await hook()).toBeUndefined()
  return reports
}

/**
 * Leaves out line and column of the place that a throw of a test's own has: the hook's, the first of our files on its
 * way.
 */
function unnumbered(reports: readonly string[]): string[] {
  return reports.map((report) =>
    report.replace(/ at host\/safe-hooks\.ts:\d+:\d+$/, " at host/safe-hooks.ts"),
  )
}

/** This package's own folder, as it stands in a stack. */
const SRC = Bun.fileURLToPath(new URL("../../../src/", import.meta.url))

/** An error with this stack below its message. */
function withStack(frames: readonly string[], message = "secret"): Error {
  const error = new Error(message)
  return Object.assign(error, { stack: [`Error: ${message}`, ...frames].join("\n") })
}

describe("safely", () => {
  test("runs the handler to its end before it returns", () => {
    const seen: unknown[] = []
    const hook = safely(
      "event",
      () => {},
      (...args: number[]) => seen.push(...args),
    )
    const promise = hook(1, 2)
    expect(seen).toEqual([1, 2])
    expect(promise).toBeInstanceOf(Promise)
  })

  test("tells the kind of an error, and nothing of what it says", async () => {
    const named = () => Object.assign(new Error("secret"), { name: "secret" })
    expect(unnumbered(await reported(() => new TypeError("secret")))).toEqual([
      "error: event failed: TypeError at host/safe-hooks.ts",
    ])
    expect(unnumbered(await reported(named))).toEqual(["error: event failed: Error at host/safe-hooks.ts"])
    expect(await reported(() => "secret")).toEqual(["error: event failed: string"])
    expect(await reported(() => undefined)).toEqual(["error: event failed: undefined"])
  })

  test("survives an error that cannot even be looked at", async () => {
    const fail = () => {
      throw new Error("looked at")
    }
    const hostile = () => new Proxy({}, { getPrototypeOf: fail, get: fail })
    expect(await reported(hostile)).toEqual(["error: event failed: unknown"])
  })
})

describe("the place of a fault", () => {
  const ours = `    at read (${SRC}opencode1/message.ts:12:7)`
  const theirs = "    at x (/home/dev/secret/src/app.ts:1:2)"
  const UNPLACED = ["error: event failed: Error"]

  test.each([
    ["in parentheses", [ours]],
    ["without a function", [`    at ${SRC}opencode1/message.ts:12:7`]],
    [
      "as a URL",
      [`    at async read (${new URL("../../../src/", import.meta.url)}opencode1/message.ts:12:7)`],
    ],
    ["below frames of others", [theirs, "    at map (native)", ours]],
    ["above others of ours", [ours, `    at emit (${SRC}opencode1/event.ts:1:1)`]],
  ])("is the first of ours: %s", async (_name, frames) => {
    expect(await reported(() => withStack(frames))).toEqual([
      "error: event failed: Error at opencode1/message.ts:12:7",
    ])
  })

  test.each([
    ["others' files", [theirs]],
    ["a file beside ours", [`    at x (${SRC.replace(/src.$/, "")}tests/secret.ts:1:1)`]],
    ["a path out of ours", [`    at x (${SRC}../secret.ts:1:1)`, `    at x (${SRC}a/../../secret.ts:1:1)`]],
    ["a path that is none", [`    at x (${SRC}the secret words.ts:1:1)`, `    at x (${SRC}secret)`]],
    ["no frame", [`${SRC}secret.ts:1:1`]],
    ["a path without an end", [`    at x (${SRC}${"secret/".repeat(10_000)}a.ts:1:1)`]],
    ["more than is looked at", [...Array<string>(2_000).fill(theirs), ours]],
    ["none", []],
  ])("is not %s", async (_name, frames) => {
    expect(await reported(() => withStack(frames))).toEqual(UNPLACED)
  })

  test("is never read from the message, which may look like a stack", async () => {
    const fake = `secret\n    at x (/a/src/b.ts:1:1)\n    at x (${SRC}secret.ts:1:1)`
    expect(await reported(() => withStack([theirs], fake))).toEqual(UNPLACED)
    expect(await reported(() => withStack([ours], fake))).toEqual([
      "error: event failed: Error at opencode1/message.ts:12:7",
    ])
    expect(unnumbered(await reported(() => new Error(fake)))).toEqual([
      "error: event failed: Error at host/safe-hooks.ts",
    ])
    const changed = Object.assign(withStack([theirs], fake), { message: "another" })
    expect(await reported(() => changed)).toEqual(UNPLACED)
  })

  test("of a hostile error is none", async () => {
    const fail = () => {
      throw new Error("looked at")
    }
    const property = (name: string, descriptor: PropertyDescriptor) =>
      Object.defineProperty(withStack([ours]), name, descriptor)
    for (const name of ["stack", "message", "name"]) {
      expect(await reported(() => property(name, { get: fail }))).toEqual(UNPLACED)
      expect(await reported(() => property(name, { value: { toString: fail } }))).toEqual(UNPLACED)
    }
    expect(await reported(() => ({ stack: ours }))).toEqual(["error: event failed: object"])
  })
})

describe("safelyAwaited", () => {
  test("resolves when the work is done, and also when it throws or rejects", async () => {
    const reports: string[] = []
    const report = (level: string, message: string) => void reports.push(`${level}: ${message}`)
    const done: string[] = []
    await safelyAwaited("dispose", report, async () => {
      await Promise.resolve()
      done.push("work")
    })()
    expect(done).toEqual(["work"])
    await safelyAwaited("dispose", report, () => Promise.reject(new RangeError("secret")))()
    await safelyAwaited("dispose", report, () => {
      throw new TypeError("secret")
    })()
    expect(unnumbered(reports)).toEqual([
      "error: dispose failed: RangeError at host/safe-hooks.ts",
      "error: dispose failed: TypeError at host/safe-hooks.ts",
    ])
  })
})

describe("the system's clock", () => {
  test("reports what a timer throws instead of throwing it", async () => {
    const reports: string[] = []
    const told = Promise.withResolvers<void>()
    const report = (level: string, message: string) => {
      reports.push(`${level}: ${message}`)
      told.resolve()
    }
    const clock = systemClock((action) => guarded("a timer", report, action))
    clock.after(0, () => {
      throw new Error("secret")
    })
    await told.promise
    expect(unnumbered(reports)).toEqual(["error: a timer failed: Error at host/safe-hooks.ts"])
  })

  test("calls nothing once it is cancelled", async () => {
    const clock = systemClock((action) => action)
    const calls: string[] = []
    clock.after(0, () => calls.push("cancelled"))()
    await new Promise<void>((resolve) => clock.after(1, resolve))
    expect(calls).toEqual([])
  })
})
