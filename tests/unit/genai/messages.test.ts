import { describe, expect, test } from "bun:test"
import {
  expectsMore,
  file,
  finishReason,
  modalityOf,
  outputMessages,
  reasoning,
  systemInstructions,
  text,
  toolArguments,
  toolCall,
  toolMessages,
  toolResponse,
  toolResult,
  userMessages,
} from "../../../src/genai/messages.ts"

describe("messages", () => {
  test("a prompt is one user message, none when it is empty", () => {
    expect(userMessages([text("hi"), file({ url: "file:///app/a.png", mime: "image/png" })])).toEqual([
      {
        role: "user",
        parts: [
          { type: "text", content: "hi" },
          { type: "uri", modality: "image", uri: "file:///app/a.png", mime_type: "image/png" },
        ],
      },
    ])
    expect(userMessages([])).toEqual([])
  })

  test("each tool answer is a message of its own", () => {
    expect(toolMessages([toolResponse("call_1", "one"), toolResponse("call_2", { two: 2 })])).toEqual([
      { role: "tool", parts: [{ type: "tool_call_response", id: "call_1", response: "one" }] },
      { role: "tool", parts: [{ type: "tool_call_response", id: "call_2", response: { two: 2 } }] },
    ])
  })

  test("an answer is one assistant message with its finish reason, none when the model said nothing", () => {
    const parts = [
      reasoning("hm"),
      text("so"),
      toolCall("call_1", "read", { filePath: "a" }),
      toolCall("call_2", "bash"),
    ]
    expect(outputMessages(parts, "tool_call")).toEqual([
      {
        role: "assistant",
        parts: [
          { type: "reasoning", content: "hm" },
          { type: "text", content: "so" },
          { type: "tool_call", id: "call_1", name: "read", arguments: { filePath: "a" } },
          { type: "tool_call", id: "call_2", name: "bash" },
        ],
        finish_reason: "tool_call",
      },
    ])
    expect(outputMessages([], "error")).toEqual([])
  })

  test("system instructions are text parts alone", () => {
    expect(systemInstructions(["You are …", "", "Rules"])).toEqual([
      { type: "text", content: "You are …" },
      { type: "text", content: "Rules" },
    ])
  })
})

describe("file", () => {
  test("never holds data", () => {
    const url = `data:image/png;base64,${"A".repeat(5000)}`
    expect(file({ url, mime: "image/png", name: "shot.png" })).toEqual({
      type: "text",
      content: "(inline image/png shot.png, not recorded)",
    })
    expect(file({ url })).toEqual({ type: "text", content: "(inline image/png, not recorded)" })
    expect(file({ url: "DATA:,hello" })).toEqual({ type: "text", content: "(inline file, not recorded)" })
  })

  test("is inline only where the URL begins with data:", () => {
    const uri = "https://example.com/view?src=data:image/png;base64,AAAA"
    expect(file({ url: uri })).toEqual({ type: "uri", modality: "document", uri })
    expect(file({ url: "data:,see data:image/png" })).toEqual({
      type: "text",
      content: "(inline file, not recorded)",
    })
  })

  test("without a MIME type it is a document", () => {
    expect(file({ url: "file:///app/a" })).toEqual({
      type: "uri",
      modality: "document",
      uri: "file:///app/a",
    })
  })

  test("modalities", () => {
    expect(
      ["image/png", "Video/mp4", "audio/wav", "text/plain", "application/pdf", undefined].map(modalityOf),
    ).toEqual(["image", "video", "audio", "document", "document", "document"])
  })
})

describe("arguments and results are objects", () => {
  test("read from text where they are written there", () => {
    expect(toolArguments({ a: 1 })).toEqual({ a: 1 })
    expect(toolArguments(' {"a": 1}')).toEqual({ a: 1 })
    expect(toolArguments("{broken")).toEqual({ input: "{broken" })
    expect(toolArguments(undefined)).toEqual({ input: undefined })
    expect(toolResult("plain text")).toEqual({ output: "plain text" })
    expect(toolResult("[1,2]")).toEqual({ output: "[1,2]" })
    expect(toolResult(["a"])).toEqual({ output: ["a"] })
    expect(toolResult('{"ok":true}')).toEqual({ ok: true })
  })
})

describe("finish reasons", () => {
  test("are spelled as the conventions do; unknown ones pass", () => {
    const spelled = ["stop", "length", "tool-calls", "content-filter", "error", "other", "unknown", "new one"]
    expect(spelled.map(finishReason)).toEqual([
      "stop",
      "length",
      "tool_call",
      "content_filter",
      "error",
      "other",
      "unknown",
      "new one",
    ])
    expect(finishReason("constructor")).toBe("constructor")
  })

  test("that expect another request", () => {
    expect(["tool-calls", "unknown", undefined].map(expectsMore)).toEqual([true, true, true])
    expect(["stop", "length", "content-filter", "error"].map(expectsMore)).toEqual([
      false,
      false,
      false,
      false,
    ])
  })
})
