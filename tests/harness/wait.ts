// Bounded waiting: every wait in the tests ends, with a message that says what did not come.

/** Resolves like `work`, or rejects with `what` after `timeoutMs`. Leaves no timer behind. */
export async function within<T>(work: Promise<T>, timeoutMs: number, what: string): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what}: nothing after ${timeoutMs} ms`)), timeoutMs)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}

/** A list of things to come: `waitFor` looks again whenever `notify` is called, and never polls. */
export class Waiters {
  readonly #checks = new Set<() => void>()

  notify(): void {
    for (const check of [...this.#checks]) check()
  }

  /** The first value of `look` that is not undefined; rejects with `what()` after `timeoutMs`. */
  async waitFor<T>(look: () => T | undefined, timeoutMs: number, what: () => string): Promise<T> {
    const now = look()
    if (now !== undefined) return now
    const { promise, resolve } = Promise.withResolvers<T>()
    const check = () => {
      const value = look()
      if (value !== undefined) resolve(value)
    }
    this.#checks.add(check)
    try {
      return await within(promise, timeoutMs, "wait")
    } catch {
      throw new Error(`${what()} (waited ${timeoutMs} ms)`)
    } finally {
      this.#checks.delete(check)
    }
  }
}
