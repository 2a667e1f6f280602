import { ROOT_CONTEXT } from "@opentelemetry/api"
import { usageFrom } from "../../src/genai/usage.ts"
import { DEFAULT_RUN_SETTINGS, type RunDeps, type RunLimits, type RunSettings } from "../../src/runs/deps.ts"
import type {
  Ask,
  Assistant,
  EndedToolCall,
  ModelRequest,
  Prompt,
  Reply,
  SessionInfo,
  ToolCallOutcome,
  ToolCallSnapshot,
} from "../../src/runs/facts.ts"
import { RunModel } from "../../src/runs/run-model.ts"
import { renderFindings } from "../conformance/finding.ts"
import { checkSpan } from "../conformance/span.ts"
import { renderTree, type TreeOptions } from "../harness/tree.ts"
import { dedent } from "./dedent.ts"
import { FakeClock } from "./fake-clock.ts"
import { type SpySpan, SpyTracer } from "./spy-tracer.ts"

/** When every test begins, in epoch milliseconds. Times given to a stage count from here. */
export const T0 = 1_800_000_000_000

const MODEL = { providerId: "fake", modelId: "fake-1" }

/** What a test says of a tool call that is otherwise plain. */
type CallChanges = Partial<Omit<EndedToolCall, "status">> & { status?: ToolCallSnapshot["status"] }

const ENDED: Pick<EndedToolCall, "outcome" | "exitCode" | "background"> = {
  outcome: { kind: "completed" },
  exitCode: undefined,
  background: false,
}

interface Answer {
  finish?: string
  tokens?: { input: number; output: number; reasoning?: number; cacheRead?: number; cacheWrite?: number }
  cost?: number
}

/**
 * A run model on a spy tracer, and short words for what OpenCode would tell it. What is not said has a plain
 * default: session `s`, agent `build`, the present time.
 */
export class Stage {
  readonly clock = new FakeClock(T0)
  readonly tracer = new SpyTracer()
  readonly model: RunModel
  rootsEnded = 0
  /** The prompt and session of each assistant message, so that its later updates need only its id. */
  readonly #steps = new Map<string, Assistant>()
  /** When each call began to run: OpenCode repeats it in every snapshot. */
  readonly #startedAt = new Map<string, number>()

  constructor(
    settings: Partial<Omit<RunSettings, "limits">> & { limits?: Partial<RunLimits> } = {},
    more: Partial<RunDeps> = {},
  ) {
    const limits = { ...DEFAULT_RUN_SETTINGS.limits, ...settings.limits }
    this.model = new RunModel({
      tracer: this.tracer,
      clock: this.clock,
      settings: { ...DEFAULT_RUN_SETTINGS, ...settings, limits },
      rootContext: ROOT_CONTEXT,
      rootLinks: [],
      mcpServers: () => [],
      onRootEnded: () => {
        this.rootsEnded += 1
      },
      ...more,
    })
  }

  /** Moves the clock to `ms` after the beginning. */
  at(ms: number): this {
    this.clock.advanceTo(T0 + ms)
    return this
  }

  session(sessionId: string, more: Partial<SessionInfo> & { created?: boolean } = {}): this {
    const { created = true, ...info } = more
    const plain = {
      sessionId,
      parentId: undefined,
      createdAt: undefined,
      version: undefined,
      cost: undefined,
    }
    this.model.sessionStored({ ...plain, ...info }, created)
    return this
  }

  busy(sessionId = "s"): this {
    this.model.sessionBusy(sessionId)
    return this
  }

  idle(sessionId = "s"): this {
    this.model.sessionIdle(sessionId)
    return this
  }

  /** `chat.message`, then OpenCode says that it works. */
  prompt(messageId: string, more: Partial<Prompt> = {}): this {
    const prompt = this.#prompt(messageId, more)
    this.model.promptSent(prompt)
    return this.busy(prompt.sessionId)
  }

