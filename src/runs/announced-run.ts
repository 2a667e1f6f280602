import type { Trigger } from "../genai/attributes.ts"
import type { RunTranscript, Speaker } from "../genai/transcript.ts"
import type { RunDeps } from "./deps.ts"
import { COMPACTION_AGENT, type ModelRef, type Prompt, type PromptOrigin, type PromptPart } from "./facts.ts"
import { addPromptPart, type OpenRun } from "./open-run.ts"
import { Run } from "./run.ts"
import type { Session } from "./sessions.ts"
import type { ToolCall } from "./tool-call.ts"

export interface Announcement {
  readonly prompt: Prompt
  readonly session: Session
  readonly trigger: Trigger
  readonly startedAt: number
  readonly command?: string | undefined
  /** True when its session was busy when it came: it may be answered together with a later prompt. */
  readonly queued?: boolean
  /** The run this one works for, and the call that spawned it if it is a subagent's. */
  readonly parent?: { readonly run: OpenRun; readonly call?: ToolCall | undefined } | undefined
}

/**
 * A prompt whose user message is known and that nothing has worked on. It has no span. A message that never gets an
 * answer (`noReply`) stays so for ever and exports nothing, unless it was queued behind another prompt.
 */
export class AnnouncedRun {
  readonly state = "announced"
  readonly id: string
  readonly session: Session
  readonly startedAt: number
  readonly parent: OpenRun | undefined
  readonly model: ModelRef | undefined
  readonly queued: boolean

  readonly #deps: RunDeps
  readonly #announcement: Announcement
  readonly #onEnded: (run: OpenRun) => void
  #agent: string | undefined
  #trigger: Trigger
  #transcript: RunTranscript | undefined
  #run: Run | undefined

  constructor(deps: RunDeps, announcement: Announcement, onEnded: (run: OpenRun) => void) {
    const { prompt, session, trigger, startedAt, parent } = announcement
    this.#deps = deps
    this.#announcement = announcement
    this.#onEnded = onEnded
    this.id = prompt.messageId
    this.session = session
    this.parent = parent?.run
    this.model = prompt.model
    this.queued = announcement.queued ?? false
    this.#agent = prompt.agent
    this.#trigger = trigger
    // A subagent stands in its call's place, from the moment at which the human was asked to allow it.
    const beganAt = Math.min(startedAt, parent?.call?.askedAt ?? startedAt)
    this.startedAt = Math.max(beganAt, parent?.run.startedAt ?? 0)
  }

  get agent(): string | undefined {
    return this.#agent
  }

  /** True once `begin` was called: what happens next happens to the run. */
  get begun(): boolean {
    return this.#run !== undefined
  }

  /** A part that came after the message shows why the run exists: a `!` shell command, a compaction. */
  setTrigger(trigger: PromptOrigin): void {
    this.#trigger = trigger
    if (trigger === "compaction") this.#agent = COMPACTION_AGENT
  }

  /** Adds what the user wrote or attached. */
  addPromptPart(part: PromptPart): void {
    addPromptPart(this.#openTranscript(), part)
  }

  /**
   * Starts the run and its span, once: at the first assistant message, at an error that names the session, or where
   * the prompt was queued and a later answer covers it or its session gave the queue up.
   */
  begin(): Run {
    this.#run ??= this.#begin()
    return this.#run
  }

  #begin(): Run {
    const { prompt, command, parent } = this.#announcement
    const { id, session, startedAt, model, agent } = this
    return new Run(
      this.#deps,
      {
        ...{ id, session, startedAt, model, agent, command },
        trigger: this.#trigger,
        json: prompt.json,
        parent: this.parent,
        spawningCall: parent?.call,
        conversationId: this.parent?.conversationId ?? session.rootId,
        transcript: this.#openTranscript(),
      },
      this.#onEnded,
    )
  }

  #openTranscript(): RunTranscript | undefined {
    this.#transcript ??= this.#deps.capture?.transcript(this.#speaker)
    return this.#transcript
  }

  get #speaker(): Speaker {
    if (this.#announcement.parent?.call) return "subagent"
    return this.#trigger === "compaction" ? "compaction" : "root"
  }
}
