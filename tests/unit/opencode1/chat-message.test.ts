// What is read here has the shapes that the recordings in tests/fixtures/streams show.
import { describe, expect, test } from "bun:test"
import { readPrompt } from "../../../src/opencode1/chat-message.ts"

const CREATED = 1_795_231_031_365

const USER = {
  id: "msg_1",
  role: "user",
  sessionID: "ses_1",
  time: { created: CREATED },
  agent: "build",
  model: { providerID: "fake", modelID: "fake-1" },
}

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
    expect(readPrompt({ ...USER, role: "assistant" })).toBeUndefined()
  })

  test("with half a model have none", () => {
    expect(readPrompt({ ...USER, model: { providerID: "fake" } })?.model).toBeUndefined()
    expect(readPrompt({ ...USER, model: "fake/fake-1" })?.model).toBeUndefined()
  })
})
