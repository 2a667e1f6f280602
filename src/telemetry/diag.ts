/**
 * What the OpenTelemetry SDK says about itself, passed on to the messenger.
 *
 * The SDK's `diag` has one logger for the whole process, in a global that every copy of
 * `@opentelemetry/api` 1.x shares: OpenCode's own tracing and other plugins speak through it too. So this
 * bridge is modest. It takes the place only when it is free, several instances of this plugin share it (a
 * process has one per project), and the last one leaves it free again, but only if it is still its own. Where
 * another's logger is already there, that one hears the SDK, and nothing of ours is lost: what matters, failed
 * and rejected batches, is reported by the exporter itself without `diag`.
 */
import { type DiagLogger, DiagLogLevel, diag } from "@opentelemetry/api"
import type { Level } from "./messages.ts"

type Sink = (level: Level, message: string) => void

/** Under this key of the registered logger are the instances that listen. `for`: the module is evaluated twice. */
const SINKS = Symbol.for("opentelemetry.diag.sinks.opencode-traces")
/** Where `@opentelemetry/api` 1.x keeps its globals; the API itself cannot say whether a logger is set. */
const API = Symbol.for("opentelemetry.js.api.1")
const LONGEST_MESSAGE = 300

/** Listens to the SDK's warnings and errors; answers how to stop. Never throws. */
export function bridgeDiag(sink: Sink): () => void {
  const shared = sinksOf(registered())
  if (!shared && registered()) return () => {}
  const sinks = shared ?? register()
  sinks.add(sink)
  return () => {
    sinks.delete(sink)
    if (sinks.size === 0 && sinksOf(registered()) === sinks) diag.disable()
  }
}

function register(): Set<Sink> {
  const sinks = new Set<Sink>()
  const logger: DiagLogger = {
    error: (...words) => tell(sinks, "error", words),
    warn: (...words) => tell(sinks, "warn", words),
    info: () => {},
    debug: () => {},
    verbose: () => {},
  }
  diag.setLogger(logger, { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true })
  // The API registers a wrapper around the logger, so the mark goes on what it registered.
  const wrapper = registered()
  if (wrapper) Object.defineProperty(wrapper, SINKS, { value: sinks })
  return sinks
}

function tell(sinks: ReadonlySet<Sink>, level: Level, words: readonly unknown[]): void {
  const message = describe(words)
  for (const sink of sinks) sink(level, message)
}

/**
 * One bounded line. The SDK hands over texts, and errors as JSON of all their fields, of which only the
 * message is for people: the rest is a stack, and the collector's answer.
 */
function describe(words: readonly unknown[]): string {
  const line = words
    .map((word) => {
      if (word instanceof Error) return word.message
      return typeof word === "string" ? (messageIn(word) ?? word) : ""
    })
    .filter((word) => word !== "")
    .join(" ")
  return `OpenTelemetry: ${line.slice(0, LONGEST_MESSAGE).toWellFormed()}`
}

function messageIn(word: string): string | undefined {
  if (!word.startsWith("{")) return undefined
  try {
    const parsed: unknown = JSON.parse(word)
    const message = isObject(parsed) ? parsed.message : undefined
    return typeof message === "string" ? message : undefined
  } catch {
    return undefined
  }
}

function registered(): object | undefined {
  const api: unknown = Reflect.get(globalThis, API)
  const logger = isObject(api) ? api.diag : undefined
  return isObject(logger) ? logger : undefined
}

function sinksOf(logger: object | undefined): Set<Sink> | undefined {
  const sinks: unknown = logger && Reflect.get(logger, SINKS)
  return sinks instanceof Set ? sinks : undefined
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null
}
