// Which attributes a span of this project may and must carry: the GenAI conventions as of October 2026 with
// the deviations of DESIGN §4 (model and version on agents, no usage there, `cache_creation`).

/** The three kinds of span, by `gen_ai.operation.name`. */
export type Operation = "invoke_agent" | "chat" | "execute_tool"

/**
 * - `required`: on every span of the kind
 * - `recommended`: on every span of the kind that succeeded; missing is an improvement, not a violation
 * - `conditional`: where there is something to tell
 * - `content`: only where the user switched content capture on
 */
export type Level = "required" | "recommended" | "conditional" | "content"

export type AttributeType = "string" | "int" | "double" | "boolean" | "string[]" | "json"

export interface AttributeRule {
  readonly level: Level
  readonly type: AttributeType
  readonly values?: readonly (string | boolean)[]
  /** Leave it out rather than say 0: sums and breakdowns are read as "told". */
  readonly positive?: boolean
}

export type AttributeTable = Readonly<Record<string, AttributeRule>>

export const SPAN_KINDS: Readonly<Record<Operation, string>> = {
  invoke_agent: "INTERNAL",
  chat: "CLIENT",
  execute_tool: "INTERNAL",
}

/** The attribute whose value follows the operation in the span's name. */
export const NAME_ATTRIBUTES: Readonly<Record<Operation, string>> = {
  invoke_agent: "gen_ai.agent.name",
  chat: "gen_ai.request.model",
  execute_tool: "gen_ai.tool.name",
}

const required = (type: AttributeType, values?: readonly string[]): AttributeRule =>
  values ? { level: "required", type, values } : { level: "required", type }
const recommended = (type: AttributeType): AttributeRule => ({ level: "recommended", type })
const conditional = (type: AttributeType, values?: readonly (string | boolean)[]): AttributeRule =>
  values ? { level: "conditional", type, values } : { level: "conditional", type }
const positive = (type: AttributeType): AttributeRule => ({ level: "conditional", type, positive: true })
const content = (type: AttributeType): AttributeRule => ({ level: "content", type })

const EVERY: AttributeTable = {
  "gen_ai.operation.name": required("string"),
  "gen_ai.conversation.id": recommended("string"),
  "gen_ai.agent.name": recommended("string"),
  "opencode.session.id": required("string"),
  "opencode.orphan_reason": conditional("string", [
    "evicted",
    "shutdown",
    "unfinished",
    "unknown_run",
    "session_deleted",
  ]),
  "error.type": conditional("string"),
  "user.id": conditional("string"),
}

const WAITS: AttributeTable = {
  "opencode.permission.wait_ms": conditional("int"),
  "opencode.question.wait_ms": conditional("int"),
}

