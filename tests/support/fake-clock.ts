import type { Clock } from "../../src/runs/clock.ts"

interface Timer {
  readonly at: number
  readonly action: () => void
}

/** A clock that stands still until it is told otherwise; timers fire as it passes them, in order. */
export class FakeClock implements Clock {
  #now: number
  #timers: Timer[] = []

  constructor(now = 1_800_000_000_000) {
    this.#now = now
  }

  now = () => this.#now

  after = (ms: number, action: () => void) => {
    const timer = { at: this.#now + ms, action }
    this.#timers.push(timer)
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer)
    }
  }

  get timers(): number {
    return this.#timers.length
  }

  advance(ms: number): void {
    this.advanceTo(this.#now + ms)
  }

  advanceTo(time: number): void {
    for (;;) {
      const due = this.#timers.filter((timer) => timer.at <= time).sort((a, b) => a.at - b.at)[0]
      if (!due) break
      this.#timers = this.#timers.filter((timer) => timer !== due)
      this.#now = Math.max(this.#now, due.at)
      due.action()
    }
    this.#now = Math.max(this.#now, time)
  }
}
