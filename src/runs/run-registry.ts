import type { Trigger } from "../genai/attributes.ts"
import { AnnouncedRun, type Announcement } from "./announced-run.ts"
import { BoundedMap } from "./bounded-map.ts"
import type { RunDeps } from "./deps.ts"
import { type Assistant, COMPACTION_AGENT, type ModelRef, type Prompt } from "./facts.ts"
import { LateRun } from "./late-run.ts"
import type { Lineage, OpenRun } from "./open-run.ts"
import type { Run } from "./run.ts"
import type { Session } from "./sessions.ts"
import type { ToolCall } from "./tool-call.ts"

/** Where an assistant message belongs; `replay` marks a copy of work that was done before or elsewhere. */
type Route = { readonly runId: string } | "replay"

/** A run with a span, or what stands in for one. */
type Begun = Run | LateRun

interface Alias {
  readonly runId: string
  readonly prompt: Prompt
  readonly createdAt: number
}

/**
 * Which runs there are, and which prompt or message leads to which.
 *
 * Runs that wait for work, runs that are open and what is left of ended ones are kept apart, each within its own
 * bound: a flood of messages without an answer can neither push out an open run nor end one.
 */
export class RunRegistry {
  readonly #deps: RunDeps
  /** Prompts nothing has worked on. Leaves: `begin`, or the oldest when there are too many (they have no span). */
  readonly #announced: BoundedMap<string, AnnouncedRun>
  /** Runs with an open span. Leaves: the run ends; the oldest is ended when there are too many. */
  readonly #open: BoundedMap<string, Begun>
  /** Where late events of ended runs belong. Leaves: the oldest when there are too many. */
  readonly #ended: BoundedMap<string, Lineage>
  /** User messages that continue another one's run. Leaves: the oldest when there are too many. */
  readonly #aliases: BoundedMap<string, Alias>
  /** Assistant message → run. Leaves: the oldest when there are too many. */
  readonly #routes: BoundedMap<string, Route>
  /** Session → the run that was given its newest assistant message. Leaves: the oldest when there are too many. */
  readonly #current: BoundedMap<string, Run>

  constructor(deps: RunDeps) {
    const { limits } = deps.settings
    this.#deps = deps
    this.#announced = new BoundedMap(limits.openRuns)
    this.#open = new BoundedMap(limits.openRuns, (run) => run.end("evicted"))
    this.#ended = new BoundedMap(limits.endedRuns)
    this.#aliases = new BoundedMap(limits.messages)
    this.#routes = new BoundedMap(limits.messages)
    this.#current = new BoundedMap(limits.sessions)
  }

  /** Entries per map, for tests and diagnostics of the bounds. */
  get sizes(): Readonly<Record<string, number>> {
    return {
      announced: this.#announced.size,
      open: this.#open.size,
      ended: this.#ended.size,
      aliases: this.#aliases.size,
      routes: this.#routes.size,
      current: this.#current.size,
    }
  }

  isKnown(promptId: string): boolean {
    return this.find(promptId) !== undefined || this.#aliases.has(promptId) || this.#ended.has(promptId)
  }

  /** The run of a user message that has not ended. */
  find(promptId: string): AnnouncedRun | Begun | undefined {
    const id = this.#aliases.get(promptId)?.runId ?? promptId
    return this.#open.get(id) ?? this.#announced.get(id)
  }

  /** The run that the session works on now. */
  working(sessionId: string): Run | undefined {
    const run = this.#current.get(sessionId)
    return run?.state === "working" ? run : undefined
  }

  /** The newest prompt of the session that nothing has worked on. */
  newestAnnounced(sessionId: string): AnnouncedRun | undefined {
    return this.#announced.values().findLast((run) => run.session.id === sessionId)
  }

  /** The session's open runs, oldest first. */
  openRunsOf(sessionId: string): Begun[] {
    return this.#open.values().filter((run) => run.session.id === sessionId)
  }

