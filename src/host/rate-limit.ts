/** Decides which messages are worth writing, so that a failing export cannot flood OpenCode's log. */

const SAME_MESSAGE_MS = 10 * 60_000
const WINDOW_MS = 60_000
const MOST_PER_WINDOW = 20
const MOST_REMEMBERED = 200

export type RateLimit = Readonly<{
  /**
   * Whether the message may be written at this time (milliseconds): the same one once in ten minutes, and
   * twenty a minute. `leftOut`: how many the minute before had too many, told once.
   */
  admit(message: string, at: number): Readonly<{ admitted: boolean; leftOut: number }>
}>

/** A limit that has admitted nothing yet. Remembers at most 200 messages. */
export function createRateLimit(): RateLimit {
  /** When each message was written last, oldest first. */
  const writtenAt = new Map<string, number>()
  let minute = { start: Number.NEGATIVE_INFINITY, written: 0, leftOut: 0 }

  function remember(message: string, at: number): void {
    writtenAt.delete(message)
    writtenAt.set(message, at)
    const oldest = writtenAt.keys().next().value
    if (writtenAt.size > MOST_REMEMBERED && oldest !== undefined) writtenAt.delete(oldest)
  }

  return {
    admit: (message, at) => {
      const last = writtenAt.get(message)
      if (last !== undefined && at - last < SAME_MESSAGE_MS) return { admitted: false, leftOut: 0 }
      const { leftOut } = minute
      const isOver = at - minute.start >= WINDOW_MS
      if (isOver) minute = { start: at, written: 0, leftOut: 0 }
      if (minute.written >= MOST_PER_WINDOW) {
        minute.leftOut += 1
        return { admitted: false, leftOut: 0 }
      }
      minute.written += 1
      remember(message, at)
      return { admitted: true, leftOut: isOver ? leftOut : 0 }
    },
  }
}
