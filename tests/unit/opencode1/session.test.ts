// What is read here has the shapes that the recordings in tests/fixtures/streams show.
import { describe, expect, test } from "bun:test"
import { readSession } from "../../../src/opencode1/session.ts"

const CREATED = 1_795_231_031_365
const COMPLETED = 1_795_231_034_634

const SESSION = {
  id: "ses_1",
  slug: "neon-circuit",
  version: "1.18.33",
  directory: "/home/dev/app",
  title: "A title",
  parentID: "ses_0",
  cost: 0.5,
  tokens: { input: 0, output: 0, reasoning: 0, cache: { read: 0, write: 0 } },
  time: { created: CREATED, updated: COMPLETED },
}

describe("sessions", () => {
  test("are read", () => {
    expect(readSession(SESSION)).toEqual({
      sessionId: "ses_1",
      parentId: "ses_0",
      createdAt: CREATED,
      version: "1.18.33",
      cost: 0.5,
      title: "A title",
    })
  })

  test("need an id, and nothing else", () => {
    const unknown = {
      parentId: undefined,
      createdAt: undefined,
      version: undefined,
      cost: undefined,
      title: undefined,
    }
    expect(readSession({ id: "ses_1" })).toEqual({ sessionId: "ses_1", ...unknown })
    const wrong = { id: "ses_1", parentID: 7, version: {}, cost: "0.5", time: CREATED, title: ["x"] }
    expect(readSession(wrong)).toEqual({ sessionId: "ses_1", ...unknown })
    for (const other of [undefined, null, "ses_1", [], {}, { id: "" }, { id: 1 }]) {
      expect(readSession(other)).toBeUndefined()
    }
  })
})