  /** `chat.message` of a message that asks for no answer: its session does not become busy. */
  note(messageId: string, more: Partial<Prompt> = {}): this {
    this.model.promptSent(this.#prompt(messageId, more))
    return this
  }

  /** `message.updated` of a user message. */
  stored(messageId: string, more: Partial<Prompt> = {}): this {
    this.model.promptStored(this.#prompt(messageId, more))
    return this
  }

  /** The first `message.updated` of an assistant message. */
  assistant(messageId: string, promptId: string | undefined, more: Partial<Assistant> = {}): this {
    const assistant: Assistant = {
      messageId,
      promptId,
      sessionId: "s",
      agent: "build",
      model: MODEL,
      createdAt: this.clock.now(),
      completedAt: undefined,
      finish: undefined,
      failure: undefined,
      usage: undefined,
      cost: undefined,
      ...more,
    }
    this.#steps.set(messageId, assistant)
    this.model.assistantStored(assistant)
    return this
  }

  /** `chat.params`. */
  request(promptId: string, more: Partial<ModelRequest> = {}): this {
    this.model.requestSent(modelRequest(promptId, more))
    return this
  }

  /** An assistant message, and the request for it. */
  step(messageId: string, promptId: string, more: Partial<Assistant> = {}): this {
    this.assistant(messageId, promptId, more)
    const { sessionId, agent } = this.#steps.get(messageId) ?? { sessionId: "s", agent: "build" }
    return this.request(promptId, { sessionId, agent })
  }

  /** The model writes text until now. */
  text(messageId: string, startedAt = this.clock.now()): this {
    this.model.outputSeen(messageId, { type: "content", startedAt, endedAt: this.clock.now() })
    return this
  }

  /** A later `message.updated` of an assistant message. */
  update(messageId: string, more: Partial<Assistant>): this {
    const assistant = this.#steps.get(messageId)
    if (!assistant) throw new Error(`there was no assistant message ${messageId}`)
    const updated = { ...assistant, ...more }
    this.#steps.set(messageId, updated)
    this.model.assistantStored(updated)
    return this
  }

  /** The step's end as OpenCode reports it: `step-finish`, then the message complete. */
  finish(messageId: string, { finish = "stop", tokens, cost }: Answer = {}): this {
    const plain = { reasoning: 0, cacheRead: 0, cacheWrite: 0 }
    const usage = tokens && usageFrom({ ...plain, ...tokens })
    const now = this.clock.now()
    this.model.outputSeen(messageId, {
      type: "finished",
      partId: `${messageId}-end`,
      at: now,
      finish,
      usage,
      cost,
    })
    return this.update(messageId, { finish, usage, cost, completedAt: now })
  }

  /** A model request from beginning to end, in no time. */
  whole(messageId: string, promptId: string, more: Partial<Assistant> = {}, answer: Answer = {}): this {
    return this.step(messageId, promptId, more).text(messageId).finish(messageId, answer)
  }

  /** A snapshot of a tool call; its message is `messageId`, its call id `call-<partId>`. */
  call(partId: string, messageId: string, more: CallChanges = {}): this {
    const status = more.status ?? "running"
    const now = this.clock.now()
    const startedAt = status === "pending" ? undefined : (this.#startedAt.get(partId) ?? now)
    if (startedAt !== undefined) this.#startedAt.set(partId, startedAt)
    const snapshot = {
      partId,
      callId: `call-${partId}`,
      messageId,
      sessionId: this.#steps.get(messageId)?.sessionId ?? "s",
      tool: "bash",
      seenAt: now,
      startedAt,
      childSessionId: undefined,
      ...more,
    }
    if (status !== "ended") this.model.toolCallSeen({ ...snapshot, status })
    else this.model.toolCallSeen({ ...ENDED, endedAt: now, ...snapshot, status })
    return this
  }

  called(partId: string, messageId: string, more: CallChanges = {}): this {
    return this.call(partId, messageId, { status: "ended", ...more })
  }

  /** A `task` call that runs a subagent in `childSessionId`. */
  task(partId: string, messageId: string, childSessionId: string, more: CallChanges = {}): this {
    return this.call(partId, messageId, { tool: "task", childSessionId, ...more })
  }

  asks(requestId: string, partId: string, messageId: string, more: Partial<Ask> = {}): this {
    this.model.asked({
      kind: "permission",
      requestId,
      sessionId: "s",
      permission: "bash",
      call: { messageId, callId: `call-${partId}` },
      ...more,
    })
    return this
  }

  reply(requestId: string, reply: Reply["reply"] = "once"): this {
    this.model.replied({ requestId, reply })
    return this
  }

  /** The exported spans as text; what still is open is not among them. Throws where one is against the conventions. */
  tree(options: TreeOptions = {}): string {
    const findings = this.tracer.exported().flatMap((span) => checkSpan(span))
    const wrong = renderFindings(findings.filter(({ severity }) => severity === "violation"))
    if (wrong !== "") throw new Error(wrong)
    return renderTree(this.tracer.exported(), options)
  }

  /** The root span of a message's run. */
  run(messageId: string): SpySpan {
    const found = this.tracer.spans.find(
      (span) => span.attributes["opencode.message.id"] === messageId && span.name.startsWith("invoke_agent"),
    )
    if (!found) throw new Error(`there is no run of ${messageId}`)
    return found
  }

  #prompt(messageId: string, more: Partial<Prompt>): Prompt {
    return {
      messageId,
      sessionId: "s",
      createdAt: this.clock.now(),
      agent: "build",
      model: MODEL,
      json: false,
      ...more,
    }
  }
}

export function modelRequest(promptId: string, more: Partial<ModelRequest> = {}): ModelRequest {
  return {
    promptId,
    sessionId: "s",
    agent: "build",
    model: MODEL.modelId,
    providerId: MODEL.providerId,
    temperature: undefined,
    topP: undefined,
    topK: undefined,
    maxTokens: undefined,
    server: undefined,
    priced: true,
    ...more,
  }
}

export const CANCELLED: ToolCallOutcome = { kind: "failed", type: "cancelled" }
export const TOOL_ERROR: ToolCallOutcome = { kind: "failed", type: "tool_error" }
export const DENIED: ToolCallOutcome = { kind: "failed", type: "permission_denied" }

/** The lines of a tree, as the tests write them. */
export function lines(strings: TemplateStringsArray): string {
  return dedent(strings.join(""))
}
