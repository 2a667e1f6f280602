import type { Clock } from "./clock.ts"

/** A run is looked at again at most so often: an hour with the default grace of five seconds. */
const MAX_ROUNDS = 720

/**
 * Waits, in rounds of `ms`, for what a run started: calls `over` at the end of the first round in which nothing
 * works any more.
 * @returns what cancels it.
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
