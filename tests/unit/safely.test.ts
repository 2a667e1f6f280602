import { describe, expect, test } from "bun:test"
import { safely } from "../../src/handlers/safely.ts"

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
