/** Takes a message for OpenCode's log. Must neither throw nor wait. */
export type Report = (level: "info" | "warn" | "error", message: string) => void

/** Makes an action that never throws: what it throws is reported instead. In a timer a throw ends OpenCode. */
export function guarded<A extends readonly unknown[]>(
  what: string,
  report: Report,
  action: (...args: A) => void,
): (...args: A) => void {
  return (...args) => {
    try {
      action(...args)
    } catch (error) {
      report("error", `${what} failed: ${kindOf(error)}`)
    }
  }
}

/**
 * Makes a hook that never throws and never rejects, whatever its handler does: a synchronous throw in `event` hangs
 * `opencode run` for ever, one in `chat.message` fails the prompt. The handler runs to its end before the promise
 * is made, so that events are seen in the order they were sent.
 */
export function safely<A extends readonly unknown[]>(
  hook: string,
  report: Report,
  handler: (...args: A) => void,
): (...args: A) => Promise<void> {
  const run = guarded(hook, report, handler)
  return (...args) => {
    run(...args)
    return Promise.resolve()
  }
}

/** The same for `dispose`, the one hook that OpenCode has to wait for: its promise resolves when the work is done. */
export function safelyAwaited(hook: string, report: Report, work: () => Promise<void>): () => Promise<void> {
  return async () => {
    try {
      await work()
    } catch (error) {
      report("error", `${hook} failed: ${kindOf(error)}`)
    }
  }
}

/** An error's message may quote what it choked on, which is content, and its name may be anything: its kind has to do. */
function kindOf(error: unknown): string {
  const known = [TypeError, RangeError, SyntaxError, ReferenceError, URIError, Error]
  try {
    return known.find((kind) => error instanceof kind)?.name ?? typeof error
  } catch {
    return "unknown"
  }
}
