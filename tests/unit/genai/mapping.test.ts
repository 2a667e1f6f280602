import { describe, expect, test } from "bun:test"
import { expectsMore, finishReason } from "../../../src/genai/finish.ts"
import { mcpServer } from "../../../src/genai/mcp.ts"
import { providerName } from "../../../src/genai/providers.ts"

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

describe("providers", () => {
  test.each([
    ["anthropic", "anthropic"],
    ["openai", "openai"],
    ["google", "gcp.gemini"],
    ["google-vertex", "gcp.vertex_ai"],
    ["google-vertex-anthropic", "gcp.vertex_ai"],
    ["amazon-bedrock", "aws.bedrock"],
    ["azure", "azure.ai.openai"],
    ["groq", "groq"],
    ["mistral", "mistral_ai"],
    ["deepseek", "deepseek"],
    ["xai", "x_ai"],
    ["cohere", "cohere"],
    ["perplexity", "perplexity"],
    ["moonshotai", "moonshot_ai"],
    ["watsonx", "ibm.watsonx.ai"],
  ])("%s has the well-known name %s", (id, name) => {
    expect(providerName(id)).toBe(name)
  })

  test("gateways and local servers are themselves, and so is what an object inherits", () => {
    for (const id of ["openrouter", "github-copilot", "opencode", "ollama", "constructor", "__proto__"]) {
      expect(providerName(id)).toBe(id)
    }
  })

  test("the user's own names win", () => {
    const own = { openai: "our-gateway", local: "vllm" }
    expect(["openai", "local", "anthropic", "toString"].map((id) => providerName(id, own))).toEqual([
      "our-gateway",
      "vllm",
      "anthropic",
      "toString",
    ])
  })
})

describe("MCP tools", () => {
  test.each([
    ["github_list_issues", "github"],
    ["github_enterprise_list", "github_enterprise"],
    ["my_server_v1_2_run", "my.server/v1.2"],
    ["github", undefined],
    ["githubx_list", undefined],
    ["bash", undefined],
    ["_list", undefined],
  ])("%s comes from %s", (tool, server) => {
    expect(mcpServer(tool, ["github", "my.server/v1.2", "github_enterprise", "local"])).toBe(server)
  })

  test("without servers nothing does", () => {
    expect(mcpServer("github_list_issues", [])).toBeUndefined()
  })
})
