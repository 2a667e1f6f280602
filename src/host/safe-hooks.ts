import { fileURLToPath } from "node:url"

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
      report("error", `${what} failed: ${described(error)}`)
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
      report("error", `${hook} failed: ${described(error)}`)
    }
  }
}

/** `TypeError at opencode1/message.ts:12:7`: enough to find a fault in this package, and nothing of anyone's content. */
function described(error: unknown): string {
  const place = placeOf(error)
  return place ? `${kindOf(error)} at ${place}` : kindOf(error)
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

/** How much of a stack is looked at, in characters. */
const LONGEST_STACK = 20_000
/** A path below our folder, a line and a column, as they end a line of a stack. */
const PLACE = /^((?:[\w-]+[\\/]){0,8}[\w-][\w.-]{0,63}):(\d{1,7}):(\d{1,7})\)?$/

/**
 * The first line of an error's stack that lies in this package, as `path:line:column` below its `src` or `dist`.
 *
 * In a built package that is a place in the built file; what leads back from there to the source belongs here.
 */
function placeOf(error: unknown): string | undefined {
  try {
    if (!(error instanceof Error)) return undefined
    const folders = ownFolders(import.meta.url)
    for (const line of framesOf(error)) {
      const place = folders.map((folder) => placeBelow(folder, line)).find(Boolean)
      if (place) return place
    }
  } catch {
    // An error whose fields throw has no place to report.
  }
  return undefined
}

/**
 * The lines of a stack below the message. The message is content, and may itself hold lines that look like a stack's:
 * where the stack does not begin with exactly this name and message, nothing tells them apart, and none is read.
 */
function framesOf(error: Error): readonly string[] {
  const { name, message, stack } = error
  if (typeof name !== "string" || typeof message !== "string" || typeof stack !== "string") return []
  const head = message === "" ? `${name}\n` : `${name}: ${message}\n`
  if (!stack.startsWith(head)) return []
  return stack.slice(head.length, head.length + LONGEST_STACK).split("\n")
}

/** The folder this package runs from, as a path and as a URL: which of them a stack names depends on the runtime. */
function ownFolders(ownUrl: string): readonly string[] {
  const url = /^file:.*\/(?:src|dist)\//.exec(ownUrl)?.[0]
  return url ? [fileURLToPath(url), url] : []
}

function placeBelow(folder: string, line: string): string | undefined {
  const start = /^\s+at /.test(line) ? line.lastIndexOf(folder) : -1
  if (start < 0) return undefined
  const [, path, row, column] = PLACE.exec(line.slice(start + folder.length)) ?? []
  return path && `${path.replaceAll("\\", "/")}:${row}:${column}`
}
