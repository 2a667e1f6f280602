import { type Attributes, type Context, ROOT_CONTEXT, trace } from "@opentelemetry/api"
import { EVENT_COMPACTION, type OrphanReason, type Trigger } from "../genai/attributes.ts"
import { agentEnd, agentStart, waitAttributes } from "../genai/spans.ts"
import type { RunTranscript, Speaker } from "../genai/transcript.ts"
import { addTotals, noTotals, type Totals } from "../genai/usage.ts"
import type { ChatStep } from "./chat-step.ts"
import { grace } from "./clock.ts"
import type { RunDeps } from "./deps.ts"
import { COMPACTION_AGENT, type Failure, type ModelRef, type Prompt, type PromptPart } from "./facts.ts"
import { FileChanges } from "./file-changes.ts"
import type { Lineage } from "./lineage.ts"
import type { Session } from "./sessions.ts"
import { TimedSpan } from "./timed-span.ts"
import type { ToolCall, ToolCallEnd } from "./tool-call.ts"
import { Verdict } from "./verdict.ts"

/**
 * A run is in exactly one of these states:
 *
 * - `announced`: its user message is known, nothing has worked on it. No span exists. A message that never gets
 *   an answer (`noReply`) stays here for ever and exports nothing, unless it was queued behind another prompt.
 * - `working`: its span is open and its session works on it.
 * - `draining`: its session is idle or has gone on to a later prompt; it waits for what it started.
 * - `ended`: its span has ended.
 *
 * | from | to | when |
 * |---|---|---|
 * | announced | working | `begin`: its first assistant message, or an error that names its session |
 * | announced | ended | it was queued, and a later prompt's answer covers it, or its session gave the queue up |
 * | working | draining | `release`: session idle, another run of the session took over, or its call ended |
 * | draining | ended | every step, call and subagent beneath it has ended, and the call that spawned it too |
 * | draining | ended | the grace period is over and no subagent beneath it works any more |
 * | working, draining | ended | `end`: eviction, shutdown, session deleted |
 */
export type RunState = "announced" | "working" | "draining" | "ended"

export interface RunSeed {
  readonly prompt: Prompt
  readonly session: Session
  readonly trigger: Trigger
  readonly startedAt: number
  readonly command?: string | undefined
  /** True when its session was busy when it came: it may be answered together with a later prompt. */
  readonly queued?: boolean
  /** The run this one works for, and the call that spawned it if it is a subagent's. */
  readonly parent?: { readonly run: Run; readonly call?: ToolCall | undefined } | undefined
}

/** Agents whose system prompt a run carries; a run has one, and rarely a second. */
const MAX_INSTRUCTED = 8

/** One prompt's work: owns its `invoke_agent` span and knows what is open beneath it. */
export class Run {
  readonly id: string
  readonly session: Session
  readonly startedAt: number
  readonly parent: Run | undefined
  readonly spawningCall: ToolCall | undefined
  readonly json: boolean
  readonly queued: boolean
  readonly model: ModelRef | undefined
  /** Set on a stand-in for a run that this process knows nothing of: its children are marked with it. */
  readonly orphanReason: OrphanReason | undefined

  /** How it ended, as far as is known. */
  readonly verdict = new Verdict()
  readonly steps = new Set<ChatStep>()
  readonly toolCalls = new Set<ToolCall>()
  readonly children = new Set<Run>()
  /** What was done to the project's files; only a root run has it. */
  readonly changes = new FileChanges()

  readonly #deps: RunDeps
  readonly #command: string | undefined
  readonly #totals: Totals = noTotals()
  #agent: string | undefined
  #trigger: Trigger
  #state: RunState = "announced"
  #span: TimedSpan | undefined
  #lateContext: Context = ROOT_CONTEXT
  #conversationId: string | undefined
  #compacted = false
  #releasedAt = 0
  #lastChildEndedAt = 0
  #mergedInto: string | undefined
  #transcript: RunTranscript | undefined
  readonly #instructed = new Set<string | undefined>()
  #cancelGrace: (() => void) | undefined
  #onEnded: (run: Run) => void

