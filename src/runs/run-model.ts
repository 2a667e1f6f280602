import type { Context } from "@opentelemetry/api"
import type { AnnouncedRun } from "./announced-run.ts"
import { Asks } from "./asks.ts"
import { BoundedMap } from "./bounded-map.ts"
import { ChatStep } from "./chat-step.ts"
import type { RunDeps } from "./deps.ts"
import type {
  Ask,
  Assistant,
  Failure,
  LineChanges,
  ModelRequest,
  Output,
  Prompt,
  PromptOrigin,
  PromptPart,
  Reply,
  Retry,
  SessionInfo,
  ToolCallSnapshot,
} from "./facts.ts"
import type { Run } from "./run.ts"
import { RunRegistry } from "./run-registry.ts"
import { type Session, Sessions } from "./sessions.ts"
import { ToolCall } from "./tool-call.ts"

/** Requests that came before their assistant message; one session sends one or two at a time. */
const MAX_EARLY_REQUESTS = 16

/** The hidden agent that asks for a session's title. Its request looks like a step's, but has no message. */
const TITLE_AGENT = "title"

/**
 * Turns what happens in OpenCode's sessions into runs, chat steps and tool calls. This class decides what each event
 * means; `RunRegistry` knows which runs are open; `Run`, `ChatStep` and `ToolCall` decide when a span starts and ends.
 *
 * Its methods are named after what has happened (`promptSent`); the classes beneath it take commands (`queue`).
 *
 * No method throws for any input of its type, and none waits.
 */
export class RunModel {
  readonly #deps: RunDeps
  readonly #sessions: Sessions
  readonly #runs: RunRegistry
  readonly #asks: Asks
  /** Steps that have not ended, by assistant message. Leaves: the step ends; the oldest is ended if too many. */
  readonly #steps: BoundedMap<string, ChatStep>
  /** Calls that have not ended, by part. Leaves: the call ends; the oldest is ended if too many. */
  readonly #toolCalls: BoundedMap<string, ToolCall>
  /** Parts of ended calls: a repeated snapshot makes no second span. Leaves: the oldest if too many. */
  readonly #done: BoundedMap<string, true>
  /** Running calls by the child session they named, oldest first. Leaves: the call ends; the oldest if too many. */
  readonly #spawners: BoundedMap<string, readonly ToolCall[]>
  #earlyRequests: readonly ModelRequest[] = []

  constructor(deps: RunDeps) {
    const { limits } = deps.settings
    this.#deps = deps
    this.#sessions = new Sessions(limits.sessions)
    this.#runs = new RunRegistry(deps)
    this.#asks = new Asks(deps.clock, limits.asks)
    this.#steps = new BoundedMap(limits.messages, (step) => step.end(deps.clock.now(), "evicted"))
    this.#toolCalls = new BoundedMap(limits.calls, (call) => call.abandon("evicted", deps.clock.now()))
    this.#done = new BoundedMap(limits.calls)
    this.#spawners = new BoundedMap(limits.calls)
  }

  /** Entries per map, for tests and diagnostics of the bounds. */
  get sizes(): Readonly<Record<string, number>> {
    return {
      ...this.#runs.sizes,
      sessions: this.#sessions.size,
      asks: this.#asks.size,
      steps: this.#steps.size,
      calls: this.#toolCalls.size,
      done: this.#done.size,
      spawners: this.#spawners.size,
      earlyRequests: this.#earlyRequests.length,
    }
  }

  /** A session was created (`created`) or changed. */
  sessionStored(info: SessionInfo, created: boolean): void {
    this.#sessions.update(info, created)
  }

  /** Sent at the beginning of every step, so it starts nothing by itself. */
  sessionBusy(sessionId: string): void {
    this.#sessions.get(sessionId).busy = true
  }

