/**
 * The names, kinds and attributes of the three kinds of span, as pure functions of neutral facts.
 *
 * `start` attributes are those that a sampler may look at, hence given when the span starts; the rest is known
 * only at the end. README's attribute table says what each attribute means.
 */
import { type Attributes, SpanKind } from "@opentelemetry/api"
import * as names from "./attributes.ts"
import { finishReason } from "./messages.ts"
import { isUsed, type Totals, type Usage, usageAttributes } from "./usage.ts"

/** What a tracer needs to start a span. */
export interface SpanStart {
  readonly name: string
  readonly kind: SpanKind
  readonly attributes: Attributes
}

interface Common {
  readonly conversationId: string | undefined
  readonly sessionId: string
  readonly agent: string | undefined
  readonly orphanReason: names.OrphanReason | undefined
}

export interface AgentStart extends Common {
  readonly version: string | undefined
  readonly model: string | undefined
  readonly messageId: string
  readonly trigger: names.Trigger
  readonly command: string | undefined
  readonly spawningCallId: string | undefined
  readonly parentSessionId: string | undefined
  readonly compactedMessages?: number | undefined
}

/** `invoke_agent {gen_ai.agent.name}`: a run, a subagent, a compaction. No `gen_ai.usage.*`: backends sum spans. */
export function agentStart(facts: AgentStart): SpanStart {
  return {
    name: spanName("invoke_agent", facts.agent),
    kind: SpanKind.INTERNAL,
    attributes: {
      ...common("invoke_agent", facts),
      ...present(names.REQUEST_MODEL, facts.model),
      ...present(names.AGENT_VERSION, facts.version),
      [names.MESSAGE_ID]: facts.messageId,
      [names.RUN_TRIGGER]: facts.trigger,
      ...present(names.COMMAND_NAME, facts.command),
      ...present(names.SPAWNING_CALL_ID, facts.spawningCallId),
      ...present(names.SESSION_PARENT_ID, facts.parentSessionId),
      ...present(names.COMPACTED_MESSAGES, facts.compactedMessages),
    },
  }
}

export interface AgentEnd {
  readonly outcome: names.Outcome
  readonly totals: Totals
  readonly sessionCost: number | undefined
  readonly mergedInto: string | undefined
  readonly orphanReason: names.OrphanReason | undefined
  /** What the run did to the project's files, as far as OpenCode reported it before the end. */
  readonly changes?:
    | {
        readonly files: number
        readonly lines: { readonly added: number; readonly removed: number } | undefined
      }
    | undefined
}

export function agentEnd(facts: AgentEnd): Attributes {
  const { outcome, totals, sessionCost, mergedInto, orphanReason, changes } = facts
  return {
    [names.OUTCOME]: outcome,
    [names.RUN_LLM_CALLS]: totals.llmCalls,
    [names.RUN_TOOL_CALLS]: totals.toolCalls,
    [names.RUN_SUBAGENTS]: totals.subagents,
    [names.RUN_RETRIES]: totals.retries,
    [names.RUN_INPUT_TOKENS]: totals.inputTokens,
    [names.RUN_OUTPUT_TOKENS]: totals.outputTokens,
    ...present(names.RUN_COST, totals.cost),
    ...present(names.SESSION_COST, sessionCost),
    ...present(names.RUN_FILES_CHANGED, changes?.files),
    ...present(names.RUN_LINES_ADDED, changes?.lines?.added),
    ...present(names.RUN_LINES_REMOVED, changes?.lines?.removed),
    ...present(names.RUN_MERGED_INTO, mergedInto),
    ...present(names.ORPHAN_REASON, orphanReason),
  }
}

/** How a model request was sent, and to whom; undefined where the host does not say. */
export interface RequestParameters {
  readonly temperature: number | undefined
  readonly topP: number | undefined
  readonly topK: number | undefined
  readonly maxTokens: number | undefined
  readonly server: { readonly address: string; readonly port: number } | undefined
}

export interface ChatStart extends Common {
  readonly model: string | undefined
  readonly provider: string | undefined
  readonly providerId: string | undefined
  /** Undefined where no hook reported the request. */
  readonly request: RequestParameters | undefined
  readonly compacted: boolean
  readonly json: boolean
}

/** `chat {gen_ai.request.model}`: one model request with all its retries. OpenCode always streams. */
export function chatStart(facts: ChatStart): SpanStart {
  return {
    name: spanName("chat", facts.model),
    kind: SpanKind.CLIENT,
    attributes: {
      ...common("chat", facts),
      ...present(names.PROVIDER_NAME, facts.provider),
      ...present(names.PROVIDER_ID, facts.providerId),
      ...present(names.REQUEST_MODEL, facts.model),
      ...present(names.REQUEST_TEMPERATURE, facts.request?.temperature),
      ...present(names.REQUEST_TOP_P, facts.request?.topP),
      ...present(names.REQUEST_TOP_K, facts.request?.topK),
      ...present(names.REQUEST_MAX_TOKENS, facts.request?.maxTokens),
      [names.REQUEST_STREAM]: true,
      ...present(names.ATTR_SERVER_ADDRESS, facts.request?.server?.address),
      ...present(names.ATTR_SERVER_PORT, facts.request?.server?.port),
      ...(facts.compacted && { [names.CONVERSATION_COMPACTED]: true }),
      ...(facts.json && { [names.OUTPUT_TYPE]: "json" }),
    },
  }
}