  constructor(deps: RunDeps, seed: RunSeed, onEnded: (run: Run) => void, lineage?: Lineage) {
    this.#deps = deps
    this.#onEnded = onEnded
    this.id = seed.prompt.messageId
    this.session = seed.session
    this.parent = seed.parent?.run
    this.spawningCall = seed.parent?.call
    this.json = seed.prompt.json
    this.#command = seed.command
    this.model = seed.prompt.model
    this.queued = seed.queued ?? false
    this.#agent = seed.prompt.agent
    this.#trigger = seed.trigger
    // A subagent stands in its call's place, from the moment at which the human was asked to allow it.
    const beganAt = Math.min(seed.startedAt, seed.parent?.call?.askedAt ?? seed.startedAt)
    this.startedAt = Math.max(beganAt, seed.parent?.run.startedAt ?? 0)
    this.orphanReason = lineage && !lineage.spanContext ? "unknown_run" : undefined
    if (!lineage) return
    this.#state = "draining"
    this.#conversationId = lineage.conversationId
    if (lineage.spanContext) this.#lateContext = trace.setSpanContext(ROOT_CONTEXT, lineage.spanContext)
  }

  /**
   * A stand-in for a run that has ended, or was never known: what comes late hangs under the old span, or, where
   * there is none, becomes a root of its own. It has no span itself and goes when its children have gone.
   */
  static late(deps: RunDeps, lineage: Lineage, onEnded: (run: Run) => void): Run {
    const { id, session, agent, model, startedAt } = lineage
    const prompt: Prompt = {
      messageId: id,
      sessionId: session.id,
      createdAt: startedAt,
      agent,
      model,
      json: false,
    }
    const run = new Run(deps, { prompt, session, trigger: "prompt", startedAt }, onEnded, lineage)
    run.#armGrace()
    return run
  }

  get state(): RunState {
    return this.#state
  }

  get agent(): string | undefined {
    return this.#agent
  }

  /** What children are started in. `ROOT_CONTEXT` before `begin` and for stand-ins of unknown runs. */
  get context(): Context {
    return this.#span?.context ?? this.#lateContext
  }

  /** The root session's id, also in subagents: `gen_ai.conversation.id`. The same for all of a trace. */
  get conversationId(): string {
    this.#conversationId ??= this.parent?.conversationId ?? this.session.rootId
    return this.#conversationId
  }

