import type { Context } from "@opentelemetry/api"
import {
  EVENT_RETRY,
  KEY_ATTEMPT,
  KEY_NEXT,
  KEY_WAIT_MS,
  ORPHAN_REASON,
  type OrphanReason,
} from "../genai/attributes.ts"
import { finishReason } from "../genai/messages.ts"
import { chatEnd, chatStart, providerName } from "../genai/spans.ts"
import type { StepTranscript } from "../genai/transcript.ts"
import { addUsage, isUsed, type Usage } from "../genai/usage.ts"
import type { RunDeps } from "./deps.ts"
import type { Assistant, Failure, ModelRequest, Output, Retry, ToolCallSnapshot } from "./facts.ts"
import type { OpenRun } from "./open-run.ts"
import { TimedSpan } from "./timed-span.ts"

/**
 * One assistant message: a model request with all its attempts and what came back. Owns the `chat` span.
 *
 * - without a span: the message exists, but no request was sent yet. `!` shell and subtask messages stay so, and
 *   disappear without a span: no model was asked.
 * - open: from `chat.params`, else from the first sign of the model.
 * - complete: the message has its `time.completed`. It is closed only when the session does something else next,
 *   because an error can follow completion by some milliseconds (content filter, structured output).
 * - ended.
 */
export class ChatStep {
  readonly messageId: string
  readonly promptId: string

  readonly #deps: RunDeps
  readonly #run: OpenRun
  #assistant: Assistant
  #request: ModelRequest | undefined
  #span: TimedSpan | undefined
  #requestedAt: number | undefined
  #firstOutputAt: number | undefined
  #lastOutputAt: number | undefined
  #completedAt: number | undefined
  #finish: string | undefined
  #finishedBy: string | undefined
  #failure: Failure | undefined
  #sessionFailure: Failure | undefined
  #usage: Usage | undefined
  #cost: number | undefined
  #lastRetry = 0
  #ended = false
  #transcript: StepTranscript | undefined
  #instructions: readonly string[] = []

  readonly #onEnded: (step: ChatStep) => void

  constructor(deps: RunDeps, run: OpenRun, assistant: Assistant, onEnded: (step: ChatStep) => void) {
    this.#deps = deps
    this.#onEnded = onEnded
    this.#run = run
    this.#assistant = assistant
    this.messageId = assistant.messageId
    this.promptId = assistant.promptId ?? run.id
    run.addStep(this)
  }

  get agent(): string | undefined {
    return this.#assistant.agent
  }

  get ended(): boolean {
    return this.#ended
  }

  /** True once the message is: only an error can still come of it. */
  get complete(): boolean {
    return this.#completedAt !== undefined
  }

  /** True from the request until the message is complete. */
  get open(): boolean {
    return this.#span !== undefined && !this.#ended && !this.complete
  }

  /** True while the message waits for its first request. */
  get waiting(): boolean {
    return this.#span === undefined && !this.#ended
  }

  /** The context of the `chat` span, once it has started. */
  get context(): Context | undefined {
    return this.#span?.context
  }