export const ATTRIBUTES: Readonly<Record<Operation, AttributeTable>> = {
  invoke_agent: {
    ...EVERY,
    ...WAITS,
    "gen_ai.request.model": conditional("string"),
    "gen_ai.agent.version": recommended("string"),
    "opencode.message.id": required("string"),
    "opencode.run.trigger": required("string", ["prompt", "command", "shell", "compaction", "subagent"]),
    "opencode.outcome": required("string", ["completed", "interrupted", "rejected", "error"]),
    "opencode.command.name": conditional("string"),
    "opencode.session.parent_id": conditional("string"),
    "opencode.session.cost": conditional("double"),
    "opencode.subagent.spawning_tool_call_id": conditional("string"),
    "opencode.run.merged_into": conditional("string"),
    "opencode.run.llm_calls": required("int"),
    "opencode.run.tool_calls": required("int"),
    "opencode.run.subagents": required("int"),
    "opencode.run.retries": required("int"),
    "opencode.run.input_tokens": required("int"),
    "opencode.run.output_tokens": required("int"),
    "opencode.run.cost": conditional("double"),
    "opencode.run.files_changed": positive("int"),
    "opencode.run.lines_added": conditional("int"),
    "opencode.run.lines_removed": conditional("int"),
    "opencode.compaction.messages_before": positive("int"),
    "opencode.project.id": conditional("string"),
    "vcs.ref.head.name": conditional("string"),
    "vcs.ref.head.revision": conditional("string"),
    "vcs.ref.head.type": conditional("string", ["branch"]),
    "vcs.repository.name": conditional("string"),
    "vcs.repository.url.full": conditional("string"),
    "user.full_name": conditional("string"),
    "user.email": conditional("string"),
    "gen_ai.input.messages": content("json"),
    "gen_ai.output.messages": content("json"),
    "gen_ai.system_instructions": content("json"),
    "gen_ai.conversation.name": content("string"),
    "opencode.session.title": content("string"),
  },
  chat: {
    ...EVERY,
    "gen_ai.provider.name": required("string"),
    "opencode.provider.id": required("string"),
    "gen_ai.request.model": required("string"),
    "gen_ai.request.temperature": conditional("double"),
    "gen_ai.request.top_p": conditional("double"),
    "gen_ai.request.top_k": conditional("int"),
    "gen_ai.request.max_tokens": conditional("int"),
    "gen_ai.request.stream": conditional("boolean", [true]),
    "gen_ai.request.seed": conditional("int"),
    "gen_ai.request.reasoning.level": conditional("string"),
    "gen_ai.output.type": conditional("string", ["text", "json", "image", "speech"]),
    "server.address": conditional("string"),
    "server.port": conditional("int"),
    "gen_ai.response.model": recommended("string"),
    "gen_ai.response.finish_reasons": recommended("string[]"),
    "gen_ai.response.time_to_first_chunk": recommended("double"),
    "gen_ai.usage.input_tokens": recommended("int"),
    "gen_ai.usage.output_tokens": recommended("int"),
    "gen_ai.usage.cache_read.input_tokens": positive("int"),
    "gen_ai.usage.cache_creation.input_tokens": positive("int"),
    "gen_ai.usage.reasoning.output_tokens": positive("int"),
    "gen_ai.conversation.compacted": conditional("boolean", [true]),
    "opencode.cost": conditional("double"),
    "gen_ai.input.messages": content("json"),
    "gen_ai.output.messages": content("json"),
    "gen_ai.system_instructions": content("json"),
  },
  execute_tool: {
    ...EVERY,
    ...WAITS,
    "gen_ai.tool.name": required("string"),
    "gen_ai.tool.type": required("string", ["function"]),
    "gen_ai.tool.call.id": recommended("string"),
    "opencode.mcp.server": conditional("string"),
    "process.exit.code": conditional("int"),
    "gen_ai.tool.call.arguments": content("json"),
    "gen_ai.tool.call.result": content("json"),
    "gen_ai.tool.description": content("string"),
  },
}

/** Event name → the spans it may be on and its attributes. */
export const EVENTS: Readonly<
  Record<string, { readonly on: readonly Operation[]; readonly attributes: AttributeTable }>
> = {
  "opencode.retry": {
    on: ["chat"],
    attributes: { attempt: required("int"), next: conditional("int"), wait_ms: conditional("int") },
  },
  "opencode.compaction": { on: ["invoke_agent"], attributes: {} },
  "opencode.permission.asked": {
    on: ["execute_tool", "invoke_agent"],
    attributes: { permission: conditional("string") },
  },
  "opencode.permission.replied": {
    on: ["execute_tool", "invoke_agent"],
    attributes: {
      permission: conditional("string"),
      reply: required("string", ["once", "always", "reject"]),
      wait_ms: required("int"),
    },
  },
  "opencode.question.asked": { on: ["execute_tool", "invoke_agent"], attributes: {} },
  "opencode.question.replied": {
    on: ["execute_tool", "invoke_agent"],
    attributes: { reply: required("string"), wait_ms: required("int") },
  },
}

/** Names that were once right, and what to use instead. */
export const DEPRECATED: Readonly<Record<string, string>> = {
  "gen_ai.system": "gen_ai.provider.name",
  "gen_ai.prompt": "gen_ai.input.messages",
  "gen_ai.completion": "gen_ai.output.messages",
  "gen_ai.usage.prompt_tokens": "gen_ai.usage.input_tokens",
  "gen_ai.usage.completion_tokens": "gen_ai.usage.output_tokens",
  "gen_ai.usage.total_tokens": "gen_ai.usage.input_tokens and gen_ai.usage.output_tokens",
  "gen_ai.usage.reasoning_tokens": "gen_ai.usage.reasoning.output_tokens",
  "gen_ai.usage.cache_read_input_tokens": "gen_ai.usage.cache_read.input_tokens",
  "gen_ai.usage.cache_creation_input_tokens": "gen_ai.usage.cache_creation.input_tokens",
  "gen_ai.usage.cache_write.input_tokens": "gen_ai.usage.cache_creation.input_tokens (see DESIGN §4)",
  "gen_ai.openai.request.seed": "gen_ai.request.seed",
  "gen_ai.token.type": "nothing",
}
