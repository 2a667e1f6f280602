// A step of a script in the shapes of the OpenAI chat completions API.
import type { Json } from "./json.ts"
import { DEFAULT_USAGE, type Step, type Usage } from "./script.ts"

function usageOf({ prompt, completion, cached = 0, reasoning = 0 }: Usage): Json {
  return {
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: prompt + completion,
    prompt_tokens_details: { cached_tokens: cached },
    completion_tokens_details: { reasoning_tokens: reasoning },
  }
}

function finishOf(step: Step): string {
  return step.finish ?? (step.calls?.length ? "tool_calls" : "stop")
}

function callsOf(step: Step, id: string): Json[] {
  return (step.calls ?? []).map((call, index) => ({
    index,
    id: `call_${id}_${index}`,
    type: "function",
    function: { name: call.name, arguments: call.rawArgs ?? JSON.stringify(call.args ?? {}) },
  }))
}

function words(text: string | undefined): string[] {
  return text?.match(/\S+\s*|\s+/g) ?? []
}

/** The whole answer as one `chat.completion` object. */
export function completion(step: Step, id: string, model: string): Json {
  const calls = callsOf(step, id)
  const message: Json = { role: "assistant", content: step.say ?? null }
  if (step.think) message.reasoning_content = step.think
  if (calls.length > 0) message.tool_calls = calls
  return {
    id: `chatcmpl-${id}`,
    object: "chat.completion",
    created: 0,
    model,
    choices: [{ index: 0, message, finish_reason: finishOf(step) }],
    usage: usageOf(step.usage ?? DEFAULT_USAGE),
  }
}

/** The same as `chat.completion.chunk` objects: reasoning and text word by word, then each call, then usage. */
export function chunks(step: Step, id: string, model: string): Json[] {
  const chunk = (choices: Json[], rest: Json = {}): Json => ({
    id: `chatcmpl-${id}`,
    object: "chat.completion.chunk",
    created: 0,
    model,
    choices,
    ...rest,
  })
  const delta = (value: Json) => chunk([{ index: 0, delta: value, finish_reason: null }])
  return [
    delta({ role: "assistant", content: "" }),
    ...words(step.think).map((word) => delta({ reasoning_content: word })),
    ...words(step.say).map((word) => delta({ content: word })),
    ...callsOf(step, id).map((call) => delta({ tool_calls: [call] })),
    chunk([{ index: 0, delta: {}, finish_reason: finishOf(step) }]),
    chunk([], { usage: usageOf(step.usage ?? DEFAULT_USAGE) }),
  ]
}
