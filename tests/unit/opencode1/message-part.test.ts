// What is read here has the shapes that the recordings in tests/fixtures/streams show.
import { describe, expect, test } from "bun:test"
import { readCall, readOrigin, readOutput, readPromptPart } from "../../../src/opencode1/message-part.ts"
import type { ToolCallSnapshot } from "../../../src/runs/facts.ts"

const AT = 1_795_231_033_238
const START = 1_795_231_033_270
const END = 1_795_231_033_513

const PART = { id: "prt_1", messageID: "msg_1", sessionID: "ses_1" }

function toolPart(state: unknown, more: object = {}) {
  return { ...PART, type: "tool", tool: "bash", callID: "call_1", state, ...more }
}

function failure(state: object, tool = "bash"): unknown {
  return outcomeOf(readCall(toolPart({ status: "error", input: {}, ...state }, { tool }), AT))
}

function outcomeOf(call: ToolCallSnapshot | undefined): unknown {
  return call?.status === "ended" ? call.outcome : undefined
}

describe("the origin of a user message", () => {
  test("is told by a part of OpenCode's own", () => {
    expect(readOrigin({ ...PART, type: "compaction", auto: true, overflow: false })).toBe("compaction")
    const shell = {
      ...PART,
      type: "text",
      synthetic: true,
      text: "The following tool was executed by the user",
    }
    expect(readOrigin(shell)).toBe("shell")
    // The user may write the very same words.
    expect(readOrigin({ ...shell, synthetic: false })).toBeUndefined()
    expect(readOrigin({ ...shell, text: "Continue" })).toBeUndefined()
    expect(readOrigin({})).toBeUndefined()
  })
})

describe("what the user wrote", () => {
  test("is text, a subtask's prompt, and files", () => {
    expect(readPromptPart({ ...PART, type: "text", text: "hello" })).toEqual({
      partId: "prt_1",
      text: "hello",
    })
    expect(
      readPromptPart({ ...PART, type: "subtask", prompt: "dig", description: "d", agent: "general" }),
    ).toEqual({
      partId: "prt_1",
      text: "dig",
    })
    expect(
      readPromptPart({ ...PART, type: "file", url: "file:///a.png", mime: "image/png", filename: "a.png" }),
    ).toEqual({ partId: "prt_1", file: { url: "file:///a.png", mime: "image/png", name: "a.png" } })
    expect(readPromptPart({ ...PART, type: "file", url: "file:///a" })).toEqual({
      partId: "prt_1",
      file: { url: "file:///a" },
    })
  })

  test("is nothing that OpenCode added", () => {
    for (const added of [
      { synthetic: true },
      { ignored: true },
      { id: undefined },
      { text: "" },
      { type: "agent" },
    ]) {
      expect(readPromptPart({ ...PART, type: "text", text: "hello", ...added })).toBeUndefined()
    }
  })
})

describe("signs of the model", () => {
  test("are read", () => {
    expect(readOutput({ ...PART, type: "step-start", snapshot: "01b5" }, AT)).toEqual({
      type: "started",
      at: AT,
    })
    expect(readOutput({ ...PART, type: "reasoning", text: "", time: { start: START } }, AT)).toEqual({
      type: "content",
      startedAt: START,
      endedAt: undefined,
      words: { kind: "reasoning", partId: "prt_1", text: "" },
    })
    expect(readOutput({ ...PART, type: "text", text: "Hi", time: { start: START, end: END } }, AT)).toEqual({
      type: "content",
      startedAt: START,
      endedAt: END,
      words: { kind: "text", partId: "prt_1", text: "Hi" },
    })
    const tokens = { total: 122, input: 62, output: 13, reasoning: 7, cache: { write: 0, read: 40 } }
    expect(readOutput({ ...PART, type: "step-finish", reason: "tool-calls", tokens, cost: 0.5 }, AT)).toEqual(
      {
        type: "finished",
        partId: "prt_1",
        at: AT,
        finish: "tool-calls",
        usage: { input: 102, output: 20, reasoning: 7, cacheRead: 40, cacheWrite: 0 },
        cost: 0.5,
      },
    )
  })

  test("without their fields are signs all the same; other parts are none", () => {
    expect(readOutput({ type: "step-finish", reason: 1, tokens: "many", cost: -1 }, undefined)).toEqual({
      type: "finished",
      partId: undefined,
      at: undefined,
      finish: undefined,
      usage: undefined,
      cost: undefined,
    })
    for (const type of ["tool", "file", "snapshot", "agent", "retry", undefined, 1]) {
      expect(readOutput({ ...PART, type }, AT)).toBeUndefined()
    }
  })
})

