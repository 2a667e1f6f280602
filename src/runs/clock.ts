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

/** A run is looked at again at most so often: an hour with the default grace of five seconds. */
const MAX_ROUNDS = 720

/**
 * Waits, in rounds of `ms`, for what a run started: calls `over` at the end of the first round in which nothing
 * works any more.
 * @returns a function that cancels it.
 */
export function grace(clock: Clock, ms: number, works: () => boolean, over: () => void): () => void {
  let cancel = () => {}
  const wait = (round: number) => {
    cancel = clock.after(ms, () => {
      if (works() && round < MAX_ROUNDS) wait(round + 1)
      else over()
    })
  }
  wait(1)
  return () => cancel()
}
