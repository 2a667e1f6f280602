import { type Attributes, type Context, trace } from "@opentelemetry/api"
import { EVENT_COMPACTION, type OrphanReason, type Trigger } from "../genai/attributes.ts"
import { agentEnd, agentStart, waitAttributes } from "../genai/spans.ts"
import { addTotals, noTotals, type Totals } from "../genai/usage.ts"
import type { RunDeps } from "./deps.ts"
import { type Lineage, OpenRun, type OpenRunSeed } from "./open-run.ts"
import { TimedSpan } from "./timed-span.ts"
import type { ToolCall, ToolCallEnd } from "./tool-call.ts"

export interface RunSeed extends OpenRunSeed {
  readonly trigger: Trigger
  /** The slash command that sent the prompt. */
  readonly command: string | undefined
  /** The call that spawned it, if it is a subagent's. */
  readonly spawningCall: ToolCall | undefined
}

/** One prompt's work, from the moment at which something works on it. Owns its `invoke_agent` span. */
export class Run extends OpenRun {
  readonly kind = "run"
  readonly orphanReason = undefined

  readonly #deps: RunDeps
  readonly #spawningCall: ToolCall | undefined
  readonly #span: TimedSpan
  readonly #totals: Totals = noTotals()
  #compacted = false
  #mergedInto: string | undefined

  /** Starts the span. */
  constructor(deps: RunDeps, seed: RunSeed, onEnded: (run: OpenRun) => void) {
    super(deps, seed, "working", onEnded)
    const { parent, session, agent, trigger, spawningCall } = seed
    this.#deps = deps
    this.#spawningCall = spawningCall
    parent?.addChild(this)
    if (spawningCall) parent?.count({ subagents: 1 })
    const start = agentStart({
      conversationId: this.conversationId,
      sessionId: session.id,
      agent: parent ? agent : (deps.settings.agentName ?? agent),
      orphanReason: parent?.orphanReason,
      version: deps.hostVersion?.() ?? session.hostVersion,
      model: this.model?.modelId,
      messageId: this.id,
      trigger,
      command: seed.command,
      spawningCallId: spawningCall?.callId,
      parentSessionId: spawningCall?.run.session.id,
      compactedMessages: trigger === "compaction" ? session.messages : undefined,
    })
    this.#span = new TimedSpan(deps.tracer, start, {
      startedAt: this.startedAt,
      parent: spawningCall?.context ?? parent?.context ?? deps.rootContext,
      links: parent ? [] : deps.rootLinks,
    })
    spawningCall?.handOverTo(this)
  }

  get context(): Context {
    return this.#span.context
  }

  get lineage(): Lineage {
    const { id, session, conversationId, agent, model, startedAt } = this
    const spanContext = trace.getSpanContext(this.context)
    return { id, session, conversationId, agent, model, startedAt, spanContext }
  }

  /** True while a message or a call of it is not complete, or something went wrong that no later step has cured. */
  get unsettled(): boolean {
    return this.verdict.troubled || this.toolCalls.length > 0 || this.steps.some((step) => !step.complete)
  }

  count(delta: Partial<Totals>): void {
    addTotals(this.#totals, delta)
    this.parent?.count(delta)
  }

  addEvent(name: string, attributes: Attributes, at: number): void {
    if (this.state !== "ended") this.#span.addEvent(name, attributes, at)
  }

  /**
   * The compaction that this run is for has replaced the history. The event is added once, to the outermost run of
   * the session.
   */
  recordCompaction(): void {
    if (this.#compacted) return
    this.#compacted = true
    this.outermostInSession.addEvent(EVENT_COMPACTION, {}, this.#deps.clock.now())
  }

  /** The call that spawned this subagent is over, and so is the subagent, unless it works on in the background. */
  spawningCallEnded({ outcome, endedAt, background }: ToolCallEnd): void {
    if (background) return this.tryEnd()
    this.verdict.spawningCallEnded(outcome)
    this.release(endedAt)
  }

  /** Ends a prompt that was answered together with a later one: OpenCode answers only the newest of a queue. */
  mergeInto(run: OpenRun, at: number): void {
    this.#mergedInto = run.id
    this.verdict.merged()
    this.#span.link(run.context)
    this.release(at)
  }

  protected get mayEnd(): boolean {
    return this.#spawningCall === undefined || this.#spawningCall.ended
  }

  /** The one place where an `invoke_agent` span ends. */
  protected endSpan(at: number, reason: OrphanReason | undefined): number {
    const span = this.#span
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
    if (this.#spawningCall) span.set(waitAttributes(this.#spawningCall.waits))
    const title = this.parent ? undefined : this.session.title
    if (capture && this.transcript) span.set(capture.agent(this.transcript, finish, title))
    return span.end(at)
  }
}
