/**
 * What the run model takes in. Handlers translate the host's shapes into these; nothing here is OpenCode's own
 * wire format, so another host (or OpenCode's next plugin API) only needs other handlers.
 *
 * All times are epoch milliseconds, all costs USD.
 */
import type { FileReference } from "../genai/messages.ts"
import type { RequestParameters } from "../genai/spans.ts"
import type { Usage } from "../genai/usage.ts"

/** Why a run, a step or a call did not end well. `error` carries a low-cardinality `error.type`. */
export type Failure =
  | { readonly kind: "interrupted" }
  | {
      readonly kind: "error"
      readonly type: string
      /** Content: what the provider, or OpenCode, said of it. */
      readonly message?: string | undefined
    }

export interface ModelRef {
  readonly providerId: string
  readonly modelId: string
}

/** A user message: the id under which its run is known. */
export interface Prompt {
  readonly messageId: string
  readonly sessionId: string
  readonly createdAt: number | undefined
  readonly agent: string | undefined
  readonly model: ModelRef | undefined
  /** True when the user asked for structured output (`format: json_schema`). */
  readonly json: boolean
}

/** Content of a user message that the user wrote or attached. */
export type PromptPart =
  | { readonly partId: string; readonly text: string }
  | { readonly partId: string; readonly file: FileReference }

/** Lines that were added to files and removed from them. */
export interface LineChanges {
  readonly added: number
  readonly removed: number
}

/** The hidden agent that summarises a session's history, whatever the agent of the prompt. */
export const COMPACTION_AGENT = "compaction"

/** What a part of a user message shows about why the message exists. */
export type PromptOrigin = "compaction" | "shell"

/** What `chat.params` says about a model request. */
export interface ModelRequest extends RequestParameters {
  readonly promptId: string
  readonly sessionId: string
  readonly agent: string | undefined
  readonly model: string | undefined
  readonly providerId: string | undefined
  /** False when the model has no price: a cost of 0 then means "unknown", not "free". */
  readonly priced: boolean
}

/** An assistant message: one step, or a holder of tool calls that no model asked for. */
export interface Assistant {
  readonly messageId: string
  readonly promptId: string | undefined
  readonly sessionId: string
  readonly agent: string | undefined
  readonly model: ModelRef | undefined
  readonly createdAt: number | undefined
  readonly completedAt: number | undefined
  readonly finish: string | undefined
  readonly failure: Failure | undefined
  readonly usage: Usage | undefined
  readonly cost: number | undefined
}

/** Content: the whole of what a part says so far. */
export interface Words {
  readonly kind: "text" | "reasoning"
  readonly partId: string
  readonly text: string
}

/** A sign of life from the model inside a step. */
export type Output =
  | { readonly type: "started"; readonly at: number | undefined }
  | {
      readonly type: "content"
      readonly startedAt: number | undefined
      readonly endedAt: number | undefined
      readonly words?: Words | undefined
    }
  | {
      readonly type: "finished"
      /** The part that it came with: a snapshot, which may be sent again. */
      readonly partId: string | undefined
      readonly at: number | undefined
      readonly finish: string | undefined
      readonly usage: Usage | undefined
      readonly cost: number | undefined
    }
  /** The step is over and left these files otherwise than it found them. */
  | { readonly type: "changed"; readonly files: readonly string[] }

/** How a tool call ended. */
export type ToolCallOutcome =
  | { readonly kind: "completed" }
  | {
      readonly kind: "failed"
      readonly type: "tool_error" | "permission_denied" | "invalid_tool" | "cancelled"
    }

interface ToolCallFacts {
  readonly partId: string
  readonly callId: string | undefined
  readonly messageId: string
  readonly sessionId: string
  readonly tool: string
  readonly seenAt: number | undefined
  /** The session of the subagent that this call spawned or resumed. */
  readonly childSessionId: string | undefined
  /** Content: what the tool was called with; undefined where that could not be read. */
  readonly input?: unknown
}

/** The model still writes the call. */
export interface PendingToolCall extends ToolCallFacts {
  readonly status: "pending"
}

export interface RunningToolCall extends ToolCallFacts {
  readonly status: "running"
  readonly startedAt: number | undefined
}

export interface EndedToolCall extends ToolCallFacts {
  readonly status: "ended"
  readonly startedAt: number | undefined
  readonly endedAt: number | undefined
  readonly outcome: ToolCallOutcome
  readonly exitCode: number | undefined
  /** Content: what it answered, or the error text it failed with. */
  readonly output?: unknown
  /** True for a subagent that works on after its call has returned (experimental in OpenCode). */
  readonly background: boolean
}

/** A snapshot of a tool call; OpenCode sends one again whenever it changes. */
export type ToolCallSnapshot = PendingToolCall | RunningToolCall | EndedToolCall

/** A question to the human: a permission, or the `question` tool. */
export interface Ask {
  readonly kind: "permission" | "question"
  readonly requestId: string
  readonly sessionId: string
  readonly permission: string | undefined
  readonly call: { readonly messageId: string; readonly callId: string } | undefined
}

/** What the human answered. `reject` is a refused permission or a dismissed question, `answer` an answered question. */
export interface Reply {
  readonly requestId: string
  readonly reply: "once" | "always" | "answer" | "reject"
}

export interface SessionInfo {
  readonly sessionId: string
  readonly parentId: string | undefined
  readonly createdAt: number | undefined
  readonly version: string | undefined
  readonly cost: number | undefined
  /** Content: OpenCode's summary of what the session is about. */
  readonly title?: string | undefined
}

export interface Retry {
  readonly attempt: number
  readonly next: number | undefined
}
