/** Says when the next attempt is allowed, after failures. */
export interface Backoff {
  /** Milliseconds until the next attempt is allowed; 0 = now. */
  remainingMs(): number
  /** An attempt was answered: attempts are free again. */
  succeed(): void
  /** An attempt failed; `atLeastMs` is what the collector or the kind of failure asks for. */
  fail(atLeastMs?: number): void
}

/** First wait in normal work, and when the process is about to end and 2 s are all there is. */
export const FIRST_WAIT_MS = 1_000
export const LAST_MINUTE_WAIT_MS = 200

const LONGEST_MS = 30_000
const JITTER = 0.2

/**
 * Exponential backoff from `firstMs` to 30 s with 20 % jitter, so that many OpenCode processes do not return to a
 * recovering collector at once.
 */
export function createBackoff(
  now: () => number,
  firstMs = FIRST_WAIT_MS,
  random: () => number = Math.random,
): Backoff {
  let failures = 0
  let until = 0
  return {
    remainingMs: () => Math.max(0, until - now()),
    succeed() {
      failures = 0
      until = 0
    },
    fail(atLeastMs = 0) {
      const base = Math.min(firstMs * 2 ** failures, LONGEST_MS)
      failures = Math.min(failures + 1, 16)
      const jittered = Math.round(base * (1 - JITTER + 2 * JITTER * random()))
      until = now() + Math.max(atLeastMs, jittered)
    },
  }
}
