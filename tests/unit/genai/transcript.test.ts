import { describe, expect, test } from "bun:test"
import { type ContentOptions, resolvePolicy } from "../../../src/content/policy.ts"
import type { InputMessage, OutputMessage } from "../../../src/genai/messages.ts"
import { RunTranscript, type Speaker, type StepTranscript } from "../../../src/genai/transcript.ts"

const run = (speaker: Speaker = "root", capture: boolean | ContentOptions = true) =>
  new RunTranscript(resolvePolicy(capture), speaker)

const user = (content: string): InputMessage => ({ role: "user", parts: [{ type: "text", content }] })
const assistant = (content: string, finish_reason: string): OutputMessage => ({
  role: "assistant",
  parts: [{ type: "text", content }],
  finish_reason,
})
const answered = (id: string, response: unknown): InputMessage => ({
  role: "tool",
  parts: [{ type: "tool_call_response", id, response }],
})

function call(step: StepTranscript, id: string, input: unknown = {}, name = "bash"): void {
  step.call(`prt_${id}`, { callId: id, name, input })
}

describe("a root run", () => {
  test("the prompt goes on the agent and on the first chat, the last answer on the agent", () => {
    const transcript = run()
    transcript.prompt("prt_0", "fix it")
    const first = transcript.open("msg_1")
    first.text("prt_1", "looking")
    call(first, "call_1", { command: "ls" })
    first.answer("call_1", "a.txt")
    const second = transcript.open("msg_2")
    second.reasoning("prt_2", "aha")
    second.text("prt_3", "done")

    expect(transcript.input()).toEqual([user("fix it")])
    expect(first.input()).toEqual([user("fix it")])
    expect(first.output("tool_call")).toEqual([
      {
        role: "assistant",
        parts: [
          { type: "text", content: "looking" },
          { type: "tool_call", id: "call_1", name: "bash", arguments: { command: "ls" } },
        ],
        finish_reason: "tool_call",
      },
    ])
    expect(second.input()).toEqual([answered("call_1", "a.txt")])
    expect(transcript.output("stop")).toEqual([assistant("done", "stop")])
  })

  test("a snapshot replaces the one before and keeps its place", () => {
    const step = run().open("msg_1")
    step.reasoning("prt_1", "a")
    step.text("prt_2", "b")
    step.reasoning("prt_1", "a, then more")
    call(step, "call_1")
    call(step, "call_1", { command: "ls" })
    expect(step.output("stop")[0]?.parts).toEqual([
      { type: "reasoning", content: "a, then more" },
      { type: "text", content: "b" },
      { type: "tool_call", id: "call_1", name: "bash", arguments: { command: "ls" } },
    ])
  })

  test("text that is first seen empty keeps its place before the calls that follow it", () => {
    const step = run().open("msg_1")
    step.text("prt_1", "")
    call(step, "call_1", { command: "ls" })
    step.text("prt_1", "looking")
    expect(step.output("tool_call")[0]?.parts.map((part) => part.type)).toEqual(["text", "tool_call"])
  })

  test("tool answers come in the order of the calls, each call once, also when told late", () => {
    const transcript = run()
    const first = transcript.open("msg_1")
    for (const id of ["call_1", "call_2", "call_3"]) call(first, id)
    first.answer("call_3", "three")
    first.answer("call_1", "half")
    const second = transcript.open("msg_2")
    first.answer("call_1", "one")
    first.answer("call_unknown", "?")
    expect(second.input()).toEqual([answered("call_1", "one"), answered("call_3", "three")])
  })

  test("an empty last answer does not hide the one before", () => {
    const transcript = run()
    transcript.open("msg_1").text("prt_1", "so far")
    transcript.open("msg_2").text("prt_2", "")
    transcript.open("msg_3")
    expect(transcript.output("error")).toEqual([assistant("so far", "error")])
  })

  test("opening a step again gives the same step; old ones are let go", () => {
    const transcript = run()
    const first = transcript.open("msg_1")
    expect(transcript.open("msg_1")).toBe(first)
    transcript.open("msg_2")
    expect(transcript.step("msg_1")).toBe(first)
    transcript.open("msg_3")
    expect(transcript.step("msg_1")).toBeUndefined()
    expect(transcript.step("msg_3")).toBeDefined()
  })

  test("nothing asked and nothing said makes no messages", () => {
    const transcript = run()
    const step = transcript.open("msg_1")
    expect([transcript.input(), transcript.output("stop"), step.input(), step.output("stop")]).toEqual([
      [],
      [],
      [],
      [],
    ])
  })
})

