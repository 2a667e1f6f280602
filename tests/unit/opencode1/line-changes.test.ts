import { expect, test } from "bun:test"
import { readLineChanges } from "../../../src/opencode1/message-readings.ts"
import { readOutput } from "../../../src/opencode1/part-readings.ts"

test("the lines of a user message's diffs, summed; nothing else of them", () => {
  const diff = (additions: unknown, deletions: unknown) => ({
    file: "a",
    patch: "secret",
    additions,
    deletions,
  })
  const message = { id: "m", summary: { title: "t", diffs: [diff(3, 1), diff(2, 0), diff("x", -1), null] } }
  expect(readLineChanges(message)).toEqual({ added: 5, removed: 1 })
  expect(readLineChanges({ summary: { diffs: [] } })).toEqual({ added: 0, removed: 0 })
})

test.each([undefined, {}, { summary: true }, { summary: {} }, { summary: { diffs: {} } }])(
  "no diffs in %p",
  (message) => {
    expect(readLineChanges(message)).toBeUndefined()
  },
)

test("the files of a patch", () => {
  const part = { id: "p", type: "patch", hash: "h", files: ["/p/a", 1, "", "/p/b"] }
  expect(readOutput(part, undefined)).toEqual({ type: "changed", files: ["/p/a", "/p/b"] })
  expect(readOutput({ id: "p", type: "patch" }, undefined)).toEqual({ type: "changed", files: [] })
})
