/**
 * Every name that this plugin emits: attributes, events, keys of the events' attributes, values of enums. What only
 * one backend reads is named in that backend's file.
 *
 * The `gen_ai.*` names follow the OpenTelemetry GenAI semantic conventions as of October 2026 (development
 * status, hence not in the stable entry of `@opentelemetry/semantic-conventions`), with one deliberate exception:
 * `cache_creation` is the name that is published and that backends read; its unreleased successor is `cache_write`.
 * The `opencode.*` names are this project's own.
 */
export { ATTR_ERROR_TYPE, ATTR_SERVER_ADDRESS, ATTR_SERVER_PORT } from "@opentelemetry/semantic-conventions"

export const OPERATION_NAME = "gen_ai.operation.name"
export const CONVERSATION_ID = "gen_ai.conversation.id"
export const CONVERSATION_COMPACTED = "gen_ai.conversation.compacted"
export const AGENT_ID = "gen_ai.agent.id"
export const AGENT_NAME = "gen_ai.agent.name"
export const AGENT_VERSION = "gen_ai.agent.version"
export const PROVIDER_NAME = "gen_ai.provider.name"
export const OUTPUT_TYPE = "gen_ai.output.type"

export const REQUEST_MODEL = "gen_ai.request.model"
export const REQUEST_TEMPERATURE = "gen_ai.request.temperature"
export const REQUEST_TOP_P = "gen_ai.request.top_p"
export const REQUEST_TOP_K = "gen_ai.request.top_k"
export const REQUEST_MAX_TOKENS = "gen_ai.request.max_tokens"
export const REQUEST_STREAM = "gen_ai.request.stream"

export const RESPONSE_MODEL = "gen_ai.response.model"
export const RESPONSE_FINISH_REASONS = "gen_ai.response.finish_reasons"
/** Seconds from sending the request to the first sign of an answer. */
export const RESPONSE_TIME_TO_FIRST_CHUNK = "gen_ai.response.time_to_first_chunk"

export const USAGE_INPUT_TOKENS = "gen_ai.usage.input_tokens"
export const USAGE_OUTPUT_TOKENS = "gen_ai.usage.output_tokens"
export const USAGE_CACHE_READ = "gen_ai.usage.cache_read.input_tokens"
export const USAGE_CACHE_CREATION = "gen_ai.usage.cache_creation.input_tokens"
export const USAGE_REASONING = "gen_ai.usage.reasoning.output_tokens"

/** Content, as JSON strings in the conventions' message shapes; emitted only where the user switched it on. */
export const INPUT_MESSAGES = "gen_ai.input.messages"
export const OUTPUT_MESSAGES = "gen_ai.output.messages"
export const SYSTEM_INSTRUCTIONS = "gen_ai.system_instructions"
export const TOOL_CALL_ARGUMENTS = "gen_ai.tool.call.arguments"
export const TOOL_CALL_RESULT = "gen_ai.tool.call.result"
export const CONVERSATION_NAME = "gen_ai.conversation.name"
export const SESSION_TITLE = "opencode.session.title"

export const TOOL_NAME = "gen_ai.tool.name"
export const TOOL_CALL_ID = "gen_ai.tool.call.id"
export const TOOL_TYPE = "gen_ai.tool.type"
export const PROCESS_EXIT_CODE = "process.exit.code"

export const SESSION_ID = "opencode.session.id"
export const SESSION_PARENT_ID = "opencode.session.parent_id"
export const SESSION_COST = "opencode.session.cost"
export const MESSAGE_ID = "opencode.message.id"
export const PROVIDER_ID = "opencode.provider.id"
export const COST = "opencode.cost"
export const OUTCOME = "opencode.outcome"
export const ORPHAN_REASON = "opencode.orphan_reason"
export const COMMAND_NAME = "opencode.command.name"
export const SPAWNING_CALL_ID = "opencode.subagent.spawning_tool_call_id"
export const MCP_SERVER = "opencode.mcp.server"
export const PERMISSION_WAIT_MS = "opencode.permission.wait_ms"
export const QUESTION_WAIT_MS = "opencode.question.wait_ms"

export const RUN_TRIGGER = "opencode.run.trigger"
export const RUN_MERGED_INTO = "opencode.run.merged_into"
export const RUN_LLM_CALLS = "opencode.run.llm_calls"
export const RUN_TOOL_CALLS = "opencode.run.tool_calls"
export const RUN_SUBAGENTS = "opencode.run.subagents"
export const RUN_RETRIES = "opencode.run.retries"
export const RUN_INPUT_TOKENS = "opencode.run.input_tokens"
export const RUN_OUTPUT_TOKENS = "opencode.run.output_tokens"
export const RUN_COST = "opencode.run.cost"
/** Distinct files that the run's steps changed, and what the changes come to. */
export const RUN_FILES_CHANGED = "opencode.run.files_changed"
export const RUN_LINES_ADDED = "opencode.run.lines_added"
export const RUN_LINES_REMOVED = "opencode.run.lines_removed"
/** Messages of the conversation that a compaction replaced by their summary. */
export const COMPACTED_MESSAGES = "opencode.compaction.messages_before"

/** OpenCode's id of the project, the hash of the repository's first commit: on roots. */
export const PROJECT_ID = "opencode.project.id"
/** Version control, by the conventions (development status): on roots. */
export const VCS_REF_NAME = "vcs.ref.head.name"
export const VCS_REF_REVISION = "vcs.ref.head.revision"
export const VCS_REF_TYPE = "vcs.ref.head.type"
export const VCS_REPOSITORY_NAME = "vcs.repository.name"
export const VCS_REPOSITORY_URL = "vcs.repository.url.full"
/** Who ran OpenCode, by the conventions (development status): only where the user asked for it. */
export const USER_ID = "user.id"
export const USER_FULL_NAME = "user.full_name"
export const USER_EMAIL = "user.email"

export const EVENT_RETRY = "opencode.retry"
export const EVENT_PERMISSION_ASKED = "opencode.permission.asked"
export const EVENT_PERMISSION_REPLIED = "opencode.permission.replied"
export const EVENT_QUESTION_ASKED = "opencode.question.asked"
export const EVENT_QUESTION_REPLIED = "opencode.question.replied"
export const EVENT_COMPACTION = "opencode.compaction"

/** Which retry it is, and when OpenCode sends it, in epoch milliseconds. */
export const KEY_ATTEMPT = "attempt"
export const KEY_NEXT = "next"
/** How long a retry waits, or how long a question or permission waited, in milliseconds. */
export const KEY_WAIT_MS = "wait_ms"
/** Which permission was asked for (`bash`, `edit`, …), and the answer, in OpenCode's words. */
export const KEY_PERMISSION = "permission"
export const KEY_REPLY = "reply"

/** What set a run off. */
export type Trigger = "prompt" | "command" | "shell" | "compaction" | "subagent"

/** How a run ended, as its user would put it. */
export type Outcome = "completed" | "interrupted" | "rejected" | "error"

/**
 * Why a span ended, or hangs where it does, other than by its own end.
 * - `evicted`: too many runs were open at once
 * - `shutdown`: OpenCode closed the instance, or the process
 * - `unfinished`: its run was over and nothing more came within the grace period
 * - `unknown_run`: it belongs to a run that this process knows nothing of
 * - `session_deleted`: its session was deleted while it ran
 */
export type OrphanReason = "evicted" | "shutdown" | "unfinished" | "unknown_run" | "session_deleted"