describe("other runs", () => {
  test("a subagent's task is on the agent alone, its result is what it said last", () => {
    const transcript = run("subagent")
    transcript.prompt("prt_0", "find the bug")
    const step = transcript.open("msg_1")
    step.text("prt_1", "found it")
    expect(step.input()).toEqual([])
    expect(step.output("stop")).toEqual([assistant("found it", "stop")])
    expect(transcript.input()).toEqual([user("find the bug")])
    expect(transcript.output("stop")).toEqual([assistant("found it", "stop")])
  })

  test("a compaction's summary is on the agent alone", () => {
    const transcript = run("compaction")
    const step = transcript.open("msg_1")
    step.text("prt_1", "the summary")
    expect(step.input()).toEqual([])
    expect(step.output("stop")).toEqual([])
    expect(transcript.output("stop")).toEqual([assistant("the summary", "stop")])
  })
})

describe("graded capture", () => {
  function told(capture: boolean | ContentOptions) {
    const transcript = run("root", capture)
    transcript.prompt("prt_0", "ask")
    transcript.attachment("prt_00", { url: "file:///a.txt", mime: "text/plain" })
    const first = transcript.open("msg_1")
    first.reasoning("prt_1", "think")
    first.text("prt_2", "say")
    call(first, "call_1", { filePath: "/app/.env" }, "read")
    call(first, "call_2", { command: "ls" })
    first.answer("call_1", "A=1")
    first.answer("call_2", "a.txt")
    const second = transcript.open("msg_2")
    return {
      prompt: transcript.input().length,
      parts: first.output("stop").flatMap((message) => message.parts.map((part) => part.type)),
      answers: second.input().flatMap((message) => message.parts),
      words: transcript.output("stop").length,
    }
  }

  test("off captures nothing", () => {
    expect(told(false)).toEqual({ prompt: 0, parts: [], answers: [], words: 0 })
  })

  test("on captures all but files of secrets", () => {
    expect(told(true)).toEqual({
      prompt: 1,
      parts: ["reasoning", "text", "tool_call", "tool_call"],
      answers: [{ type: "tool_call_response", id: "call_2", response: "a.txt" }],
      words: 1,
    })
  })

  test("each kind by itself", () => {
    const nothing = { prompt: 0, parts: [], answers: [], words: 0 }
    expect(told({ prompts: true })).toEqual({ ...nothing, prompt: 1 })
    expect(told({ reasoning: true })).toEqual({ ...nothing, parts: ["reasoning"] })
    expect(told({ answers: true })).toEqual({
      ...nothing,
      parts: ["text", "tool_call", "tool_call"],
      words: 1,
    })
    expect(told({ toolArguments: true })).toEqual({ ...nothing, parts: ["tool_call", "tool_call"] })
    expect(told({ toolResults: true })).toEqual({ ...nothing, answers: told(true).answers })
  })
})

describe("size", () => {
  test("bytes grow linearly with the steps of a run", () => {
    const bytes = (steps: number) => {
      const transcript = run()
      transcript.prompt("prt_0", "p".repeat(1000))
      const sizes = Array.from({ length: steps }, (_, n) => {
        const step = transcript.open(`msg_${n}`)
        step.text(`prt_${n}`, "t".repeat(500))
        call(step, `call_${n}`, { command: "c".repeat(100) })
        step.answer(`call_${n}`, "r".repeat(2000))
        return JSON.stringify([step.input(), step.output("tool_call")]).length
      })
      return sizes.reduce((sum, size) => sum + size, 0)
    }
    const hundred = bytes(100)
    expect(bytes(200) - hundred).toBeLessThan(hundred * 1.01)
    expect(bytes(200) / 200).toBeLessThan(3000)
  })

  test("a message of too many parts says how many are missing", () => {
    const step = run().open("msg_1")
    for (let n = 0; n < 1003; n += 1) step.text(`prt_${n}`, "x")
    const parts = step.output("stop")[0]?.parts ?? []
    expect(parts.length).toBe(1001)
    expect(parts.at(-1)).toEqual({ type: "text", content: "…[+3 parts]" })
  })
})
