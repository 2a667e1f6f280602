import { expect, test } from "bun:test"
import { onHistory } from "../../../src/opencode1/history.ts"
import { Stage } from "../../support/stage.ts"

function told(output: unknown): [string, number][] {
  const calls: [string, number][] = []
  const { model } = new Stage()
  model.historySent = (sessionId, messages) => void calls.push([sessionId, messages])
  onHistory(model, output)
  return calls
}

test("a conversation is counted, for the session of its newest message", () => {
  const message = (sessionID: string) => ({ info: { sessionID }, parts: [] })
  expect(told({ messages: [message("old"), message("s"), message("s")] })).toEqual([["s", 3]])
})

test.each([
  undefined,
  {},
  { messages: [] },
  { messages: {} },
  { messages: [null] },
  { messages: [{ info: 1 }] },
])("%p tells nothing", (output) => {
  expect(told(output)).toEqual([])
})
