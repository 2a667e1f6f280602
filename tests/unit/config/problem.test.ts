import { describe, expect, test } from "bun:test"
import { formatProblem, maskSecret, maskUrl } from "../../../src/config/index.ts"
import { nearest } from "../../../src/config/option-reader.ts"
import { show } from "../../../src/config/problem.ts"

test("a problem is one sentence in one line", () => {
  const problem = {
    setting: "a\nb",
    given: '"x\u001b[31m"',
    expected: "y",
    used: "z",
    severity: "info",
  } as const
  expect(formatProblem(problem)).toBe('a b: got "x [31m", expected y; using z.')
})

describe("what is shown", () => {
  test.each([
    [undefined, "nothing"],
    [null, "null"],
    [7, "7"],
    [true, "true"],
    [Number.NaN, "NaN"],
    ["text", '"text"'],
    ["two\nlines\u202e", '"two lines"'],
    ["x".repeat(100), `"${"x".repeat(80)}…"`],
    [`${"x".repeat(79)}😀`, `"${"x".repeat(79)}\ufffd…"`],
    [[1, 2], "a list of 2"],
    [{}, "an object"],
    [() => 1, "a function"],
    [Symbol("secret"), "a symbol"],
    [10n, "a bigint"],
    ["http://user:pass@host/path", '"http://***@host/path"'],
    ["user:pass@host", '"***@host"'],
    ["see http://u:p@h and x:y@z", '"see http://***@h and ***@z"'],
    ["me@example.com", '"me@example.com"'],
  ])("%p as %s", (value, shown) => {
    expect(show(value)).toBe(shown)
  })

  test.each([
    ["secret", "*** (6 characters)"],
    ["s", "*** (1 character)"],
    ["", '""'],
    [7, "7"],
    [undefined, "nothing"],
  ])("a secret %p as %s", (value, shown) => {
    expect(maskSecret(value)).toBe(shown)
  })

  test.each([
    ["http://host/path", "http://host/path"],
    ["http://user:pass@host/path", "http://***@host/path"],
    ["https://token@host", "https://***@host"],
    ["user:pass@host:4318", "***@host:4318"],
    ["http://u:p/a?s#s@host", "http://***@host"],
    ["http://host/x?key=secret&b=2#f", "http://host/x?key=***&b=***#f"],
    ["http://u:p\n@host", "http://***@host"],
  ])("the URL %s as %s", (url, shown) => {
    expect(maskUrl(url)).toBe(shown)
  })
})

test("the nearest known name", () => {
  const known = ["endpoint", "headers", "timeoutMs", "batch"]
  expect(nearest("endpont", known)).toBe("endpoint")
  expect(nearest("EndPoint", known)).toBe("endpoint")
  expect(nearest("timeout", known)).toBe("timeoutMs")
  expect(nearest("header", known)).toBe("headers")
  expect(nearest("apiKey", known)).toBeUndefined()
  expect(nearest("", known)).toBeUndefined()
  expect(nearest("x", [])).toBeUndefined()
  expect(nearest("x".repeat(100_000), known)).toBeUndefined()
})
