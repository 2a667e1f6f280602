/**
 * What the plugin says to the user: into OpenCode's log, and, for what needs the user, once as a toast in the
 * terminal UI. Never on the console, which would draw over that UI or land in the output of `opencode run`.
 *
 * Seen on OpenCode 1.18.33: `client.app.log` answers at any time, also while `server()` and `dispose()` run;
 * `client.tui.showToast` answers only after `server()` has returned, so that awaiting it there would never
 * end; without a terminal UI (`run`, `serve`) a toast is an event on the bus that nobody shows. The log line
 * leaves out the `service` field, so the message names the plugin itself.
 */
import { type Config, formatProblem, type Problem } from "../config/index.ts"

export type Level = "info" | "warn" | "error"

/** The two calls that are used of OpenCode's client; its own type fits. */
export type MessageClient = Readonly<{
  app: {
    log(request: { body: { service: string; level: Level; message: string } }): Promise<unknown>
  }
  tui: {
    showToast(request: {
      body: { title: string; message: string; variant: "warning" | "error"; duration: number }
    }): Promise<unknown>
  }
}>

export type Messenger = Readonly<{
  /** Logs a message, unless the same one was logged lately or too much was. */
  report(level: Level, message: string): void
  /** Logs a message that needs the user, and shows it as a toast, once in the messenger's life. */
  alert(level: "warn" | "error", message: string): void
  /** Logs every problem of the configuration; one toast for those that need the user. */
  problems(problems: readonly Problem[]): void
  /** Hands over the log lines that still wait, and is silent from then on. Does not wait for OpenCode. */
  dispose(): void
}>

export type MessengerOptions = Readonly<{
  client: MessageClient
  /** Milliseconds; only differences count. */
  now?: () => number
  /** Calls back after that many milliseconds, without keeping the process alive; answers how to cancel. */
  schedule?: (callback: () => void, delayMs: number) => () => void
}>

const SERVICE = "opencode-traces"
/** Seen: the terminal UI shows a toast 2 s after the start, and none in the first second. */
const FIRST_TOAST_MS = 4_000
const MOST_WAITING = 100
const MOST_TOASTS = 3
const TOAST_MS = 10_000
const LONGEST_MESSAGE = 1_000
const SAME_MESSAGE_MS = 10 * 60_000
const WINDOW_MS = 60_000
const MOST_PER_WINDOW = 20
const MOST_REMEMBERED = 200

/**
 * A messenger that never throws and never lets anyone wait: a message is handed to OpenCode from a timer, and
 * what OpenCode answers is ignored.
 */
export function createMessenger(options: MessengerOptions): Messenger {
  const { client, now = Date.now, schedule = scheduleUnref } = options
  const waiting: (() => unknown)[] = []
  const cancelToasts: (() => void)[] = []
  const limit = createRateLimit()
  const shown = new Set<string>()
  const toastsFrom = now() + FIRST_TOAST_MS
  let cancelLog: (() => void) | undefined
  let disposed = false

  function deliver(): void {
    cancelLog = undefined
    for (const send of waiting.splice(0)) quietly(send)
  }

  function log(level: Level, message: string): void {
    if (waiting.length >= MOST_WAITING) return
    const body = { service: SERVICE, level, message: `${SERVICE}: ${message}` }
    waiting.push(() => client.app.log({ body }))
    cancelLog ??= schedule(deliver, 0)
  }

  function toast(variant: "warning" | "error", message: string): void {
    const body = { title: SERVICE, message, variant, duration: TOAST_MS }
    const send = () => quietly(() => client.tui.showToast({ body }))
    cancelToasts.push(schedule(send, Math.max(0, toastsFrom - now())))
  }

  function report(level: Level, message: string): void {
    if (disposed) return
    const text = bounded(message)
    const { admitted, leftOut } = limit.admit(text, now())
    if (leftOut > 0) log("warn", `${leftOut} further messages were left out`)
    if (admitted) log(level, text)
  }

  function show(level: "warn" | "error", message: string): void {
    const text = bounded(message)
    if (disposed || shown.has(text) || shown.size >= MOST_TOASTS) return
    shown.add(text)
    toast(level === "error" ? "error" : "warning", text)
  }

  return {
    report,
    alert: (level, message) => {
      report(level, message)
      show(level, message)
    },
    problems: (problems) => {
      for (const problem of problems) report(levelOf(problem), formatProblem(problem))
      const urgent = problems.filter(({ severity }) => severity !== "info")
      const [first, ...more] = urgent.toSorted((a, b) => rank(a) - rank(b))
      if (!first) return
      const rest = more.length > 0 ? ` And ${more.length} more, in OpenCode's log.` : ""
      show(first.severity === "error" ? "error" : "warn", formatProblem(first) + rest)
    },
    dispose: () => {
      if (disposed) return
      disposed = true
      for (const cancel of cancelToasts) cancel()
      cancelLog?.()
      deliver()
    },
  }
}

/**
 * What the export pipeline reports: an error needs the user (a wrong key, a wrong path), so it is an alert. Where
 * nobody named an endpoint, it is normal that nothing listens at the default one: nothing is logged.
 */
export function deliveryReport(
  messenger: Messenger,
  { endpointSource }: Pick<Config, "endpointSource">,
): (level: Level, message: string) => void {
  return (level, message) => {
    if (level === "error") return messenger.alert(level, message)
    if (endpointSource !== "default") messenger.report(level, message)
  }
}

/** Decides which messages are worth writing, so that a failing export cannot flood OpenCode's log. */
type RateLimit = Readonly<{
  /**
   * Whether the message may be written at this time (milliseconds): the same one once in ten minutes, and
   * twenty a minute. `leftOut`: how many the minute before had too many, reported once.
   */
  admit(message: string, at: number): Readonly<{ admitted: boolean; leftOut: number }>
}>

/** A limit that has admitted nothing yet. Remembers at most 200 messages. */
function createRateLimit(): RateLimit {
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

function levelOf({ severity }: Problem): Level {
  return severity === "warning" ? "warn" : severity
}

/** Errors first. */
function rank({ severity }: Problem): number {
  return severity === "error" ? 0 : 1
}

function bounded(message: string): string {
  return message.length > LONGEST_MESSAGE ? `${message.slice(0, LONGEST_MESSAGE).toWellFormed()}…` : message
}

/** Starts a call whose outcome nobody waits for. A client that throws or rejects changes nothing. */
function quietly(send: () => unknown): void {
  try {
    Promise.resolve(send()).catch(() => {})
  } catch {
    // There is nobody left to tell.
  }
}

function scheduleUnref(callback: () => void, delayMs: number): () => void {
  const timer = setTimeout(callback, delayMs)
  timer.unref?.()
  return () => clearTimeout(timer)
}