/**
 * OpenCode's provider ids that stand for a provider with a well-known `gen_ai.provider.name`.
 *
 * Only providers whose own API the client talks to are mapped. A gateway (OpenRouter, GitHub Copilot, OpenCode
 * Zen, …) or a local server *is* the provider that the client sees, so its id passes unchanged.
 */
const WELL_KNOWN: Readonly<Record<string, string>> = {
  anthropic: "anthropic",
  openai: "openai",
  google: "gcp.gemini",
  "google-vertex": "gcp.vertex_ai",
  "google-vertex-anthropic": "gcp.vertex_ai",
  "amazon-bedrock": "aws.bedrock",
  azure: "azure.ai.openai",
  "azure-cognitive-services": "azure.ai.openai",
  groq: "groq",
  mistral: "mistral_ai",
  deepseek: "deepseek",
  xai: "x_ai",
  cohere: "cohere",
  perplexity: "perplexity",
  "perplexity-agent": "perplexity",
  moonshotai: "moonshot_ai",
  "moonshotai-cn": "moonshot_ai",
  "kimi-for-coding": "moonshot_ai",
  watsonx: "ibm.watsonx.ai",
}

/**
 * `gen_ai.provider.name` for an OpenCode provider id.
 * @param overrides the user's own map (option `providerNames`), which wins.
 */
export function providerName(id: string, overrides: Readonly<Record<string, string>> = {}): string {
  if (Object.hasOwn(overrides, id)) return overrides[id] ?? id
  if (Object.hasOwn(WELL_KNOWN, id)) return WELL_KNOWN[id] ?? id
  return id
}

export interface ChatEnd {
  /** OpenCode's `finish`, undefined when the answer never came to its end. */
  readonly finish: string | undefined
  readonly failed: boolean
  readonly responseModel: string | undefined
  readonly usage: Usage | undefined
  readonly cost: number | undefined
  /** Seconds from the (last) attempt's request to its first output. */
  readonly timeToFirstChunk: number | undefined
}

/** A generation that failed or was interrupted before it finished has the finish reason `error`. */
export function chatEnd(facts: ChatEnd): Attributes {
  const finish = facts.finish ?? (facts.failed ? "error" : undefined)
  return {
    ...present(names.RESPONSE_MODEL, facts.responseModel),
    ...(finish !== undefined && { [names.RESPONSE_FINISH_REASONS]: [finishReason(finish)] }),
    ...present(names.RESPONSE_TIME_TO_FIRST_CHUNK, facts.timeToFirstChunk),
    ...(facts.usage && isUsed(facts.usage) && usageAttributes(facts.usage)),
    ...present(names.COST, facts.cost),
  }
}

export interface ToolStart extends Common {
  readonly tool: string
  readonly callId: string | undefined
  readonly mcpServer: string | undefined
}

/** `execute_tool {gen_ai.tool.name}`: every tool of OpenCode runs on the user's side, hence `function`. */
export function toolStart(facts: ToolStart): SpanStart {
  return {
    name: spanName("execute_tool", facts.tool),
    kind: SpanKind.INTERNAL,
    attributes: {
      ...common("execute_tool", facts),
      [names.TOOL_NAME]: facts.tool,
      ...present(names.TOOL_CALL_ID, facts.callId),
      [names.TOOL_TYPE]: "function",
      ...present(names.MCP_SERVER, facts.mcpServer),
    },
  }
}

/** OpenCode keeps letters, digits, `_` and `-` of a server's name and replaces everything else. */
function sanitize(server: string): string {
  return server.replace(/[^a-zA-Z0-9_-]/g, "_")
}

/**
 * The MCP server that a tool comes from, or nothing for any other tool.
 *
 * OpenCode offers the model an MCP tool as `{server}_{tool}`, so the longest configured server name that the
 * tool's name begins with is the one. No convention names an attribute for it yet: `opencode.mcp.server`.
 */
export function mcpServer(tool: string, servers: readonly string[]): string | undefined {
  return servers
    .filter((server) => tool.startsWith(`${sanitize(server)}_`))
    .sort((a, b) => b.length - a.length)[0]
}

/** Time that a call spent waiting for the human, in milliseconds. */
export interface Waits {
  readonly permission: number | undefined
  readonly question: number | undefined
}

export function waitAttributes(waits: Waits): Attributes {
  return {
    ...present(names.PERMISSION_WAIT_MS, waits.permission),
    ...present(names.QUESTION_WAIT_MS, waits.question),
  }
}

/** The convention's span name: the operation alone where what it works on is not known. */
function spanName(operation: string, target: string | undefined): string {
  return target === undefined ? operation : `${operation} ${target}`
}

function common(operation: string, facts: Common): Attributes {
  return {
    [names.OPERATION_NAME]: operation,
    ...present(names.CONVERSATION_ID, facts.conversationId),
    ...present(names.AGENT_NAME, facts.agent),
    [names.SESSION_ID]: facts.sessionId,
    ...present(names.ORPHAN_REASON, facts.orphanReason),
  }
}

function present(key: string, value: string | number | undefined): Attributes {
  return value === undefined ? {} : { [key]: value }
}
