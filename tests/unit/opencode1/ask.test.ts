// What is read here has the shapes that the recordings in tests/fixtures/streams show.
import { describe, expect, test } from "bun:test"
import { readAsk } from "../../../src/opencode1/ask.ts"
import { readPermissionReply } from "../../../src/opencode1/permission.ts"
import { readQuestionReply } from "../../../src/opencode1/question.ts"

describe("what a human is asked", () => {
  const asked = {
    id: "per_1",
    sessionID: "ses_1",
    permission: "bash",
    patterns: ["echo one"],
    metadata: { command: "echo one" },
    always: ["echo *"],
    tool: { messageID: "msg_1", callID: "call_1" },
  }
  const call = { messageId: "msg_1", callId: "call_1" }

  test("is read without what it is about", () => {
    const ask = { requestId: "per_1", sessionId: "ses_1", call }
    expect(readAsk("permission", asked)).toEqual({ kind: "permission", permission: "bash", ...ask })
    expect(readAsk("question", asked)).toEqual({ kind: "question", permission: undefined, ...ask })
  })

  test("needs both ids; half a call is none", () => {
    expect(readAsk("permission", { ...asked, id: undefined })).toBeUndefined()
    expect(readAsk("permission", { ...asked, sessionID: 1 })).toBeUndefined()
    for (const tool of [undefined, {}, { messageID: "msg_1" }, { callID: "call_1" }, "call_1"]) {
      expect(readAsk("permission", { ...asked, tool })?.call).toBeUndefined()
    }
  })

  test.each(["once", "always", "reject"] as const)("may be answered with %s", (reply) => {
    expect(readPermissionReply({ sessionID: "ses_1", requestID: "per_1", reply })).toEqual({
      requestId: "per_1",
      reply,
    })
  })

  test("an answer needs its request", () => {
    expect(readPermissionReply({ reply: "once" })).toBeUndefined()
    expect(readPermissionReply({ requestID: "per_1" })).toBeUndefined()
    expect(readPermissionReply({ requestID: "per_1", reply: "whatever you like" })).toBeUndefined()
    expect(readQuestionReply({}, true)).toBeUndefined()
  })

  test("answers to questions are not read", () => {
    expect(readQuestionReply({ requestID: "que_1", answers: [["secret"]] }, false)).toEqual({
      requestId: "que_1",
      reply: "answer",
    })
    expect(readQuestionReply({ requestID: "que_1" }, true)).toEqual({
      requestId: "que_1",
      reply: "reject",
    })
  })
})
