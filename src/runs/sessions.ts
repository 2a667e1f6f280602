import { BoundedMap } from "./bounded-map.ts"
import type { SessionInfo } from "./facts.ts"

/** Sessions nest as deep as OpenCode's `subagent_depth`; the bound only guards against a cycle of parents. */
const DEEPEST_SESSION = 64

/** What is known of one of OpenCode's sessions. */
export class Session {
  readonly id: string
  /** From `session.status`, which repeats "busy" at every step: a state, not the start of anything. */
  busy = false
  /** True once a compaction replaced the history: later requests see the summary. */
  compacted = false
  /** A slash command whose prompt has not come yet. */
  command: string | undefined
  /** How many messages the model was last given. */
  messages: number | undefined
  /** Content: what the session is about. */
  title: string | undefined
  /** Content: the system prompt of the request that is about to be sent, and the model it is for. */
  system: { readonly modelId: string | undefined; readonly prompts: readonly string[] } | undefined
  /** When OpenCode created it. A message that is older was copied into it by a fork. */
  createdAt: number | undefined

  readonly #host: { version: string | undefined }
  #parent: Session | undefined
  #version: string | undefined
  #reportedCost: number | undefined
  #spentSince = 0

  constructor(id: string, host: { version: string | undefined }) {
    this.id = id
    this.#host = host
  }

  get parent(): Session | undefined {
    return this.#parent
  }

  /** The root of the tree of sessions: the conversation. */
  get rootId(): string {
    let session: Session = this
    for (let depth = 0; session.#parent && depth < DEEPEST_SESSION; depth++) session = session.#parent
    return session.id
  }

  /** OpenCode's version: of the running one if it has created a session, else of the one that created this one. */
  get hostVersion(): string | undefined {
    return this.#host.version ?? this.#version
  }

  /**
   * The session's cost in USD so far, where `session.updated` has reported one. That event comes after the step that
   * it counts, and after idle for the last one, so what the steps have cost since is added.
   */
  get cost(): number | undefined {
    return this.#reportedCost === undefined ? undefined : this.#reportedCost + this.#spentSince
  }

  spend(cost: number): void {
    this.#spentSince += cost
  }

  update(info: SessionInfo, parent: Session | undefined): void {
    this.createdAt ??= info.createdAt
    this.#version ??= info.version
    this.title = info.title ?? this.title
    if (parent && parent !== this) this.#parent ??= parent
    if (info.cost === undefined || info.cost === this.#reportedCost) return
    this.#reportedCost = info.cost
    this.#spentSince = 0
  }
}

/** The sessions seen in this process, a bounded number of them. */
export class Sessions {
  readonly #sessions: BoundedMap<string, Session>
  readonly #host: { version: string | undefined } = { version: undefined }

  constructor(limit: number) {
    this.#sessions = new BoundedMap(limit)
  }

  get size(): number {
    return this.#sessions.size
  }

  find(id: string): Session | undefined {
    return this.#sessions.get(id)
  }

  /** The session of that id, which becomes the youngest. */
  get(id: string): Session {
    const session = this.#sessions.get(id) ?? new Session(id, this.#host)
    this.#sessions.set(id, session)
    return session
  }

  /** @param created true for `session.created`: then its version is that of the OpenCode that runs now. */
  update(info: SessionInfo, created: boolean): Session {
    if (created && info.version) this.#host.version = info.version
    const session = this.get(info.sessionId)
    session.update(info, info.parentId === undefined ? undefined : this.get(info.parentId))
    return session
  }

  forget(id: string): void {
    this.#sessions.delete(id)
  }
}