  /** A `chat.params` came. The first one starts the span; each later one is another attempt. */
  recordRequest(request: ModelRequest, system: readonly string[] = []): void {
    if (this.#ended) return
    if (system.length > 0 && this.#run.takeInstructions(this.agent)) this.#instructions = system
    this.#request = request
    this.#requestedAt = this.#deps.clock.now()
    this.#firstOutputAt = undefined
    // Before another attempt OpenCode kills the calls of the broken one. That was no abort of the run.
    if (this.#span) this.#run.verdict.stepBegan()
    this.#start(this.#requestedAt)
  }

  /** OpenCode waits before it tries again: a request was sent, even if no hook reported it. */
  recordRetry({ attempt, next }: Retry): void {
    if (this.#ended || this.complete || attempt <= this.#lastRetry) return
    this.#start(this.#assistant.createdAt)
    this.#lastRetry = attempt
    const now = this.#deps.clock.now()
    const wait = next === undefined ? {} : { [KEY_NEXT]: next, [KEY_WAIT_MS]: Math.max(0, next - now) }
    this.#span?.addEvent(EVENT_RETRY, { [KEY_ATTEMPT]: attempt, ...wait }, now)
    this.#run.count({ retries: 1 })
  }

  /**
   * The session reported an error before the message was complete: the step's, if it does not finish. Even if no
   * hook reported a request, one was sent: the messages without a request report their errors on their calls.
   */
  recordSessionFailure(failure: Failure): void {
    if (this.#ended || this.complete) return
    if (failure.kind === "error") this.#start(this.#assistant.createdAt)
    this.#sessionFailure = failure
  }

  /** A part of the message showed that the model works. */
  recordOutput(output: Output): void {
    if (this.#ended) return
    if (output.type === "started") return this.#start(output.at)
    if (output.type === "changed") return this.#run.root.changes.recordFiles(output.files)
    if (output.type === "content") {
      const { startedAt, endedAt, words } = output
      this.#start(startedAt)
      this.#recordOutputTimes(startedAt, endedAt)
      if (words) this.#transcript?.[words.kind](words.partId, words.text)
      return
    }
    this.#start(output.at)
    if (output.partId !== undefined && output.partId === this.#finishedBy) return
    this.#finishedBy = output.partId
    this.#finish = output.finish ?? this.#finish
    if (output.usage) this.#usage = addUsage(this.#usage, output.usage)
    if (output.cost !== undefined) this.#cost = (this.#cost ?? 0) + output.cost
  }

  /**
   * The model called a tool, or the tool has gone on: its answer is what the next request is given.
   * @param running true once the tool runs: from then on the call no longer shows what the model does.
   */
  recordToolCall(call: ToolCallSnapshot, running: boolean): void {
    if (!running && call.status === "pending") this.#recordOutputTimes(call.seenAt, undefined)
    if (!running && call.status !== "pending") this.#recordOutputTimes(call.startedAt, call.startedAt)
    // A tool that runs may send thousands of snapshots; nothing that a transcript keeps changes between.
    if (!this.#transcript || (running && call.status !== "ended")) return
    const callId = call.callId ?? call.partId
    this.#transcript.call(call.partId, { callId, name: call.tool, input: call.input })
    if (call.status === "ended") this.#transcript.answer(callId, call.output)
  }

  /**
   * The model wrote something, a tool call included. What an attempt wrote before it failed is sent again later
   * and is not the first output of the next one.
   */
  #recordOutputTimes(first: number | undefined, last: number | undefined): void {
    if (first !== undefined && first >= (this.#requestedAt ?? 0)) this.#firstOutputAt ??= first
    if (last !== undefined) this.#lastOutputAt = Math.max(this.#lastOutputAt ?? 0, last)
  }

  /** The message itself changed; its last update says how it ended. An error stands for a request, as above. */
  update(assistant: Assistant): void {
    if (this.#ended) return
    this.#assistant = assistant
    this.#failure = assistant.failure ?? this.#failure
    this.#finish = assistant.finish ?? this.#finish
    if (assistant.failure?.kind === "error") this.#start(assistant.createdAt)
    if (assistant.failure) this.#run.verdict.failed(assistant.failure)
    if (assistant.completedAt === undefined) return
    this.#completedAt = assistant.completedAt
    if (this.waiting || this.#run.state === "draining") this.settle()
  }

  /** Ends the step if its message is complete. */
  settle(): void {
    if (this.#completedAt !== undefined) this.end(this.#completedAt)
  }

  /**
   * The one place where a `chat` span ends: at the last output of the model, not at the end of its tools.
   * @param at used where the model wrote nothing.
   */
  end(at: number, reason?: OrphanReason): void {
    if (this.#ended) return
    this.#ended = true
    this.#onEnded(this)
    const span = this.#span
    if (!span) return this.#run.stepEnded(this, { at: 0, failure: this.#failure, finish: undefined })
    const failure = this.#failure ?? this.#unfinished(reason)
    const usage = this.#usage ?? this.#assistant.usage
    const cost = this.#knownCost(usage)
    span.set(
      chatEnd({
        finish: this.#finish,
        failed: failure !== undefined,
        responseModel: this.#lastOutputAt === undefined && !this.#finish ? undefined : this.#model,
        usage,
        cost,
        timeToFirstChunk: this.#timeToFirstChunk(span.startedAt),
      }),
    )
    if (reason) span.set({ [ORPHAN_REASON]: reason })
    const { capture } = this.#deps
    if (capture && this.#transcript) {
      const finish = finishReason(this.#finish ?? (failure ? "error" : "stop"))
      span.set(capture.chat(this.#transcript, finish, this.#instructions))
    }
    if (failure?.kind === "error") span.fail(failure.type, capture?.text("answers", failure.message))
    const endedAt = span.end(this.#lastOutputSinceRequest() ?? at)
    this.#run.count({
      llmCalls: 1,
      inputTokens: usage?.input ?? 0,
      outputTokens: usage?.output ?? 0,
      ...(cost !== undefined && { cost }),
    })
    if (cost !== undefined) this.#run.session.spend(cost)
    this.#run.stepEnded(this, { at: endedAt, failure, finish: this.#finish })
  }

  get #model(): string | undefined {
    return this.#request?.model ?? this.#assistant.model?.modelId
  }

  #start(at: number | undefined): void {
    if (this.#span) return
    const request = this.#request
    const providerId = request?.providerId ?? this.#assistant.model?.providerId
    const start = chatStart({
      conversationId: this.#run.conversationId,
      sessionId: this.#run.session.id,
      agent: this.#assistant.agent ?? this.#run.agent,
      orphanReason: this.#run.orphanReason,
      model: this.#model,
      providerId,
      provider: providerId && providerName(providerId, this.#deps.settings.providerNames),
      request,
      compacted: this.#run.session.compacted,
      json: this.#run.json,
    })
    const startedAt = Math.max(at ?? this.#deps.clock.now(), this.#run.startedAt)
    this.#span = new TimedSpan(this.#deps.tracer, start, { startedAt, parent: this.#run.context })
    this.#transcript = this.#run.transcript?.open(this.messageId)
    this.#run.verdict.stepBegan()
  }

  /** Seconds from the last attempt's request, which may be later than the span's start. */
  #timeToFirstChunk(startedAt: number): number | undefined {
    if (this.#requestedAt === undefined || this.#firstOutputAt === undefined) return undefined
    const waited = this.#firstOutputAt - Math.max(this.#requestedAt, startedAt)
    return waited >= 0 ? waited / 1000 : undefined
  }

  #lastOutputSinceRequest(): number | undefined {
    const last = Math.max(this.#lastOutputAt ?? 0, this.#firstOutputAt ?? 0)
    return last > 0 && last >= (this.#requestedAt ?? 0) ? last : undefined
  }

  /**
   * Why a step that has no error of its own did not finish. A request that is too long for the model is reported to
   * the session alone, because a compaction follows; an abort while OpenCode waits to try again is not reported
   * at all: the message just ends.
   */
  #unfinished(reason: OrphanReason | undefined): Failure | undefined {
    if (this.#finish !== undefined) return undefined
    if (this.#sessionFailure) return this.#sessionFailure
    if (reason === "evicted" || reason === "unfinished") return undefined
    return { kind: "interrupted" }
  }

  /** OpenCode reports 0 both for a free model and for one whose price it does not know. */
  #knownCost(usage: Usage | undefined): number | undefined {
    const cost = this.#cost ?? this.#assistant.cost
    if (cost === undefined || cost > 0) return cost
    if (!usage || !isUsed(usage)) return undefined
    return this.#request?.priced ? cost : undefined
  }
}
