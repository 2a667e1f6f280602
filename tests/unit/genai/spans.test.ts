import { describe, expect, test } from "bun:test"
import { SpanKind } from "@opentelemetry/api"
import {
  agentEnd,
  agentStart,
  type ChatStart,
  chatEnd,
  chatStart,
  mcpServer,
  providerName,
  toolStart,
  waitAttributes,
} from "../../../src/genai/spans.ts"
import { noTotals } from "../../../src/genai/usage.ts"

const COMMON = { conversationId: "root", sessionId: "s", agent: "build", orphanReason: undefined }

const CHAT: ChatStart = {
  ...COMMON,
  model: "claude-sonnet-4-5",
  provider: "aws.bedrock",
  providerId: "amazon-bedrock",
  request: undefined,
  compacted: false,
  json: false,
}

describe("an agent's span", () => {
  const plain = {
    ...COMMON,
    version: "1.18.33",
    model: "m",
    messageId: "msg",
    trigger: "prompt" as const,
    command: undefined,
    spawningCallId: undefined,
    parentSessionId: undefined,
  }

  test("starts with what a sampler and the Weave agent card read", () => {
    expect(agentStart(plain)).toEqual({
      name: "invoke_agent build",
      kind: SpanKind.INTERNAL,
      attributes: {
        "gen_ai.operation.name": "invoke_agent",
        "gen_ai.conversation.id": "root",
        "gen_ai.agent.name": "build",
        "gen_ai.request.model": "m",
        "gen_ai.agent.version": "1.18.33",
        "opencode.session.id": "s",
        "opencode.message.id": "msg",
        "opencode.run.trigger": "prompt",
      },
    })
  })

  test("of a subagent names the call and the session it came from", () => {
    const { attributes } = agentStart({
      ...plain,
      trigger: "subagent",
      spawningCallId: "call",
      parentSessionId: "root",
    })
    expect(attributes).toMatchObject({
      "opencode.run.trigger": "subagent",
      "opencode.subagent.spawning_tool_call_id": "call",
      "opencode.session.parent_id": "root",
    })
  })

  test("whose agent is not known has the operation for a name", () => {
    const { name, attributes } = agentStart({ ...plain, agent: undefined })
    expect(name).toBe("invoke_agent")
    expect(Object.keys(attributes)).not.toContain("gen_ai.agent.name")
  })

  test("ends with its outcome and totals, zeros included, and never with usage", () => {
    const end = {
      outcome: "completed",
      sessionCost: undefined,
      mergedInto: undefined,
      orphanReason: undefined,
    } as const
    expect(agentEnd({ ...end, totals: noTotals() })).toEqual({
      "opencode.outcome": "completed",
      "opencode.run.llm_calls": 0,
      "opencode.run.tool_calls": 0,
      "opencode.run.subagents": 0,
      "opencode.run.retries": 0,
      "opencode.run.input_tokens": 0,
      "opencode.run.output_tokens": 0,
    })
    expect(
      agentEnd({
        ...end,
        totals: { ...noTotals(), cost: 0 },
        sessionCost: 1,
        mergedInto: "m",
        orphanReason: "evicted",
      }),
    ).toMatchObject({
      "opencode.run.cost": 0,
      "opencode.session.cost": 1,
      "opencode.run.merged_into": "m",
      "opencode.orphan_reason": "evicted",
    })
  })
})

describe("a chat span", () => {
  test("starts with the request", () => {
    expect(chatStart(CHAT)).toEqual({
      name: "chat claude-sonnet-4-5",
      kind: SpanKind.CLIENT,
      attributes: {
        "gen_ai.operation.name": "chat",
        "gen_ai.conversation.id": "root",
        "gen_ai.agent.name": "build",
        "gen_ai.provider.name": "aws.bedrock",
        "gen_ai.request.model": "claude-sonnet-4-5",
        "gen_ai.request.stream": true,
        "opencode.provider.id": "amazon-bedrock",
        "opencode.session.id": "s",
      },
    })
  })

  test("tells of parameters, server, compaction and JSON where there are any", () => {
    const { attributes } = chatStart({
      ...CHAT,
      request: {
        temperature: 0,
        topP: 1,
        topK: 0,
        maxTokens: 8,
        server: { address: "localhost", port: 11434 },
      },
      compacted: true,
      json: true,
    })
    expect(attributes).toMatchObject({
      "gen_ai.request.temperature": 0,
      "gen_ai.request.top_p": 1,
      "gen_ai.request.top_k": 0,
      "gen_ai.request.max_tokens": 8,
      "server.address": "localhost",
      "server.port": 11434,
      "gen_ai.conversation.compacted": true,
      "gen_ai.output.type": "json",
    })
  })

  const unanswered = {
    finish: undefined,
    failed: false,
    responseModel: undefined,
    usage: undefined,
    cost: undefined,
    timeToFirstChunk: undefined,
  }

  test("ends with the answer", () => {
    const usage = { input: 3, output: 2, reasoning: 0, cacheRead: 0, cacheWrite: 0 }
    const answered = { finish: "tool-calls", responseModel: "m", usage, cost: 0.1, timeToFirstChunk: 0.25 }
    expect(chatEnd({ ...unanswered, ...answered })).toEqual({
      "gen_ai.response.model": "m",
      "gen_ai.response.finish_reasons": ["tool_call"],
      "gen_ai.response.time_to_first_chunk": 0.25,
      "gen_ai.usage.input_tokens": 3,
      "gen_ai.usage.output_tokens": 2,
      "opencode.cost": 0.1,
    })
  })

  test("that failed before it finished has the finish reason error; what finished keeps its own", () => {
    expect(chatEnd({ ...unanswered, failed: true })).toEqual({ "gen_ai.response.finish_reasons": ["error"] })
    expect(chatEnd({ ...unanswered, failed: true, finish: "content-filter" })).toEqual({
      "gen_ai.response.finish_reasons": ["content_filter"],
    })
    expect(chatEnd(unanswered)).toEqual({})
  })

  test("without a token used tells no usage", () => {
    const usage = { input: 0, output: 0, reasoning: 0, cacheRead: 0, cacheWrite: 0 }
    expect(chatEnd({ ...unanswered, usage })).toEqual({})
  })
})

describe("a tool's span", () => {
  test("names the tool as the model called it", () => {
    expect(toolStart({ ...COMMON, tool: "github_list", callId: "call", mcpServer: "github" })).toEqual({
      name: "execute_tool github_list",
      kind: SpanKind.INTERNAL,
      attributes: {
        "gen_ai.operation.name": "execute_tool",
        "gen_ai.conversation.id": "root",
        "gen_ai.agent.name": "build",
        "gen_ai.tool.name": "github_list",
        "gen_ai.tool.call.id": "call",
        "gen_ai.tool.type": "function",
        "opencode.mcp.server": "github",
        "opencode.session.id": "s",
      },
    })
    const { attributes } = toolStart({
      ...COMMON,
      orphanReason: "unknown_run",
      tool: "bash",
      callId: undefined,
      mcpServer: undefined,
    })
    expect(attributes).toMatchObject({ "opencode.orphan_reason": "unknown_run" })
    expect(Object.keys(attributes)).not.toContain("gen_ai.tool.call.id")
  })

  test("tells how long a human was waited for, 0 included", () => {
    expect(waitAttributes({ permission: undefined, question: undefined })).toEqual({})
    expect(waitAttributes({ permission: 0, question: 12 })).toEqual({
      "opencode.permission.wait_ms": 0,
      "opencode.question.wait_ms": 12,
    })
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
