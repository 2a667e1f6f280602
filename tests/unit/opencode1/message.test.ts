// What is read here has the shapes that the recordings in tests/fixtures/streams show.
import { describe, expect, test } from "bun:test"
import { readFailure } from "../../../src/opencode1/failure.ts"
import { readAssistant, readPrompt, readSession, readUsage } from "../../../src/opencode1/message-readings.ts"

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

const USER = {
  id: "msg_1",
  role: "user",
  sessionID: "ses_1",
  time: { created: CREATED },
  agent: "build",
  model: { providerID: "fake", modelID: "fake-1" },
}

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

describe("user messages", () => {
  test("are read", () => {
    expect(readPrompt(USER)).toEqual({
      messageId: "msg_1",
      sessionId: "ses_1",
      createdAt: CREATED,
      agent: "build",
      model: { providerId: "fake", modelId: "fake-1" },
      json: false,
    })
    const format = { type: "json_schema", schema: {}, retryCount: 2 }
    expect(readPrompt({ ...USER, format })?.json).toBe(true)
    expect(readPrompt({ ...USER, format: { type: "text" } })?.json).toBe(false)
  })

  test("need their role and both ids", () => {
    const { id, sessionID, role } = USER
    expect(readPrompt({ id, sessionID, role })?.messageId).toBe("msg_1")
    for (const missing of ["id", "sessionID", "role"]) {
      expect(readPrompt({ ...USER, [missing]: undefined })).toBeUndefined()
      expect(readPrompt({ ...USER, [missing]: 1 })).toBeUndefined()
    }
    expect(readPrompt(ASSISTANT)).toBeUndefined()
  })

  test("with half a model have none", () => {
    expect(readPrompt({ ...USER, model: { providerID: "fake" } })?.model).toBeUndefined()
    expect(readPrompt({ ...USER, model: "fake/fake-1" })?.model).toBeUndefined()
  })
})

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
    expect(readAssistant(USER)).toBeUndefined()
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