  /** A part that came after the message shows why the run exists: a `!` shell command, a compaction. */
  setTrigger(trigger: "compaction" | "shell"): void {
    if (this.#state !== "announced") return
    this.#trigger = trigger
    if (trigger === "compaction") this.#agent = COMPACTION_AGENT
  }

  /** The run that this one is a compaction of, else itself. */
  get outermostInSession(): Run {
    let run: Run = this
    while (run.parent?.session === this.session) run = run.parent
    return run
  }

  /** The prompt that this run works for, directly or not. */
  get root(): Run {
    let run: Run = this
    while (run.parent) run = run.parent
    return run
  }

  /** True when this run works for the other one, directly or not. */
  isBeneath(other: Run): boolean {
    for (let run = this.parent; run; run = run.parent) if (run === other) return true
    return false
  }

  /** What was asked and answered; kept only where content is captured. */
  get transcript(): RunTranscript | undefined {
    this.#transcript ??= this.#deps.capture?.transcript(this.#speaker)
    return this.#transcript
  }

  /** Adds what the user wrote or attached. */
  addPromptPart(part: PromptPart): void {
    if ("text" in part) this.transcript?.prompt(part.partId, part.text)
    else this.transcript?.attachment(part.partId, part.file)
  }

  /** True the first time an agent of this run is given its system prompt: one chat of the run carries it. */
  takeInstructions(agent: string | undefined): boolean {
    if (this.#instructed.has(agent) || this.#instructed.size >= MAX_INSTRUCTED) return false
    this.#instructed.add(agent)
    return true
  }

  /** announced → working: starts the span. Does nothing in any other state. */
  begin(): void {
    if (this.#state !== "announced") return
    this.#state = "working"
    this.parent?.children.add(this)
    if (this.spawningCall) this.parent?.count({ subagents: 1 })
    const start = agentStart({
      conversationId: this.conversationId,
      sessionId: this.session.id,
      agent: this.parent ? this.#agent : (this.#deps.settings.agentName ?? this.#agent),
      orphanReason: this.parent?.orphanReason,
      version: this.#deps.hostVersion?.() ?? this.session.hostVersion,
      model: this.model?.modelId,
      messageId: this.id,
      trigger: this.#trigger,
      command: this.#command,
      spawningCallId: this.spawningCall?.callId,
      parentSessionId: this.spawningCall?.run.session.id,
      compactedMessages: this.#trigger === "compaction" ? this.session.messages : undefined,
    })
    this.#span = new TimedSpan(this.#deps.tracer, start, {
      startedAt: this.startedAt,
      parent: this.#parentContext(),
      links: this.parent ? [] : this.#deps.rootLinks,
    })
    this.spawningCall?.handOverTo(this)
  }

  /** A model request is over. */
  stepEnded(
    step: ChatStep,
    end: { at: number; failure: Failure | undefined; finish: string | undefined },
  ): void {
    this.steps.delete(step)
    this.verdict.stepEnded(end.failure, end.finish)
    this.#childEnded(end.at)
  }

  /** A tool call is over; `at` is undefined where a subagent's span stands for it. */
  toolCallEnded(call: ToolCall, at: number | undefined): void {
    this.toolCalls.delete(call)
    this.#childEnded(at ?? 0)
  }

  /** The call that spawned this subagent is over, and so is the subagent, unless it works on in the background. */
  spawningCallEnded({ outcome, endedAt, background }: ToolCallEnd): void {
    if (background) return this.tryEnd()
    this.verdict.spawningCallEnded(outcome)
    this.release(endedAt)
  }

  /** True while a message or a call of it is not complete, or something went wrong that no later step has cured. */
  get unsettled(): boolean {
    return this.verdict.troubled || this.toolCalls.size > 0 || [...this.steps].some((step) => !step.complete)
  }

  /** Adds to the totals of this run and of every run it works for. */
  count(delta: Partial<Totals>): void {
    for (let run: Run | undefined = this; run; run = run.parent) addTotals(run.#totals, delta)
  }

  /** Adds an event to the run's span, while it is open. */
  addEvent(name: string, attributes: Attributes, at: number): void {
    if (this.#state !== "ended") this.#span?.addEvent(name, attributes, at)
  }

  /** The compaction that this run is for has replaced the history. The event is added once, to the outermost run of the session. */
  recordCompaction(): void {
    if (this.#compacted) return
    this.#compacted = true
    this.outermostInSession.addEvent(EVENT_COMPACTION, {}, this.#deps.clock.now())
  }

  /** Closes the steps that are complete: called when the session does something else next. */
  settle(): void {
    for (const step of [...this.steps]) step.settle()
  }

  /**
   * working → draining: the session no longer works on this run.
   * @param at when the session went idle; undefined when another run took over: then the run ends with its own work.
   */
  release(at: number | undefined): void {
    if (this.#state !== "working" && this.#state !== "draining") return
    if (at !== undefined) this.#releasedAt = Math.max(this.#releasedAt, at)
    if (this.#state === "working") {
      this.#state = "draining"
      this.#armGrace()
    }
    this.settle()
    this.tryEnd()
  }

  /** Ends a prompt that was answered together with a later one: OpenCode answers only the newest of a queue. */
  mergeInto(run: Run, at: number): void {
    this.#mergedInto = run.id
    this.verdict.merged()
    this.#span?.link(run.context)
    this.release(at)
  }

  /** draining → ended, when nothing is left to wait for. */
  tryEnd(): void {
    if (this.#state !== "draining") return
    if (this.steps.size > 0 || this.toolCalls.size > 0 || this.children.size > 0) return
    if (this.spawningCall && !this.spawningCall.ended) return
    this.end()
  }

  /**
   * any → ended: the one place where an `invoke_agent` span ends. Ends what is open beneath it first.
   * @param reason why it ends other than by itself.
   */
  end(reason?: OrphanReason): void {
    if (this.#state === "ended") return
    const cutAt = this.#releasedAt || this.#deps.clock.now()
    if (reason && this.#state === "working") this.#releasedAt = cutAt
    if (reason === "shutdown" || reason === "session_deleted") this.verdict.stopped()
    // From here on no child that ends may try to end this run again.
    this.#state = "ended"
    this.#cancelGrace?.()
    for (const child of [...this.children]) child.end(reason ?? "unfinished")
    for (const call of [...this.toolCalls]) call.abandon(reason ?? "unfinished", cutAt)
    for (const step of [...this.steps]) step.end(cutAt, reason ?? "unfinished")
    const overAt = Math.max(this.startedAt, this.#releasedAt, this.#lastChildEndedAt)
    const endedAt = this.#endSpan(overAt, reason)
    this.#onEnded(this)
    this.parent?.childRunEnded(this, endedAt)
    if (!this.parent) this.#deps.onRootEnded()
  }

  /**
   * A subagent or a compaction beneath this run is over. A compaction is part of the run's own work: its
   * failure is the run's failure, unless a later step begins.
   */
  childRunEnded(child: Run, at: number): void {
    this.children.delete(child)
    if (child.session === this.session) this.verdict.compactionEnded(child.verdict)
    this.#childEnded(at)
  }

  /** What stays known after the end. */
  lineage(): Lineage {
    return {
      id: this.id,
      session: this.session,
      conversationId: this.conversationId,
      agent: this.#agent,
      model: this.model,
      startedAt: this.startedAt,
      spanContext: trace.getSpanContext(this.context),
    }
  }

  /** @returns when it ended. A stand-in has no span. */
  #endSpan(at: number, reason: OrphanReason | undefined): number {
    const span = this.#span
    if (!span) return at
    const { capture } = this.#deps
    const { failure, outcome, finish } = this.verdict
    if (failure?.kind === "error") span.fail(failure.type, capture?.text("answers", failure.message))
    span.set(
      agentEnd({
        outcome,
        totals: this.#totals,
        sessionCost: this.parent ? undefined : this.session.cost,
        mergedInto: this.#mergedInto,
        orphanReason: reason,
        changes: this.parent ? undefined : this.changes.known,
      }),
    )
    if (this.spawningCall) span.set(waitAttributes(this.spawningCall.waits))
    const title = this.parent ? undefined : this.session.title
    if (capture && this.transcript) span.set(capture.agent(this.transcript, finish, title))
    return span.end(at)
  }

  /** True while a session works on this run or on a subagent anywhere beneath it. */
  get #works(): boolean {
    return this.#state === "working" || [...this.children].some((child) => child.#works)
  }

  #childEnded(at: number): void {
    this.#lastChildEndedAt = Math.max(this.#lastChildEndedAt, at)
    this.tryEnd()
  }

  get #speaker(): Speaker {
    if (this.spawningCall) return "subagent"
    return this.#trigger === "compaction" ? "compaction" : "root"
  }

  #parentContext(): Context {
    if (!this.parent) return this.#deps.rootContext
    return this.spawningCall?.context ?? this.parent.context
  }

  #armGrace(): void {
    const { clock, settings } = this.#deps
    const over = () => this.end()
    this.#cancelGrace = grace(clock, settings.graceMs, () => this.#works, over)
  }
}
