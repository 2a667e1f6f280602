import { isMainThread } from "node:worker_threads"

/** What a plugin instance does when the process ends without disposing it. Every method may throw. */
export interface ExitMember {
  /** Ends open spans, synchronously. */
  endOpenSpans(): void
  /** One bounded attempt to deliver, then keeps the rest. */
  drain(): Promise<void>
  /** Keeps what is only in memory, synchronously; called last, also after `drain`. The process may live on. */
  saveNow(): void
}

/** Signals that end OpenCode, and that it leaves to the operating system in `run` and `serve`. */
export const EXIT_SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const
type ExitSignal = (typeof EXIT_SIGNALS)[number]

interface ExitRegistry {
  join(member: ExitMember): () => void
}

/** Bound on a `drain` that does not keep its own. */
const LONGEST_HOLD_MS = 5_000

/**
 * Where the registry of this process is found. The module may be evaluated several times in one process,
 * and there must still be one listener per signal only.
 */
const REGISTRY = Symbol.for("opencode-traces.exit.1")

function isRegistry(value: unknown): value is ExitRegistry {
  return typeof value === "object" && value !== null && "join" in value && typeof value.join === "function"
}

function guarded(action: () => void): void {
  try {
    action()
  } catch {
    // One instance must not keep the others, or the process, from ending well.
  }
}

function createRegistry(): ExitRegistry {
  const members = new Set<ExitMember>()
  const listeners = new Map<ExitSignal, () => void>()
  let dying = false

  function settleAll(): void {
    for (const member of members) guarded(() => member.endOpenSpans())
    for (const member of members) guarded(() => member.saveNow())
  }

  function detach(signal: ExitSignal): void {
    const listener = listeners.get(signal)
    if (listener) process.removeListener(signal, listener)
    listeners.delete(signal)
  }

  function attach(signal: ExitSignal): void {
    if (listeners.has(signal) || members.size === 0 || dying) return
    const listener = () => onSignal(signal)
    listeners.set(signal, listener)
    process.prependListener(signal, listener)
  }

  /** The end that the signal would have brought without us. */
  function die(signal: ExitSignal): void {
    settleAll()
    members.clear()
    for (const each of EXIT_SIGNALS) detach(each)
    process.removeListener("exit", settleAll)
    process.kill(process.pid, signal)
  }

  async function holdThenDie(signal: ExitSignal): Promise<void> {
    for (const member of members) guarded(() => member.endOpenSpans())
    const drained = Promise.allSettled([...members].map(async (member) => member.drain()))
    // This timer does hold the process: if nothing else did, it would end with code 0 instead of the signal.
    const limit = new Promise((resolve) => setTimeout(resolve, LONGEST_HOLD_MS))
    await Promise.race([drained, limit])
    die(signal)
  }

  /**
   * With listeners of others, they decide what the signal means: everything is kept, synchronously, and we
   * are gone from the list before they run, so that those who look whether they are alone see what they
   * would have seen. If the process lives on, we come back.
   */
  function onSignal(signal: ExitSignal): void {
    if (process.listenerCount(signal) > 1) {
      detach(signal)
      settleAll()
      setTimeout(() => attach(signal), 0).unref?.()
      return
    }
    if (dying) {
      // A second signal: whoever sends it does not want to wait.
      die(signal)
      return
    }
    dying = true
    void holdThenDie(signal)
  }

  function join(member: ExitMember): () => void {
    if (members.size === 0) process.on("exit", settleAll)
    members.add(member)
    // Signals reach the main thread only; in the terminal UI OpenCode disposes its worker itself.
    if (isMainThread) for (const signal of EXIT_SIGNALS) attach(signal)
    return () => {
      if (!members.delete(member) || members.size > 0) return
      for (const signal of EXIT_SIGNALS) detach(signal)
      process.removeListener("exit", settleAll)
    }
  }

  return { join }
}

/**
 * Lets an instance end well when the process gets SIGINT, SIGTERM or SIGHUP, or calls `process.exit`,
 * without `dispose` having been called. Returns what undoes it, to be called after `dispose`: with the last
 * instance the listeners go too. The process dies as it would have, by the same signal, up to a `drain`
 * later; a second signal ends it at once.
 */
export function onProcessEnd(member: ExitMember): () => void {
  const known: unknown = Reflect.get(process, REGISTRY)
  if (isRegistry(known)) return known.join(member)
  const registry = createRegistry()
  Object.defineProperty(process, REGISTRY, { value: registry, configurable: true })
  return registry.join(member)
}