  /** Notes a prompt. No span is started before something works on it. */
  announce(seed: {
    prompt: Prompt
    session: Session
    trigger: Trigger
    command: string | undefined
    spawner: ToolCall | undefined
  }): AnnouncedRun {
    const { prompt, session, trigger, command, spawner } = seed
    spawner?.expectChild()
    return this.#announce({
      prompt,
      session,
      command,
      startedAt: prompt.createdAt ?? this.#deps.clock.now(),
      queued: session.busy,
      trigger: spawner ? "subagent" : trigger,
      parent: spawner && { run: spawner.run, call: spawner },
    })
  }

  /** The run of what was announced, with its span started; one that has begun as it is. */
  begin(known: AnnouncedRun | Run): Run
  begin(known: AnnouncedRun | Begun): Begun
  begin(known: AnnouncedRun | Begun): Begun {
    if (known.state !== "announced") return known
    this.#announced.delete(known.id)
    // An evicted run ends what is open beneath it; the new one is not among that yet.
    this.#open.makeRoomFor(known.id)
    const run = known.begin()
    this.#open.set(run.id, run)
    return run
  }

  /** The user message continues a run that is open. */
  continueRun(prompt: Prompt, run: OpenRun): void {
    this.#aliases.set(prompt.messageId, {
      runId: run.id,
      prompt,
      createdAt: prompt.createdAt ?? this.#deps.clock.now(),
    })
  }

  /**
   * The user message that seemed to continue a run is a prompt of the user's, queued behind that run. Not so while
   * a compaction is at work: that sends the prompt which it interrupted once more.
   */
  queue(messageId: string): void {
    const alias = this.#aliases.get(messageId)
    const ahead = alias && this.#open.get(alias.runId)
    if (!alias || !ahead || this.working(ahead.session.id) !== ahead) return
    this.#aliases.delete(messageId)
    const { prompt } = alias
    this.announce({
      prompt,
      session: ahead.session,
      trigger: "prompt",
      command: undefined,
      spawner: undefined,
    })
  }

  /** The user message that seemed to continue a run asks for its compaction: a nested run of its own. */
  nestCompaction(messageId: string): void {
    const alias = this.#aliases.get(messageId)
    const parent = alias && this.#open.get(alias.runId)
    if (!alias || !parent) return
    this.#aliases.delete(messageId)
    this.#compaction(messageId, alias.createdAt, parent)
  }

  /**
   * The run of an assistant message: by the prompt that it names, and by nothing else. A summary that names a prompt
   * which did not ask for one makes up for a compaction that failed before: a nested run as well.
   */
  runOf(assistant: Assistant, session: Session): AnnouncedRun | Begun {
    const { promptId, agent, model } = assistant
    if (promptId === undefined) return this.#orphans(assistant.messageId, session, { agent, model })
    const open = this.find(promptId) ?? this.#reopen(this.#aliases.get(promptId)?.runId ?? promptId)
    if (open && agent === COMPACTION_AGENT && open.agent !== COMPACTION_AGENT) {
      return this.#compaction(assistant.messageId, assistant.createdAt, this.begin(open))
    }
    if (open) return open
    const prompt: Prompt = {
      messageId: promptId,
      sessionId: session.id,
      createdAt: assistant.createdAt,
      agent,
      model,
      json: false,
    }
    return this.announce({ prompt, session, trigger: "prompt", command: undefined, spawner: undefined })
  }

  /**
   * The session now works on `run`: the runs before it are over but for what they started, and prompts that were
   * queued behind them are answered together with it. What comes late to a run that is over changes none of that.
   */
  takeOver(run: Begun, promptId: string): void {
    if (run.kind === "late" || run.state !== "working") return
    const sessionId = run.session.id
    const now = this.#deps.clock.now()
    this.#current.set(sessionId, run)
    for (const other of this.openRunsOf(sessionId)) {
      other.settle()
      if (other !== run && !run.isBeneath(other)) other.release(undefined)
    }
    const since = this.#aliases.get(promptId)?.createdAt ?? run.startedAt
    for (const other of this.queuedIn(sessionId)) {
      if (other.startedAt > since) continue
      this.begin(other).mergeInto(run.outermostInSession, now)
    }
  }

  /** The prompts of the session that came while it was busy and that nothing has worked on, oldest first. */
  queuedIn(sessionId: string): AnnouncedRun[] {
    return this.#announced.values().filter((run) => run.session.id === sessionId && run.queued)
  }

  /**
   * The session is idle. After an error or an abort OpenCode leaves the queue unanswered; the next prompt takes it
   * along. Where none comes within the grace period the user's work on it was interrupted, at the time of idle.
   */
  giveUpQueued(session: Session, idleAt: number): void {
    const queued = this.queuedIn(session.id)
    if (queued.length === 0) return
    this.#deps.clock.after(this.#deps.settings.graceMs, () => {
      if (session.busy) return
      for (const announced of queued) {
        if (announced.begun) continue
        const run = this.begin(announced)
        run.verdict.failed({ kind: "interrupted" })
        run.release(idleAt)
      }
    })
  }

  route(messageId: string, run: AnnouncedRun | Begun | "replay"): void {
    this.#routes.set(messageId, run === "replay" ? run : { runId: run.id })
  }

  isRouted(messageId: string): boolean {
    return this.#routes.has(messageId)
  }

  /** The open run of an assistant message, if there is one. */
  routed(messageId: string): Begun | undefined {
    const route = this.#routes.get(messageId)
    return route === undefined || route === "replay" ? undefined : this.#open.get(route.runId)
  }

  /**
   * The run of a part, by its message: an open one, a stand-in for one that has ended or was never known, or
   * nothing when the message was a replay.
   * @param ended true for a part that was first seen already over: without a known message it is a replay, too.
   */
  runOfPart(messageId: string, session: Session, ended: boolean): Begun | undefined {
    const route = this.#routes.get(messageId)
    if (route === "replay" || (route === undefined && ended)) return undefined
    const run = route && (this.#open.get(route.runId) ?? this.#reopen(route.runId))
    return run ?? this.#orphans(messageId, session, { agent: undefined, model: undefined })
  }

  /** Ends everything: children before parents. */
  shutdown(): void {
    for (const run of this.#announced.values()) if (run.queued) this.begin(run)
    for (const run of this.#open.values()) run.end("shutdown")
  }

  /** Notes a compaction for a run that is open; `id` is its user message's, else its assistant message's. */
  #compaction(id: string, startedAt: number | undefined, parent: Begun): AnnouncedRun {
    const { session, model } = parent
    const at = startedAt ?? this.#deps.clock.now()
    const prompt: Prompt = {
      messageId: id,
      sessionId: session.id,
      createdAt: at,
      agent: COMPACTION_AGENT,
      model,
      json: false,
    }
    return this.#announce({ prompt, session, startedAt: at, trigger: "compaction", parent: { run: parent } })
  }

  #announce(announcement: Announcement): AnnouncedRun {
    const run = new AnnouncedRun(this.#deps, announcement, this.#retire)
    this.#announced.set(run.id, run)
    return run
  }

  #reopen(runId: string): LateRun | undefined {
    const lineage = this.#ended.get(runId)
    return lineage && this.#standIn(lineage)
  }

  #orphans(
    messageId: string,
    session: Session,
    known: { agent?: string | undefined; model?: ModelRef | undefined },
  ): Begun {
    return (
      this.#open.get(messageId) ??
      this.#standIn({
        id: messageId,
        session,
        conversationId: session.rootId,
        agent: known.agent,
        model: known.model,
        startedAt: 0,
        spanContext: undefined,
      })
    )
  }

  #standIn(lineage: Lineage): LateRun {
    const run = new LateRun(this.#deps, lineage, this.#retire)
    this.#open.set(run.id, run)
    return run
  }

  readonly #retire = (run: OpenRun): void => {
    this.#announced.delete(run.id)
    this.#open.delete(run.id)
    if (this.#current.get(run.session.id) === run) this.#current.delete(run.session.id)
    if (run.lineage) this.#ended.set(run.id, run.lineage)
  }
}