describe("a call", () => {
  test("is read in every state", () => {
    const known = {
      partId: "prt_1",
      messageId: "msg_1",
      sessionId: "ses_1",
      callId: "call_1",
      tool: "bash",
      seenAt: AT,
      childSessionId: undefined,
    } as const
    expect(readCall(toolPart({ status: "pending", input: {}, raw: "" }), AT)).toEqual({
      ...known,
      status: "pending",
      input: {},
    })
    const input = { command: "ls" }
    expect(readCall(toolPart({ status: "running", input, time: { start: START } }), AT)).toEqual({
      ...known,
      status: "running",
      startedAt: START,
      input,
    })
    const completed = {
      status: "completed",
      input,
      output: "a.txt",
      metadata: { exit: 0 },
      time: { start: START, end: END },
    }
    expect(readCall(toolPart(completed), AT)).toEqual({
      ...known,
      status: "ended",
      startedAt: START,
      endedAt: END,
      outcome: { kind: "completed" },
      exitCode: 0,
      background: false,
      input,
      output: "a.txt",
    })
  })

  test("of a subagent names its session, and whether it works on alone", () => {
    const metadata = { sessionId: "ses_2", parentSessionId: "ses_1", background: true }
    const call = (status: string) =>
      readCall(toolPart({ status, input: {}, metadata, time: { start: START } }), AT)
    expect(call("running")).toMatchObject({ status: "running", childSessionId: "ses_2" })
    expect(call("completed")).toMatchObject({ status: "ended", childSessionId: "ses_2", background: true })
  })

  test("that OpenCode turned into `invalid` is the failed call of the tool that was called", () => {
    const state = { status: "completed", input: { tool: "nosuchtool", error: "unavailable" }, output: "…" }
    expect(readCall(toolPart(state, { tool: "invalid" }), AT)).toMatchObject({
      tool: "nosuchtool",
      outcome: { kind: "failed", type: "invalid_tool" },
    })
    const nameless = readCall(toolPart({ status: "completed", input: {} }, { tool: "invalid" }), AT)
    expect(nameless?.tool).toBe("invalid")
    expect(nameless?.input).toBeUndefined()
  })

  test.each([
    ["File not found: a.txt", {}, "tool_error"],
    ["", {}, "tool_error"],
    ["The user rejected permission to use this specific tool call.", {}, "permission_denied"],
    [
      "The user rejected permission to use this specific tool call with the following feedback: no",
      {},
      "permission_denied",
    ],
    [
      "The user has specified a rule which prevents you from using this specific tool call.",
      {},
      "permission_denied",
    ],
    ["Tool execution aborted", {}, "cancelled"],
    ["Tool execution aborted", { interrupted: true }, "cancelled"],
    ["anything", { interrupted: true }, "cancelled"],
    ["Task cancelled", {}, "cancelled"],
    ["The user dismissed this question", {}, "cancelled"],
    ["it said: Tool execution aborted", {}, "tool_error"],
  ])("that failed with %p and %o is %s", (error, metadata, type) => {
    expect(failure({ error, metadata })).toEqual({ kind: "failed", type })
  })

  test("is named by a name; what a model wrote in its place is content", () => {
    const named = (tool: string) => readCall(toolPart({ status: "running", input: {} }, { tool }), AT)?.tool
    const asked = (tool: string) =>
      readCall(toolPart({ status: "completed", input: { tool } }, { tool: "invalid" }), AT)?.tool
    for (const name of ["bash", "files_read-text.v2", "team/review", "ns:tool"])
      expect(named(name)).toBe(name)
    for (const text of ['bash {"command": "ls"}', "run the tests", "line\nbreak", "x".repeat(129)]) {
      expect([named(text), asked(text)]).toEqual(["invalid", "invalid"])
    }
  })

  test("that was aborted while it ran completes; only a note behind its output tells", () => {
    const ended = (output: string, metadata = {}) =>
      outcomeOf(readCall(toolPart({ status: "completed", input: {}, output, metadata }), AT))
    const note = "\n\n<metadata>\nUser aborted the command\n</metadata>"
    expect(ended(`some output${note}`)).toEqual({ kind: "failed", type: "cancelled" })
    expect(ended(note.replaceAll("metadata", "shell_metadata"))).toEqual({
      kind: "failed",
      type: "cancelled",
    })
    expect(ended(`${note} and then some`)).toEqual({ kind: "completed" })
    expect(ended("x".repeat(1_000_000) + note)).toEqual({ kind: "failed", type: "cancelled" })
  })

  test("needs its ids, its tool and a state that is known", () => {
    const whole = toolPart({ status: "running", input: {} })
    for (const missing of ["id", "messageID", "sessionID", "tool", "state", "type"]) {
      expect(readCall({ ...whole, [missing]: undefined }, AT)).toBeUndefined()
      expect(readCall({ ...whole, [missing]: 1 }, AT)).toBeUndefined()
    }
    for (const status of [undefined, "done", 1, null])
      expect(readCall(toolPart({ status }), AT)).toBeUndefined()
    const wrong = { status: "completed", metadata: "none", time: { start: "now", end: -1 }, output: 7 }
    expect(readCall(toolPart(wrong, { callID: {} }), undefined)).toMatchObject({
      callId: undefined,
      startedAt: undefined,
      endedAt: undefined,
      exitCode: undefined,
      outcome: { kind: "completed" },
    })
  })
})

test("the files of a patch", () => {
  const part = { id: "p", type: "patch", hash: "h", files: ["/p/a", 1, "", "/p/b"] }
  expect(readOutput(part, undefined)).toEqual({ type: "changed", files: ["/p/a", "/p/b"] })
  expect(readOutput({ id: "p", type: "patch" }, undefined)).toEqual({ type: "changed", files: [] })
})
