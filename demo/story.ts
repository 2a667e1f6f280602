// What happens in the demo: a small project, a prompt, and the answers that the scripted model gives.
import type { Json } from "../tests/harness/json.ts"
import type { ScriptedModel } from "../tests/harness/scripted-model.ts"

export const PROMPT = "Which file of this project needs a test first?"
const SUBAGENT_PROMPT = "List every exported function that no test mentions."

export const FILES: Record<string, string> = {
  "src/price.ts": "export function withTax(net: number) {\n  return net * 1.2\n}\n",
  "src/cart.ts":
    'import { withTax } from "./price"\n\nexport function total(prices: number[]) {\n  return withTax(prices.reduce((a, b) => a + b, 0))\n}\n',
  "test/price.test.ts":
    'import { withTax } from "../src/price"\n\ntest("adds tax", () => expect(withTax(100)).toBe(120))\n',
}

/** A provider with two priced models (USD per million tokens): the large one answers, the small one explores. */
function provider(model: ScriptedModel): Json {
  const common = { tool_call: true, reasoning: true, limit: { context: 200_000, output: 8_000 } }
  const large = { input: 3, output: 15, cache_read: 0.3, cache_write: 3.75 }
  const small = { input: 1, output: 5, cache_read: 0.1, cache_write: 1.25 }
  return {
    scripted: {
      npm: "@ai-sdk/openai-compatible",
      name: "Scripted",
      options: { baseURL: model.baseURL, apiKey: "none" },
      models: {
        "demo-large": { ...common, name: "Demo Large", cost: large },
        "demo-small": { ...common, name: "Demo Small", cost: small },
      },
    },
  }
}

/** What the demo's `opencode.json` adds. */
export function configuration(model: ScriptedModel): Json {
  return {
    provider: provider(model),
    model: "scripted/demo-large",
    small_model: "scripted/demo-small",
    agent: { explore: { model: "scripted/demo-small" } },
  }
}

/** Gives the model its lines: it thinks, runs two tools at once, sends a subagent, and answers. */
export function tell(model: ScriptedModel): void {
  const chunkDelayMs = 25
  const explore = { description: "Find untested code", prompt: SUBAGENT_PROMPT, subagent_type: "explore" }
  model.script(PROMPT, [
    {
      think: "The project is small. I read the code and count its lines, both at once.",
      say: "I will look at the code first.",
      calls: [
        { name: "bash", args: { command: "sleep 0.4; wc -l src/*.ts", description: "Count the lines" } },
        { name: "read", args: { filePath: "src/cart.ts" } },
      ],
      usage: { prompt: 3_180, completion: 142, cached: 2_900, reasoning: 38 },
      chunkDelayMs,
    },
    {
      say: "Now somebody should compare it with the tests.",
      calls: [{ name: "task", args: explore }],
      usage: { prompt: 3_460, completion: 96, cached: 3_180 },
      chunkDelayMs,
    },
    {
      say: "src/cart.ts needs a test first: no test mentions total(), and it multiplies prices by a tax rate.",
      usage: { prompt: 3_720, completion: 64, cached: 3_460 },
      chunkDelayMs,
    },
  ])
  model.script(SUBAGENT_PROMPT, [
    {
      calls: [{ name: "grep", args: { pattern: "export function", path: "src" } }],
      usage: { prompt: 1_240, completion: 41 },
      chunkDelayMs,
    },
    {
      say: "Only total() in src/cart.ts has no test.",
      usage: { prompt: 1_390, completion: 28, cached: 1_240 },
      chunkDelayMs,
    },
  ])
}
