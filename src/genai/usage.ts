import type { Attributes } from "@opentelemetry/api"
import * as names from "./attributes.ts"

/** Tokens of one model request, counted as the conventions want them: parts included in their totals. */
export interface Usage {
  /** Everything that was read: uncached, cached and newly cached tokens. */
  readonly input: number
  /** Everything that was written, reasoning included. */
  readonly output: number
  readonly cacheRead: number
  readonly cacheWrite: number
  readonly reasoning: number
}

/** OpenCode's own count, in which the parts are *not* included in `input` and `output`. */
export interface HostTokens {
  readonly input: number
  readonly output: number
  readonly reasoning: number
  readonly cacheRead: number
  readonly cacheWrite: number
}

/**
 * OpenCode subtracts cache reads and writes from `tokens.input` and reasoning from `tokens.output`; the
 * conventions define `gen_ai.usage.input_tokens` and `output_tokens` as including them. Adding them back is what
 * keeps backends from clamping (input − cache) to zero.
 */
export function usageFrom(tokens: HostTokens): Usage {
  return {
    input: tokens.input + tokens.cacheRead + tokens.cacheWrite,
    output: tokens.output + tokens.reasoning,
    cacheRead: tokens.cacheRead,
    cacheWrite: tokens.cacheWrite,
    reasoning: tokens.reasoning,
  }
}

/** The sum of two counts: a message can hold more than one step. */
export function addUsage(a: Usage | undefined, b: Usage): Usage {
  if (!a) return b
  return {
    input: a.input + b.input,
    output: a.output + b.output,
    cacheRead: a.cacheRead + b.cacheRead,
    cacheWrite: a.cacheWrite + b.cacheWrite,
    reasoning: a.reasoning + b.reasoning,
  }
}

/** True when the request used any token at all. */
export function isUsed(usage: Usage): boolean {
  return usage.input > 0 || usage.output > 0
}

/** `gen_ai.usage.*` for a `chat` span. Breakdowns appear only when they are not 0: usage names are summed. */
export function usageAttributes(usage: Usage): Attributes {
  return {
    [names.USAGE_INPUT_TOKENS]: usage.input,
    [names.USAGE_OUTPUT_TOKENS]: usage.output,
    ...(usage.cacheRead > 0 && { [names.USAGE_CACHE_READ]: usage.cacheRead }),
    ...(usage.cacheWrite > 0 && { [names.USAGE_CACHE_CREATION]: usage.cacheWrite }),
    ...(usage.reasoning > 0 && { [names.USAGE_REASONING]: usage.reasoning }),
  }
}

/** Everything that happened beneath a run, its subagents and compactions included. */
export interface Totals {
  llmCalls: number
  toolCalls: number
  subagents: number
  retries: number
  inputTokens: number
  outputTokens: number
  /** USD; undefined while no request has reported a cost. */
  cost: number | undefined
}

export function noTotals(): Totals {
  return {
    llmCalls: 0,
    toolCalls: 0,
    subagents: 0,
    retries: 0,
    inputTokens: 0,
    outputTokens: 0,
    cost: undefined,
  }
}

/** Adds what a child did to the totals of a run. */
export function addTotals(totals: Totals, more: Partial<Totals>): void {
  totals.llmCalls += more.llmCalls ?? 0
  totals.toolCalls += more.toolCalls ?? 0
  totals.subagents += more.subagents ?? 0
  totals.retries += more.retries ?? 0
  totals.inputTokens += more.inputTokens ?? 0
  totals.outputTokens += more.outputTokens ?? 0
  if (more.cost !== undefined) totals.cost = (totals.cost ?? 0) + more.cost
}
