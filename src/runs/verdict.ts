import type { Outcome } from "../genai/attributes.ts"
import { expectsMore, finishReason } from "../genai/messages.ts"
import type { Failure, ToolCallOutcome } from "./facts.ts"

const INTERRUPTED: Failure = { kind: "interrupted" }

/** How a run ended, as far as is known: what went wrong last, and whether it was answered after all. */
export class Verdict {
  #trouble: Failure | undefined
  #rejected = false
  #answered = false
  #finish: string | undefined

  /** A new model request began: whatever went wrong before, the run has recovered from. */
  stepBegan(): void {
    this.#trouble = undefined
    this.#rejected = false
    this.#answered = false
  }

  /** A model request is over; `finish` is OpenCode's word for how. */
  stepEnded(failure: Failure | undefined, finish: string | undefined): void {
    this.#trouble = failure ?? this.#trouble
    this.#answered = failure === undefined && !expectsMore(finish)
    this.#finish = finish ?? this.#finish
  }

  /** The session reported an error, or its message did. The last one counts, unless a later step begins. */
  failed(failure: Failure): void {
    this.#trouble = failure
  }

  /** The human refused a permission or dismissed a question of one of the run's calls. */
  refused(): void {
    this.#rejected = true
  }

  /** One of the run's calls was cut off: so was the run, unless the human merely declined to answer. */
  cutOff(): void {
    if (!this.#rejected) this.#trouble ??= INTERRUPTED
  }

  /** The run itself was cut off: its instance or its session is gone. */
  stopped(): void {
    this.#trouble ??= INTERRUPTED
  }

  /** The run was answered together with a later one. */
  merged(): void {
    this.#answered = true
  }

  /** The call that the run stands for is over. A failure that the run itself did not report becomes its own. */
  spawningCallEnded(outcome: ToolCallOutcome): void {
    if (outcome.kind === "completed" || this.#answered || this.#rejected) return
    this.#trouble ??= outcome.type === "cancelled" ? INTERRUPTED : { kind: "error", type: outcome.type }
  }

  /** A compaction of the run is over: its failure is the run's. */
  compactionEnded(compaction: Verdict): void {
    if (!compaction.failure) return
    this.#trouble = compaction.failure
    this.#answered = false
  }

  get interrupted(): boolean {
    return this.#trouble?.kind === "interrupted"
  }

  /** True when something went wrong that no later step has cured. */
  get troubled(): boolean {
    return this.#trouble !== undefined
  }

  /** What the run ended in. A step that ran to its end outweighs an error that was reported beside it. */
  get failure(): Failure | undefined {
    return this.#answered ? undefined : this.#trouble
  }

  get outcome(): Outcome {
    if (this.failure) return this.failure.kind === "error" ? "error" : "interrupted"
    return this.#rejected ? "rejected" : "completed"
  }

  /** The finish reason of the run's last answer, as the conventions spell it. */
  get finish(): string {
    return finishReason(this.#finish ?? (this.#trouble ? "error" : "stop"))
  }
}
