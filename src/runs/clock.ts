/** Time as the run model sees it: replaced in tests and replays by one that follows a recording. */
export interface Clock {
  /** Epoch milliseconds. */
  now(): number
  /** Calls `action` once after `ms`; the function returned cancels it. Never keeps the process alive. */
  after(ms: number, action: () => void): () => void
}

/**
 * The real clock. OpenCode stamps its messages with the same `Date.now`, so the two can be compared.
 * @param guard makes an action one that does not throw: what a timer throws ends OpenCode with exit code 1.
 */
export function systemClock(guard: (action: () => void) => () => void): Clock {
  return {
    now: Date.now,
    after(ms, action) {
      const timer = setTimeout(guard(action), ms)
      timer.unref()
      return () => clearTimeout(timer)
    },
  }
}
