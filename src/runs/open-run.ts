import type { Attributes, Context, SpanContext } from "@opentelemetry/api"
import type { OrphanReason } from "../genai/attributes.ts"
import type { RunTranscript } from "../genai/transcript.ts"
import type { Totals } from "../genai/usage.ts"
import type { ChatStep } from "./chat-step.ts"
import { grace } from "./clock.ts"
import type { RunDeps } from "./deps.ts"
import type { Failure, ModelRef, PromptPart } from "./facts.ts"
import { FileChanges } from "./file-changes.ts"
import type { Session } from "./sessions.ts"
import type { ToolCall } from "./tool-call.ts"
import { Verdict } from "./verdict.ts"

/** What stays known of a run that has ended, so that late events still land in its trace. */
export interface Lineage {
  readonly id: string
  readonly session: Session
  readonly conversationId: string
  readonly agent: string | undefined
  readonly model: ModelRef | undefined
  readonly startedAt: number
  /** Undefined for a run that this process has never seen. */
  readonly spanContext: SpanContext | undefined
}

/**
 * What has become of a run that something works on:
 *
 * - `working`: its session works on it.
 * - `draining`: its session is idle or has gone on to a later prompt; it waits for what it started.
 * - `ended`: nothing more is added to it.
 *
 * | from | to | when |
 * |---|---|---|
 * | working | draining | `release`: session idle, another run of the session took over, or its call ended |
 * | draining | ended | every step, call and subagent beneath it has ended, and the call that spawned it too |
 * | draining | ended | the grace period is over and no subagent beneath it works any more |
 * | working, draining | ended | `end`: eviction, shutdown, session deleted |
 */
export type OpenState = "working" | "draining" | "ended"

/** Agents whose system prompt a run carries; a run has one, and rarely a second. */
const MAX_INSTRUCTED = 8

export interface OpenRunSeed extends Pick<Lineage, "id" | "session" | "agent" | "model" | "startedAt"> {
  readonly conversationId: string
  /** True when the user asked for structured output. */
  readonly json: boolean
  /** The run this one works for. */
  readonly parent: OpenRun | undefined
  readonly transcript: RunTranscript | undefined
}

/**
 * What chat steps, tool calls and subagents work for: a `Run`, or the `LateRun` that stands in for one. Knows what is
 * open beneath it, and ends when nothing is left to wait for.
 */
export abstract class OpenRun {
  readonly id: string
  readonly session: Session
  readonly startedAt: number
  readonly parent: OpenRun | undefined
  readonly json: boolean
  readonly agent: string | undefined
  readonly model: ModelRef | undefined
  /** The root session's id, also in subagents: `gen_ai.conversation.id`. The same for all of a trace. */
  readonly conversationId: string
  /** What was asked and answered; kept only where content is captured. */
  readonly transcript: RunTranscript | undefined
  /** How it ended, as far as is known. */
  readonly verdict = new Verdict()
  /** What was done to the project's files; only a root run has it. */
  readonly changes = new FileChanges()

  readonly #deps: RunDeps
  readonly #onEnded: (run: OpenRun) => void
  readonly #steps = new Set<ChatStep>()
  readonly #toolCalls = new Set<ToolCall>()
  readonly #children = new Set<OpenRun>()
  readonly #instructed = new Set<string | undefined>()
  #state: OpenState
  #releasedAt = 0
  #lastChildEndedAt = 0
  #cancelGrace: (() => void) | undefined

  constructor(
    deps: RunDeps,
    seed: OpenRunSeed,
    state: "working" | "draining",
    onEnded: (run: OpenRun) => void,
  ) {
    this.#deps = deps
    this.#onEnded = onEnded
    this.#state = state
    this.id = seed.id
    this.session = seed.session
    this.startedAt = seed.startedAt
    this.parent = seed.parent
    this.json = seed.json
    this.agent = seed.agent
    this.model = seed.model
    this.conversationId = seed.conversationId
    this.transcript = seed.transcript
    if (state === "draining") this.#armGrace()
  }

  /** What children are started in. */
  abstract readonly context: Context

  /** Set where this process knows nothing of the run: its children are marked with it. */
  abstract readonly orphanReason: OrphanReason | undefined

  /** What stays known after the end; undefined where nothing was known before. */
  abstract readonly lineage: Lineage | undefined

  /** Adds an event to the run's span, while that is open. */
  abstract addEvent(name: string, attributes: Attributes, at: number): void

  /** Adds to the totals of this run and of every run it works for. */
  abstract count(delta: Partial<Totals>): void

  /** Ends the run's span, where it has one. @returns when it ended. */
  protected abstract endSpan(at: number, reason: OrphanReason | undefined): number

  /** False while the run must not end by itself, even though nothing is open beneath it. */
  protected abstract get mayEnd(): boolean

