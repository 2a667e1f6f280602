import type { SpanContext } from "@opentelemetry/api"
import type { ModelRef } from "./facts.ts"
import type { Session } from "./sessions.ts"

/** What stays known of a run that has ended, so that late events still land in its trace. */
export interface Lineage {
  readonly id: string
  readonly session: Session
  readonly conversationId: string
  readonly agent: string | undefined
  readonly model: ModelRef | undefined
  readonly startedAt: number
  readonly spanContext: SpanContext | undefined
}
