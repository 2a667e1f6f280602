// Our spans as a real consumer reads them: Arize's own converter, which Phoenix uses for GenAI spans.
import { expect, test } from "bun:test"
import { convertGenAISpanAttributesToOpenInferenceSpanAttributes as convert } from "@arizeai/openinference-genai"
import { createRedactor } from "../../../src/content/masking.ts"
import { resolvePolicy } from "../../../src/content/policy.ts"
import { createContentFilter } from "../../../src/content/truncation.ts"
import { systemInstructions, toolArguments, toolResult } from "../../../src/genai/messages.ts"
import { RunTranscript } from "../../../src/genai/transcript.ts"
import { agent, chat, having, tool } from "../conformance/spans.ts"

const filter = createContentFilter(createRedactor({}), { maxValueBytes: 32_768, maxSpanBytes: 262_144 })

function attributes(span: typeof chat, content: Readonly<Record<string, unknown>>) {
  const parsed = having(span, filter.attributes(content)).attributes
  return convert(Object.fromEntries(Object.entries(parsed).filter(isAttribute)))
}

function isAttribute(entry: [string, unknown]): entry is [string, string | number | boolean | string[]] {
  return entry[1] !== null && (typeof entry[1] !== "object" || Array.isArray(entry[1]))
}

function twoSteps() {
  const run = new RunTranscript(resolvePolicy(true), "root")
  run.prompt("prt_0", "list the files")
  const first = run.open("msg_1")
  first.reasoning("prt_1", "I need ls")
  first.text("prt_2", "Looking.")
  first.call("prt_3", { callId: "call_1", name: "bash", input: { command: "ls" } })
  first.call("prt_4", { callId: "call_2", name: "read", input: { filePath: "a.txt" } })
  first.answer("call_1", "a.txt")
  first.answer("call_2", "hello")
  const second = run.open("msg_2")
  second.text("prt_5", "There is a.txt.")
  return { run, first, second }
}

test("a first chat: prompt, instructions, answer with its calls, tokens", () => {
  const { first } = twoSteps()
  const read = attributes(chat, {
    "gen_ai.input.messages": first.input(),
    "gen_ai.output.messages": first.output("tool_call"),
    "gen_ai.system_instructions": systemInstructions(["You are OpenCode."]),
  })
  expect(read).toMatchObject({
    "openinference.span.kind": "LLM",
    "llm.provider": "anthropic",
    "llm.model_name": "claude-sonnet-4-5",
    "llm.finish_reason": "tool_call",
    "llm.token_count.prompt": 102,
    "llm.token_count.completion": 20,
    "llm.token_count.prompt_details.cache_read": 40,
    "llm.input_messages.0.message.role": "system",
    "llm.input_messages.1.message.role": "user",
    "llm.input_messages.1.message.contents.0.message_content.text": "list the files",
    "llm.output_messages.0.message.role": "assistant",
    "llm.output_messages.0.message.contents.0.message_content.type": "reasoning",
    "llm.output_messages.0.message.contents.1.message_content.text": "Looking.",
    "llm.output_messages.0.message.tool_calls.0.tool_call.id": "call_1",
    "llm.output_messages.0.message.tool_calls.0.tool_call.function.name": "bash",
    "llm.output_messages.0.message.tool_calls.0.tool_call.function.arguments": '{"command":"ls"}',
    "llm.output_messages.0.message.tool_calls.1.tool_call.id": "call_2",
  })
})

test("a later chat: one message for each tool answer, none lost", () => {
  const { second } = twoSteps()
  const read = attributes(chat, {
    "gen_ai.input.messages": second.input(),
    "gen_ai.output.messages": second.output("stop"),
  })
  expect(read).toMatchObject({
    "llm.input_messages.0.message.role": "tool",
    "llm.input_messages.0.message.tool_call_id": "call_1",
    "llm.input_messages.0.message.content": "a.txt",
    "llm.input_messages.1.message.role": "tool",
    "llm.input_messages.1.message.tool_call_id": "call_2",
    "llm.input_messages.1.message.content": "hello",
    "llm.output_messages.0.message.contents.0.message_content.text": "There is a.txt.",
  })
  expect(Object.keys(read ?? {}).filter((key) => key.startsWith("llm.input_messages.2"))).toEqual([])
})

test("a tool call: kind, name, arguments, result", () => {
  const read = attributes(tool, {
    "gen_ai.tool.call.arguments": toolArguments({ command: "ls" }),
    "gen_ai.tool.call.result": toolResult("a.txt"),
  })
  expect(read).toMatchObject({
    "openinference.span.kind": "TOOL",
    "tool.name": "bash",
    "tool_call.id": "call_1",
    "tool.parameters": '{"command":"ls"}',
    "output.value": '{"output":"a.txt"}',
  })
})

test("an agent: kind, prompt, last answer", () => {
  const { run } = twoSteps()
  const read = attributes(agent, {
    "gen_ai.input.messages": run.input(),
    "gen_ai.output.messages": run.output("stop"),
  })
  expect(read).toMatchObject({
    "openinference.span.kind": "AGENT",
    "agent.name": "build",
    "llm.input_messages.0.message.contents.0.message_content.text": "list the files",
    "llm.output_messages.0.message.contents.0.message_content.text": "There is a.txt.",
  })
})
