/**
 * What the OpenTelemetry SDK says about itself, passed on to the messenger.
 *
 * The usual way, `diag.setLogger`, is no way for a plugin. It registers the one logger of the process, in a
 * global that every copy of `@opentelemetry/api` 1.x shares, OpenCode's and other plugins' too; and whoever
 * registers first pins that global to its exact version, so that OpenCode's own tracing, built with another
 * one, could no longer register. So nothing is registered: the bridge listens at the `diag` object of the very
 * API copy that the bundled SDK calls, and hands every call on to it unchanged. Instances of this plugin (a
 * process has one per project) share the bridge; the last one takes it down.
 */
import { diag } from "@opentelemetry/api"
import type { Level } from "../host/messenger.ts"

type Sink = (level: Level, message: string) => void

type Bridge = Readonly<{ sinks: Set<Sink>; remove: () => void }>

/** Under this key of `diag` is the bridge, where there is one. */
const BRIDGE = Symbol.for("opencode-traces.diag")
const LONGEST_MESSAGE = 300

/** Listens to the SDK's warnings and errors; answers how to stop. `sink` must not throw. */
export function bridgeDiag(sink: Sink): () => void {
  const bridge = existing() ?? install()
  bridge.sinks.add(sink)
  return () => {
    if (bridge.sinks.delete(sink) && bridge.sinks.size === 0) bridge.remove()
  }
}

function install(): Bridge {
  const sinks = new Set<Sink>()
  const { warn, error } = diag
  const heardWarn: typeof warn = (...words) => {
    tell(sinks, "warn", words)
    warn(...words)
  }
  const heardError: typeof error = (...words) => {
    tell(sinks, "error", words)
    error(...words)
  }
  diag.warn = heardWarn
  diag.error = heardError
  const remove = () => {
    // Whoever put a layer of its own over ours keeps it; ours is then deaf, and still hands on.
    if (diag.warn === heardWarn) diag.warn = warn
    if (diag.error === heardError) diag.error = error
    Reflect.deleteProperty(diag, BRIDGE)
  }
  const bridge: Bridge = { sinks, remove }
  Object.defineProperty(diag, BRIDGE, { value: bridge, configurable: true })
  return bridge
}

function existing(): Bridge | undefined {
  const bridge: unknown = Reflect.get(diag, BRIDGE)
  return isBridge(bridge) ? bridge : undefined
}

function isBridge(value: unknown): value is Bridge {
  return isObject(value) && value.sinks instanceof Set && typeof value.remove === "function"
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

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null
}