  /** OpenCode has nothing more to do in the session: its runs are over, but for what still comes late. */
  sessionIdle(sessionId: string): void {
    const session = this.#sessions.find(sessionId)
    if (session) {
      session.busy = false
      session.command = undefined
    }
    const now = this.#deps.clock.now()
    for (const run of this.#runs.openRunsOf(sessionId)) run.release(now)
    if (session) this.#runs.giveUpQueued(session, now)
  }

  /** The session reported an error, which names no message. */
  sessionFailed(sessionId: string, failure: Failure): void {
    const failed = this.#failedRun(sessionId, failure)
    if (!failed) return
    const run = this.#runs.begin(failed)
    if (failed.state === "announced") this.#runs.takeOver(run, run.id)
    for (const step of run.steps) step.recordSessionFailure(failure)
    run.verdict.failed(failure)
  }

  /** The session waits before it sends its model request again. */
  sessionRetried(sessionId: string, retry: Retry): void {
    for (const step of this.#runs.working(sessionId)?.steps ?? []) step.recordRetry(retry)
  }

  /** The history was replaced by a summary: later requests see that. */
  sessionCompacted(sessionId: string): void {
    this.#sessions.get(sessionId).compacted = true
    this.#runs.working(sessionId)?.recordCompaction()
  }

  /** Nothing more will come of the session. */
  sessionDeleted(sessionId: string): void {
    for (const run of this.#runs.queuedIn(sessionId)) this.#runs.begin(run)
    for (const run of this.#runs.openRunsOf(sessionId)) run.end("session_deleted")
    this.#sessions.forget(sessionId)
  }

  /** `command.execute.before`: a slash command is about to send its prompt. */
  slashCommandSent(sessionId: string, command: string): void {
    this.#sessions.get(sessionId).command = command
  }

  /** `chat.message`: a prompt of the user, or of a call that spawns a subagent. */
  promptSent(prompt: Prompt): void {
    if (this.#runs.isKnown(prompt.messageId)) return
    const session = this.#sessions.get(prompt.sessionId)
    this.#announce(prompt, session, this.#spawnerOf(session))
  }

  /**
   * A user message was stored. One without `chat.message` continues the run that its session works on; in an idle
   * session it is work of its own: a `!` shell command, a compaction that the user asked for.
   */
  promptStored(prompt: Prompt): void {
    if (this.#runs.isKnown(prompt.messageId)) return
    const session = this.#sessions.get(prompt.sessionId)
    if (isCopy(prompt.createdAt, session)) return
    const spawner = this.#spawnerOf(session)
    const working = this.#runs.working(session.id)
    if (working && !spawner) return this.#runs.continueRun(prompt, working.outermostInSession)
    this.#announce(prompt, session, spawner)
  }

  /** True while the message is a prompt that has not ended. */
  isPrompt(messageId: string): boolean {
    return this.#runs.find(messageId) !== undefined
  }

  /** A part of a user message: what the user wants. A message that continues another prompt is OpenCode's own. */
  promptPartStored(messageId: string, part: PromptPart): void {
    this.#runs.queue(messageId)
    const run = this.#runs.find(messageId)
    if (run?.id === messageId) run.addPromptPart(part)
  }

  /** The lines of files that were changed for a user message so far. A subagent's are among its caller's. */
  promptChanged(messageId: string, lines: LineChanges): void {
    const run = this.#runs.find(messageId)
    const root = run?.state === "announced" ? run.parent?.root : run?.root
    if (root && root.session === run?.session) root.changes.recordLines(messageId, lines)
  }

  /** The conversation as it goes into the session's next request, this many messages long. */
  historySent(sessionId: string, messages: number): void {
    this.#sessions.get(sessionId).messages = messages
  }

  /** The system prompt of a request that is about to be sent. */
  systemPromptSent(sessionId: string, modelId: string | undefined, prompts: readonly string[]): void {
    if (this.#deps.capture) this.#sessions.get(sessionId).system = { modelId, prompts }
  }

  /** A part of a user message shows what the message is for. */
  promptOriginSeen(messageId: string, origin: PromptOrigin): void {
    const run = this.#runs.find(messageId)
    if (!run) return
    if (run.id !== messageId) {
      if (origin === "compaction") this.#runs.nestCompaction(messageId)
    } else if (run.state === "announced") run.setTrigger(origin)
  }

  /** `chat.params`: a request is about to be sent, or sent again, for an assistant message of its prompt. */
  requestSent(request: ModelRequest): void {
    const system = this.#takeSystem(request)
    if (request.agent === TITLE_AGENT) return
    const step = this.#stepOf(request)
    if (step) return step.recordRequest(request, system)
    this.#earlyRequests = [...this.#earlyRequests, request].slice(-MAX_EARLY_REQUESTS)
  }

  /**
   * `chat.headers`: comes right after `chat.params`, and starts the step where that was left out.
   * @returns the context of the request's `chat` span, where it is a step's.
   */
  requestHeaders(request: ModelRequest): Context | undefined {
    const step = this.#stepOf(request)
    if (step?.waiting) step.recordRequest(request)
    return step?.context
  }

  /**
   * A call is about to run a command.
   * @returns the context of the call's span, started now if need be; the run's where the call is not known yet.
   */
  commandStarted(sessionId: string, callId: string): Context | undefined {
    const run = this.#runs.working(sessionId)
    const call = run?.toolCalls.findLast((open) => open.callId === callId)
    return call?.startForCommand() ?? run?.context
  }

  /** An assistant message was stored or changed. One that is first seen complete is a copy: nothing ran. */
  assistantStored(assistant: Assistant): void {
    const known = this.#steps.get(assistant.messageId)
    if (known) return known.update(assistant)
    if (this.#runs.isRouted(assistant.messageId)) return
    const session = this.#sessions.get(assistant.sessionId)
    if (assistant.completedAt !== undefined || isCopy(assistant.createdAt, session)) {
      return this.#runs.route(assistant.messageId, "replay")
    }
    const found = this.#runs.runOf(assistant, session)
    this.#runs.route(assistant.messageId, found)
    const run = this.#runs.begin(found)
    this.#runs.takeOver(run, assistant.promptId ?? run.id)
    const step = new ChatStep(this.#deps, run, assistant, (ended) => this.#steps.delete(ended.messageId))
    this.#steps.set(step.messageId, step)
    const early = this.#earlyRequests.find((request) => fits(request, step))
    if (!early) return
    this.#earlyRequests = this.#earlyRequests.filter((request) => request !== early)
    step.recordRequest(early)
  }

  /** A part of an assistant message showed that the model works. */
  outputSeen(messageId: string, output: Output): void {
    this.#steps.get(messageId)?.recordOutput(output)
  }

  /** A tool call was seen, as it stands now. */
  toolCallSeen(snapshot: ToolCallSnapshot): void {
    if (this.#done.has(snapshot.partId)) return
    const call = this.#toolCalls.get(snapshot.partId) ?? this.#newToolCall(snapshot)
    if (!call) return
    this.#steps.get(snapshot.messageId)?.recordToolCall(snapshot, call.running)
    if (snapshot.childSessionId !== undefined) this.#addSpawner(call, snapshot.childSessionId)
    call.update(snapshot)
  }

  /** The human is asked for a permission or an answer. */
  asked(ask: Ask): void {
    const { call: named } = ask
    const call =
      named &&
      this.#runs
        .routed(named.messageId)
        ?.toolCalls.findLast((open) => open.messageId === named.messageId && open.callId === named.callId)
    this.#asks.open(ask, call, named ? undefined : this.#runs.working(ask.sessionId))
  }

  replied(reply: Reply): void {
    this.#asks.answer(reply)
  }

  /** Ends everything that is open, children before parents. */
  shutdown(): void {
    this.#runs.shutdown()
  }

  #announce(prompt: Prompt, session: Session, spawner: ToolCall | undefined): void {
    const { command } = session
    session.command = undefined
    const trigger = command === undefined ? "prompt" : "command"
    this.#runs.announce({ prompt, session, command, trigger, spawner })
  }

  /**
   * Whose error it is: that of the run that the session works on. But once all of that run's messages are complete,
   * it is the newest prompt's, which failed before anything worked on it (a model that does not exist).
   */
  #failedRun(sessionId: string, failure: Failure): AnnouncedRun | Run | undefined {
    const working = this.#runs.working(sessionId)
    if (working && (failure.kind === "interrupted" || working.unsettled)) return working
    const busy = this.#sessions.find(sessionId)?.busy === true
    return (busy ? this.#runs.newestAnnounced(sessionId) : undefined) ?? working
  }

  #stepOf(request: ModelRequest): ChatStep | undefined {
    const run = this.#runs.find(request.promptId)
    if (!run || run.state === "announced") return undefined
    const steps = [run, ...run.children].flatMap((one) => one.steps)
    return steps.findLast((step) => fits(request, step))
  }

  /** The system prompt that came right before the request. The title's request has one of its own. */
  #takeSystem({ sessionId, model }: ModelRequest): readonly string[] {
    const session = this.#sessions.find(sessionId)
    const system = session?.system
    if (!system || system.modelId !== model) return []
    session.system = undefined
    return system.prompts
  }

  #newToolCall(snapshot: ToolCallSnapshot): ToolCall | undefined {
    const session = this.#sessions.get(snapshot.sessionId)
    const run = this.#runs.runOfPart(snapshot.messageId, session, snapshot.status === "ended")
    if (!run) {
      this.#done.set(snapshot.partId, true)
      return undefined
    }
    const agent = this.#steps.get(snapshot.messageId)?.agent
    const call = new ToolCall(this.#deps, run, snapshot, agent, (ended, at) => this.#toolCallEnded(ended, at))
    this.#toolCalls.set(call.partId, call)
    this.#asks.attach(call)
    return call
  }

  #toolCallEnded(call: ToolCall, at: number): void {
    this.#asks.close(call, at)
    this.#toolCalls.delete(call.partId)
    this.#done.set(call.partId, true)
    if (call.childSessionId === undefined) return
    const others = (this.#spawners.get(call.childSessionId) ?? []).filter((other) => other !== call)
    if (others.length > 0) this.#spawners.set(call.childSessionId, others)
    else this.#spawners.delete(call.childSessionId)
  }

  #addSpawner(call: ToolCall, childSessionId: string): void {
    if (!call.nameChildSession(childSessionId)) return
    this.#spawners.set(childSessionId, [...(this.#spawners.get(childSessionId) ?? []), call])
  }

  /** The oldest running call that named this session as its child's and has no run yet. */
  #spawnerOf(session: Session): ToolCall | undefined {
    return this.#spawners.get(session.id)?.find((call) => call.childless)
  }
}

/** True for the request of a step: it names the step's prompt, and its agent where both are known. */
function fits(request: ModelRequest, step: ChatStep): boolean {
  if (step.ended || request.promptId !== step.promptId) return false
  return request.agent === undefined || step.agent === undefined || request.agent === step.agent
}

/** A message that is older than its session was copied into it by a fork: nothing ran. */
function isCopy(createdAt: number | undefined, session: Session): boolean {
  return createdAt !== undefined && session.createdAt !== undefined && createdAt < session.createdAt
}