  get state(): OpenState {
    return this.#state
  }

  /** The chat steps that have not ended. */
  get steps(): readonly ChatStep[] {
    return [...this.#steps]
  }

  /** The tool calls that have not ended. */
  get toolCalls(): readonly ToolCall[] {
    return [...this.#toolCalls]
  }

  /** The subagents and compactions that have not ended. */
  get children(): readonly OpenRun[] {
    return [...this.#children]
  }

  /** The run that this one is a compaction of, else itself. */
  get outermostInSession(): OpenRun {
    let run: OpenRun = this
    while (run.parent?.session === this.session) run = run.parent
    return run
  }

  /** The prompt that this run works for, directly or not. */
  get root(): OpenRun {
    let run: OpenRun = this
    while (run.parent) run = run.parent
    return run
  }

  /** True when this run works for the other one, directly or not. */
  isBeneath(other: OpenRun): boolean {
    for (let run = this.parent; run; run = run.parent) if (run === other) return true
    return false
  }

  /** Adds what the user wrote or attached. */
  addPromptPart(part: PromptPart): void {
    addPromptPart(this.transcript, part)
  }

  /** True the first time an agent of this run is given its system prompt: one chat of the run carries it. */
  takeInstructions(agent: string | undefined): boolean {
    if (this.#instructed.has(agent) || this.#instructed.size >= MAX_INSTRUCTED) return false
    this.#instructed.add(agent)
    return true
  }

  addStep(step: ChatStep): void {
    this.#steps.add(step)
  }

  addToolCall(call: ToolCall): void {
    this.#toolCalls.add(call)
  }

  addChild(child: OpenRun): void {
    this.#children.add(child)
  }

  /** A model request is over. */
  stepEnded(
    step: ChatStep,
    end: { at: number; failure: Failure | undefined; finish: string | undefined },
  ): void {
    this.#steps.delete(step)
    this.verdict.stepEnded(end.failure, end.finish)
    this.#childEnded(end.at)
  }

  /** A tool call is over; `at` is undefined where a subagent's span stands for it. */
  toolCallEnded(call: ToolCall, at: number | undefined): void {
    this.#toolCalls.delete(call)
    this.#childEnded(at ?? 0)
  }

  /**
   * A subagent or a compaction beneath this run is over. A compaction is part of the run's own work: its failure is
   * the run's failure, unless a later step begins.
   */
  childRunEnded(child: OpenRun, at: number): void {
    this.#children.delete(child)
    if (child.session === this.session) this.verdict.compactionEnded(child.verdict)
    this.#childEnded(at)
  }

  /** Closes the steps that are complete: called when the session does something else next. */
  settle(): void {
    for (const step of this.steps) step.settle()
  }

  /**
   * working → draining: the session no longer works on this run.
   * @param at when the session went idle; undefined when another run took over: then the run ends with its own work.
   */
  release(at: number | undefined): void {
    if (this.#state === "ended") return
    if (at !== undefined) this.#releasedAt = Math.max(this.#releasedAt, at)
    if (this.#state === "working") {
      this.#state = "draining"
      this.#armGrace()
    }
    this.settle()
    this.tryEnd()
  }

  /** draining → ended, when nothing is left to wait for. */
  tryEnd(): void {
    if (this.#state !== "draining") return
    if (this.#steps.size > 0 || this.#toolCalls.size > 0 || this.#children.size > 0) return
    if (this.mayEnd) this.end()
  }

  /**
   * any → ended. Ends what is open beneath it first.
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
    for (const child of this.children) child.end(reason ?? "unfinished")
    for (const call of this.toolCalls) call.abandon(reason ?? "unfinished", cutAt)
    for (const step of this.steps) step.end(cutAt, reason ?? "unfinished")
    const overAt = Math.max(this.startedAt, this.#releasedAt, this.#lastChildEndedAt)
    const endedAt = this.endSpan(overAt, reason)
    this.#onEnded(this)
    this.parent?.childRunEnded(this, endedAt)
    if (!this.parent) this.#deps.onRootEnded()
  }

  /** True while a session works on this run or on a subagent anywhere beneath it. */
  get #works(): boolean {
    return this.#state === "working" || this.children.some((child) => child.#works)
  }

  #childEnded(at: number): void {
    this.#lastChildEndedAt = Math.max(this.#lastChildEndedAt, at)
    this.tryEnd()
  }

  #armGrace(): void {
    const { clock, settings } = this.#deps
    const over = () => this.end()
    this.#cancelGrace = grace(clock, settings.graceMs, () => this.#works, over)
  }
}

/** Adds what the user wrote or attached, where content is captured. */
export function addPromptPart(transcript: RunTranscript | undefined, part: PromptPart): void {
  if ("text" in part) transcript?.prompt(part.partId, part.text)
  else transcript?.attachment(part.partId, part.file)
}
