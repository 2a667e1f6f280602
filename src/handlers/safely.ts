/** Takes a message for OpenCode's log. Must neither throw nor wait. */
export type Report = (level: "info" | "warn" | "error", message: string) => void

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
  return (...args) => {
    try {
      handler(...args)
    } catch (error) {
      report("error", `${hook} failed: ${kindOf(error)}`)
    }
    return Promise.resolve()
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
