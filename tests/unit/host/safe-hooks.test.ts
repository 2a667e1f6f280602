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
    expect(await reported(() => new TypeError("secret"))).toEqual(["error: event failed: TypeError"])
    expect(await reported(named)).toEqual(["error: event failed: Error"])
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
    expect(reports).toEqual(["error: dispose failed: RangeError", "error: dispose failed: TypeError"])
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
    expect(reports).toEqual(["error: a timer failed: Error"])
  })

  test("calls nothing once it is cancelled", async () => {
    const clock = systemClock((action) => action)
    const calls: string[] = []
    clock.after(0, () => calls.push("cancelled"))()
    await new Promise<void>((resolve) => clock.after(1, resolve))
    expect(calls).toEqual([])
  })
})
