// What is read here has the shapes that the recordings in tests/fixtures/streams show.
import { describe, expect, test } from "bun:test"
import { readAssistant, readLineChanges, readUsage } from "../../../src/opencode1/message.ts"

const CREATED = 1_795_231_031_365
const COMPLETED = 1_795_231_034_634

const ASSISTANT = {
  id: "msg_2",
  parentID: "msg_1",
  role: "assistant",
  mode: "build",
  agent: "build",
  path: { cwd: "/home/dev/app", root: "/home/dev/app" },
  cost: 0.000498,
  tokens: { total: 122, input: 62, output: 13, reasoning: 7, cache: { write: 0, read: 40 } },
  modelID: "fake-1",
  providerID: "fake",
  time: { created: CREATED, completed: COMPLETED },
  sessionID: "ses_1",
  finish: "tool-calls",
}

const USAGE = { input: 102, output: 20, reasoning: 7, cacheRead: 40, cacheWrite: 0 }

describe("assistant messages", () => {
  test("are read", () => {
    expect(readAssistant(ASSISTANT)).toEqual({
      messageId: "msg_2",
      sessionId: "ses_1",
      promptId: "msg_1",
      agent: "build",
      model: { providerId: "fake", modelId: "fake-1" },
      createdAt: CREATED,
      completedAt: COMPLETED,
      finish: "tool-calls",
      failure: undefined,
      usage: USAGE,
      cost: 0.000498,
    })
  })

  test("name their agent by mode where that is all they have", () => {
    const { agent: _, ...old } = ASSISTANT
    expect(readAssistant({ ...old, mode: "plan" })?.agent).toBe("plan")
  })

  test("need their role and both ids; whatever else is wrong is absent", () => {
    for (const missing of ["id", "sessionID", "role"]) {
      expect(readAssistant({ ...ASSISTANT, [missing]: undefined })).toBeUndefined()
    }
    expect(readAssistant({ ...ASSISTANT, role: "user" })).toBeUndefined()
    const { id, sessionID, role } = ASSISTANT
    const wrong = {
      parentID: {},
      time: "now",
      finish: 1,
      error: "no",
      tokens: [],
      cost: -1,
      agent: [],
      mode: 0,
    }
    expect(readAssistant({ id, sessionID, role, ...wrong })).toEqual({
      messageId: "msg_2",
      sessionId: "ses_1",
      promptId: undefined,
      agent: undefined,
      model: undefined,
      createdAt: undefined,
      completedAt: undefined,
      finish: undefined,
      failure: undefined,
      usage: undefined,
      cost: undefined,
    })
  })
})

describe("tokens", () => {
  test("that make no sense count as 0", () => {
    expect(readUsage(ASSISTANT.tokens)).toEqual(USAGE)
    const nothing = { input: 0, output: 0, reasoning: 0, cacheRead: 0, cacheWrite: 0 }
    expect(readUsage({})).toEqual(nothing)
    expect(
      readUsage({ input: -5, output: Number.NaN, reasoning: "7", cache: { read: 1e300, write: null } }),
    ).toEqual(nothing)
    expect(readUsage("many")).toBeUndefined()
  })
})

describe("the lines changed for a prompt", () => {
  test("are those of a user message's diffs, summed; nothing else of them", () => {
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
})
