import type { Attributes, Context } from "@opentelemetry/api"
import { ORPHAN_REASON, type OrphanReason, PROCESS_EXIT_CODE } from "../genai/attributes.ts"
import { mcpServer, toolStart, type Waits, waitAttributes } from "../genai/spans.ts"
import type { RunDeps } from "./deps.ts"
import type { EndedToolCall, ToolCallOutcome, ToolCallSnapshot } from "./facts.ts"
import type { OpenRun } from "./open-run.ts"
import type { Run } from "./run.ts"
import { TimedSpan } from "./timed-span.ts"

interface WaitingEvent {
  readonly name: string
  readonly attributes: Attributes
  readonly at: number
}

/** How a call ended. */
export interface ToolCallEnd {
  readonly outcome: ToolCallOutcome
  readonly endedAt: number
  readonly exitCode: number | undefined
  readonly orphanReason: OrphanReason | undefined
  /** True for a subagent that works on after its call has returned. */
  readonly background: boolean
  /** Content: what the tool answered, or its error text. */
  readonly output: unknown
}

/** Events kept for a call whose span has not started; a call asks the human a handful of times at most. */
const MAX_WAITING_EVENTS = 64

/**
 * One tool call. Owns the `execute_tool` span, unless the call spawned a subagent: then the subagent's
 * `invoke_agent` stands in its place, and what belongs to the call is handed to it.
 */
export class ToolCall {
  readonly partId: string
  readonly callId: string | undefined
  readonly messageId: string
  readonly agent: string | undefined

