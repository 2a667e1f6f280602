/** Everything that happened beneath a run, its subagents and compactions included. */
export interface Totals {
  llmCalls: number
  toolCalls: number
  subagents: number
  retries: number
  inputTokens: number
  outputTokens: number
  /** USD; undefined while no request has told a cost that is known. */
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
