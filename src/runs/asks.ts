import {
  EVENT_PERMISSION_ASKED,
  EVENT_PERMISSION_REPLIED,
  EVENT_QUESTION_ASKED,
  EVENT_QUESTION_REPLIED,
  KEY_PERMISSION,
  KEY_REPLY,
  KEY_WAIT_MS,
} from "../genai/attributes.ts"
import { BoundedMap } from "./bounded-map.ts"
import type { Clock } from "./clock.ts"
import type { Ask, Reply } from "./facts.ts"
import type { OpenRun } from "./open-run.ts"
import type { ToolCall } from "./tool-call.ts"

const ASKED = { permission: EVENT_PERMISSION_ASKED, question: EVENT_QUESTION_ASKED } as const
const REPLIED = { permission: EVENT_PERMISSION_REPLIED, question: EVENT_QUESTION_REPLIED } as const

interface OpenAsk {
  readonly ask: Ask
  readonly askedAt: number
  call: ToolCall | undefined
  readonly run: OpenRun | undefined
}

/**
 * What the human was asked and has not answered yet.
 *
 * A permission can be asked before the call's first snapshot has come: it waits here and is attached as soon as
 * the call is known. One that names no call belongs to its run.
 */
export class Asks {
  readonly #open: BoundedMap<string, OpenAsk>
  readonly #clock: Clock

  constructor(clock: Clock, limit: number) {
    this.#clock = clock
    this.#open = new BoundedMap(limit)
  }

  get size(): number {
    return this.#open.size
  }

  open(ask: Ask, call: ToolCall | undefined, run: OpenRun | undefined): void {
    if (this.#open.has(ask.requestId)) return
    const open: OpenAsk = { ask, askedAt: this.#clock.now(), call, run }
    this.#open.set(ask.requestId, open)
    if (call || !ask.call) this.#announce(open)
  }

  /** A call has become known: what was asked for it before is attached now, at the time it happened. */
  attach(call: ToolCall): void {
    for (const open of this.#open.values()) {
      if (open.call || open.ask.call?.callId !== call.callId) continue
      if (open.ask.call?.messageId !== call.messageId) continue
      open.call = call
      this.#announce(open)
    }
  }

  answer(reply: Reply): void {
    const open = this.#open.get(reply.requestId)
    if (!open) return
    this.#open.delete(reply.requestId)
    const now = this.#clock.now()
    const wait = Math.max(0, now - open.askedAt)
    const attributes = { ...this.#attributes(open), [KEY_REPLY]: reply.reply, [KEY_WAIT_MS]: wait }
    const target = open.call ?? open.run
    target?.addEvent(REPLIED[open.ask.kind], attributes, now)
    open.call?.addWait(open.ask.kind, wait)
    if (reply.reply !== "reject") return
    if (open.call && open.ask.kind === "permission") open.call.deny()
    else (open.call?.run ?? open.run)?.verdict.refused()
  }

  /** A call is over. What nobody answered was abandoned: the wait counts, but it is not a rejection. */
  close(call: ToolCall, at: number): void {
    for (const open of this.#open.values()) {
      if (open.call !== call) continue
      this.#open.delete(open.ask.requestId)
      call.addWait(open.ask.kind, Math.max(0, at - open.askedAt))
    }
  }

  #announce(open: OpenAsk): void {
    const target = open.call ?? open.run
    target?.addEvent(ASKED[open.ask.kind], this.#attributes(open), open.askedAt)
  }

  #attributes({ ask }: OpenAsk): { [KEY_PERMISSION]?: string } {
    return ask.permission === undefined ? {} : { [KEY_PERMISSION]: ask.permission }
  }
}