  readonly #deps: RunDeps
  readonly #run: OpenRun
  readonly #waits: { permission: number | undefined; question: number | undefined } = {
    permission: undefined,
    question: undefined,
  }
  #tool: string
  #span: TimedSpan | undefined
  #startedAt: number
  #childSessionId: string | undefined
  #childExpected = false
  /** The subagent's run, from the moment at which it has a span. */
  #child: Run | undefined
  #events: WaitingEvent[] = []
  #running = false
  #ended = false
  #denied = false
  #input: unknown

  readonly #onEnded: (call: ToolCall, at: number) => void

  constructor(
    deps: RunDeps,
    run: OpenRun,
    snapshot: ToolCallSnapshot,
    agent: string | undefined,
    onEnded: (call: ToolCall, at: number) => void,
  ) {
    this.#deps = deps
    this.#onEnded = onEnded
    this.#run = run
    this.partId = snapshot.partId
    this.callId = snapshot.callId
    this.messageId = snapshot.messageId
    this.agent = agent
    this.#tool = snapshot.tool
    this.#startedAt = startOf(snapshot) ?? snapshot.seenAt ?? deps.clock.now()
    run.addToolCall(this)
  }

  get run(): OpenRun {
    return this.#run
  }

  /** True once a snapshot has shown that the model is done with the call: it runs, or is over. */
  get running(): boolean {
    return this.#running
  }

  get ended(): boolean {
    return this.#ended
  }

  get waits(): Waits {
    return this.#waits
  }

  /**
   * What the subagents of the call are started in, where it has a span of its own. One that begins after its `task`
   * call was given up is the run's, as all the others are.
   */
  get context(): Context | undefined {
    return this.#tool === "task" ? undefined : this.#span?.context
  }

  /** The session of the subagent that the call spawned or resumed, once a snapshot has named it. */
  get childSessionId(): string | undefined {
    return this.#childSessionId
  }

  /** @returns true for the first session that is named while the call is open: only that one is its child's. */
  nameChildSession(id: string): boolean {
    if (this.#childSessionId !== undefined || this.#ended) return false
    this.#childSessionId = id
    return true
  }

  /** True while no subagent run has come of this call. */
  get childless(): boolean {
    return !this.#childExpected
  }

  /** When the human was first asked, while the call has no span: OpenCode asks before it stamps the call's start. */
  get askedAt(): number | undefined {
    return this.#events[0]?.at
  }

  /** A user message in the child session is this call's: its run will stand in the call's place. */
  expectChild(): void {
    this.#childExpected = true
  }

  /** The subagent's span has started: the permission events of the call belong to it. */
  handOverTo(child: Run): void {
    this.#child = child
    if (this.#span) return
    for (const { name, attributes, at } of this.#events) child.addEvent(name, attributes, at)
    this.#events = []
  }

  /** A new snapshot of the call. `task` starts no span until it is known whether a subagent stands for it. */
  update(snapshot: ToolCallSnapshot): void {
    if (this.#ended) return
    this.#tool = snapshot.tool
    if (snapshot.status === "pending") return
    if (this.#deps.capture) this.#input = snapshot.input
    if (!this.#running && !this.#span) this.#startedAt = snapshot.startedAt ?? this.#startedAt
    this.#running = true
    if (snapshot.status === "ended") return this.#end(snapshot)
    if (snapshot.tool !== "task") this.#start()
  }

  /** The call is about to run a command: its span starts now if it has not, so that the command can join it. */
  startForCommand(): Context | undefined {
    if (this.#ended || this.#tool === "task") return undefined
    if (!this.#span) this.#startedAt = this.#deps.clock.now()
    return this.#start().context
  }

  /** Something that a human was asked or answered. */
  addEvent(name: string, attributes: Attributes, at: number): void {
    if (this.#span) this.#span.addEvent(name, attributes, at)
    else if (this.#child) this.#child.addEvent(name, attributes, at)
    else if (this.#events.length < MAX_WAITING_EVENTS) this.#events.push({ name, attributes, at })
  }

  /** Adds the time, in milliseconds, that the call waited for the human. */
  addWait(kind: "permission" | "question", ms: number): void {
    this.#waits[kind] = (this.#waits[kind] ?? 0) + ms
  }

  /** The human refused the permission: whatever the tool says of its error, that is its cause. */
  deny(): void {
    this.#denied = true
    this.#run.verdict.refused()
  }

  /** Ends a call that OpenCode will not end: its run is over. */
  abandon(reason: OrphanReason, at: number): void {
    const cancelled = reason === "shutdown" || this.#run.verdict.interrupted
    this.#finish({
      outcome: cancelled ? { kind: "failed", type: "cancelled" } : { kind: "completed" },
      endedAt: at,
      exitCode: undefined,
      orphanReason: reason,
      background: false,
      output: undefined,
    })
  }

  #end(snapshot: EndedToolCall): void {
    this.#finish({
      outcome: this.#outcome(snapshot.outcome),
      endedAt: snapshot.endedAt ?? this.#deps.clock.now(),
      exitCode: snapshot.exitCode,
      orphanReason: undefined,
      background: snapshot.background,
      output: snapshot.output,
    })
  }

  /** A call that ends after its run was interrupted was cut off, also where the tool reports a normal end. */
  #outcome(reported: ToolCallOutcome): ToolCallOutcome {
    if (this.#denied) return { kind: "failed", type: "permission_denied" }
    if (reported.kind === "failed" && reported.type !== "tool_error") return reported
    return this.#run.verdict.interrupted ? { kind: "failed", type: "cancelled" } : reported
  }

  /** The one place where an `execute_tool` span ends. */
  #finish(end: ToolCallEnd): void {
    if (this.#ended) return
    this.#ended = true
    const child = this.#child
    const replaced = this.#span === undefined && child !== undefined
    this.#onEnded(this, end.endedAt)
    if (end.outcome.kind === "failed" && end.outcome.type === "cancelled") this.#run.verdict.cutOff()
    child?.spawningCallEnded(end)
    this.#run.toolCallEnded(this, replaced ? undefined : this.#endSpan(end))
  }

  /** @returns when it ended. */
  #endSpan(end: ToolCallEnd): number {
    const span = this.#start()
    const { outcome, exitCode, orphanReason, output } = end
    const use = { name: this.#tool, input: this.#input }
    const { capture } = this.#deps
    span.set(waitAttributes(this.#waits))
    if (exitCode !== undefined) span.set({ [PROCESS_EXIT_CODE]: exitCode })
    if (orphanReason) span.set({ [ORPHAN_REASON]: orphanReason })
    if (capture) span.set(capture.tool(use, outcome.kind === "failed" ? undefined : output))
    if (outcome.kind === "failed") {
      const message = typeof output === "string" ? output : undefined
      span.fail(outcome.type, capture?.text("toolResults", message, use))
    }
    this.#run.count({ toolCalls: 1 })
    return span.end(end.endedAt)
  }

  #start(): TimedSpan {
    if (this.#span) return this.#span
    const beganAt = Math.min(this.#startedAt, this.askedAt ?? this.#startedAt)
    const start = toolStart({
      conversationId: this.#run.conversationId,
      sessionId: this.#run.session.id,
      agent: this.agent ?? this.#run.agent,
      orphanReason: this.#run.orphanReason,
      tool: this.#tool,
      callId: this.callId,
      mcpServer: mcpServer(this.#tool, this.#deps.mcpServers()),
    })
    const startedAt = Math.max(beganAt, this.#run.startedAt)
    const span = new TimedSpan(this.#deps.tracer, start, { startedAt, parent: this.#run.context })
    this.#span = span
    for (const { name, attributes, at } of this.#events) span.addEvent(name, attributes, at)
    this.#events = []
    return span
  }
}

function startOf(snapshot: ToolCallSnapshot): number | undefined {
  return snapshot.status === "pending" ? undefined : snapshot.startedAt
}
