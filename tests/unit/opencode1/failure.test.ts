import { describe, expect, test } from "bun:test"
import { readFailure } from "../../../src/opencode1/failure.ts"

describe("errors", () => {
  test.each([
    [{ name: "APIError", data: { message: "m", statusCode: 429, responseBody: "secret" } }, "429"],
    [{ name: "APIError", data: { message: "m" } }, "APIError"],
    [{ name: "APIError", data: { statusCode: "429" } }, "APIError"],
    [{ name: "ContextOverflowError", data: { message: "m", statusCode: 400 } }, "ContextOverflowError"],
    [{ name: "UnknownError" }, "UnknownError"],
    [{ data: {} }, "_OTHER"],
    [{ name: 7 }, "_OTHER"],
    [{ name: "cannot read /home/dev/secret.txt" }, "_OTHER"],
  ])("%o has the type %s", (error, type) => {
    expect(readFailure(error)).toMatchObject({ kind: "error", type })
  })

  test("an abort is none", () => {
    expect(readFailure({ name: "MessageAbortedError", data: { message: "Aborted" } })).toEqual({
      kind: "interrupted",
    })
  })

  test("what is no error is none", () => {
    for (const other of [undefined, null, "error", 500, []]) expect(readFailure(other)).toBeUndefined()
  })
})
