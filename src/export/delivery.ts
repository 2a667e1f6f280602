import { createBackoff, LAST_MINUTE_WAIT_MS } from "./back-off.ts"
import { type Batch, halve } from "./encoding.ts"
import type { FailureKind, Outcome } from "./export-result.ts"
import type { Ledger } from "./ledger.ts"
import type { Sender } from "./sender.ts"
import { type Claim, type Kept, newSpoolId, type Spool } from "./spool.ts"

export interface DeliveryConfig {
  /** Hard limit of one attempt in milliseconds. */
  readonly timeoutMs: number
  /** Bound of what waits in memory because it cannot be on disk. */
  readonly backlogBytes: number
}

export interface DeliveryDeps {
  readonly send: Sender
  /** Absent when the user switched it off. */
  readonly spool: Spool | undefined
  readonly ledger: Ledger
  readonly now: () => number
}

/**
 * Takes batches and sees to it that each is accepted by the collector or kept: on disk, or in memory where
 * there is no disk. One attempt at a time. Nothing here rejects or throws.
 */
export interface Delivery {
  /** One attempt, or none while the collector is known to be failing; then the batch is kept. */
  deliver(batch: Batch): Promise<void>
  /** Keeps a batch without an attempt. */
  keep(batch: Batch): Promise<void>
  /** Sends what was kept, by any process, until there is none, it fails, or `stop` says so. */
  redeliver(stop: () => boolean): Promise<void>
  /** Milliseconds until another attempt makes sense. */
  waitMs(): number
  /** From now on no attempt outlives `deadline` (epoch ms), and failures of the past do not count. */
  hurry(deadline: number): void
  /** After `hurry`: in how many milliseconds one more attempt is worth its wait; `undefined` if none is. */
  lastChanceMs(): number | undefined
  /** Ends the attempt in flight and writes it, all that waits in memory, and `batches`, before it returns. */
  keepNow(batches: Iterable<Batch>): void
  /** Counts what is still in memory as dropped and forgets it. */
  abandon(): void
}

/** A batch on its way, and where it goes when it does not arrive. */
interface Parcel {
  readonly batch: Batch
  readonly createdAt: number
  readonly fromSpool: boolean
  /** It was accepted or given up. */
  done(): Promise<void>
  /** It waits for another attempt. */
  keep(): Promise<void>
  keepNow(): void
}

/** A key, a project or a gateway's path can be mended: what was refused for them is kept for a day. */
const REFUSED_KEEP_MS = 24 * 60 * 60_000
/** Failures that can be over within the last seconds of a process; a collector that is not there stays away. */
const PATIENCE: ReadonlySet<FailureKind> = new Set(["busy", "server"])
/** Nobody mends a key within seconds. */
const REFUSED_WAIT_MS = 60_000

/** First in, first out, bounded in bytes: where batches wait that cannot be written to disk. */
interface Backlog {
  /** Adds a batch and returns the spans of the oldest ones that had to make room. */
  push(kept: Kept): number
  shift(): Kept | undefined
  takeAll(): Kept[]
}

/** An empty backlog of at most `maxBytes`. A batch larger than that is not kept at all. */
function createBacklog(maxBytes: number): Backlog {
  const waiting: Kept[] = []
  let bytes = 0

  function shift(): Kept | undefined {
    const oldest = waiting.shift()
    bytes -= oldest?.batch.bytes.length ?? 0
    return oldest
  }

  return {
    push(kept) {
      waiting.push(kept)
      bytes += kept.batch.bytes.length
      let lost = 0
      while (bytes > maxBytes) lost += shift()?.batch.spans ?? 0
      return lost
    },
    shift,
    takeAll() {
      bytes = 0
      return waiting.splice(0)
    },
  }
}

export function createDelivery(config: DeliveryConfig, deps: DeliveryDeps): Delivery {
  const { send, spool, ledger, now } = deps
  const backlog: Backlog = createBacklog(config.backlogBytes)
  let backoff = createBackoff(now)
  /** The last attempt was answered by a collector that is there but asks for patience. */
  let answered = false
  let flight = new AbortController()
  let deadline = Number.POSITIVE_INFINITY
  /** What `keepNow` still has to save. */
  const underway = new Set<Parcel>()

  function newcomer(batch: Batch, createdAt: number): Kept {
    return { batch, createdAt, id: newSpoolId() }
  }

  function fromMemory(kept: Kept): Parcel {
    const { batch, createdAt } = kept
    const parcel: Parcel = {
      batch,
      createdAt,
      fromSpool: false,
      async done() {},
      async keep() {
        const written = await spool?.write(kept)
        if (!underway.has(parcel)) return
        if (written) ledger.spooled(batch.spans)
        else ledger.dropped(backlog.push(kept), "too many wait in memory")
      },
      keepNow() {
        if (spool?.writeNow(kept)) ledger.spooled(batch.spans)
        else ledger.dropped(backlog.push(kept), "too many wait in memory")
      },
    }
    return parcel
  }

  function fromSpool(claim: Claim): Parcel {
    return {
      batch: claim.batch,
      createdAt: claim.createdAt,
      fromSpool: true,
      done: () => claim.remove(),
      keep: () => claim.release(),
      keepNow: () => claim.releaseNow(),
    }
  }

  /** The next kept batch: first from memory, which is lost with the process, then from disk. */
  async function nextKept(): Promise<Parcel | undefined> {
    const kept = backlog.shift()
    if (kept) return fromMemory(kept)
    const claim = await spool?.claim()
    return claim && fromSpool(claim)
  }

  /** Does something with a parcel while `keepNow` knows of it: once that has taken it, nothing else counts. */
  async function holding(parcel: Parcel, work: () => Promise<void>): Promise<void> {
    underway.add(parcel)
    await work()
    underway.delete(parcel)
  }

  function keepParcel(parcel: Parcel): Promise<void> {
    return holding(parcel, () => parcel.keep())
  }

  /** Replaces a parcel by two waiting halves; false when it is a single span. */
  async function split(parcel: Parcel): Promise<boolean> {
    const { batch, createdAt } = parcel
    const halves = halve(batch.bytes)
    if (!halves) return false
    const first = Math.ceil(batch.spans / 2)
    const parts = halves.map((bytes, index) => ({ bytes, spans: index === 0 ? first : batch.spans - first }))
    for (const part of parts) await keepParcel(fromMemory(newcomer(part, createdAt)))
    await parcel.done()
    return true
  }

  async function settle(parcel: Parcel, outcome: Outcome): Promise<void> {
    const { batch } = parcel
    answered = outcome.kind === "retry" && PATIENCE.has(outcome.failure.kind)
    switch (outcome.kind) {
      case "accepted":
        // From here on it must not be kept again, whatever happens to the process.
        underway.delete(parcel)
        backoff.succeed()
        ledger.accepted(batch.spans, outcome.rejected, outcome.message, parcel.fromSpool)
        return parcel.done()
      case "retry":
        backoff.fail(outcome.retryAfterMs)
        ledger.failed(batch.spans, outcome.failure)
        return parcel.keep()
      case "refused":
        backoff.fail(REFUSED_WAIT_MS)
        ledger.failed(batch.spans, outcome.failure)
        if (now() - parcel.createdAt <= REFUSED_KEEP_MS) return parcel.keep()
        ledger.dropped(batch.spans, "they were refused for a day")
        return parcel.done()
      case "too_large":
        if (await split(parcel)) return
    }
    backoff.succeed()
    ledger.rejected(batch.spans, outcome.failure)
    return parcel.done()
  }

  async function attempt(parcel: Parcel): Promise<void> {
    const timeoutMs = Math.min(config.timeoutMs, deadline - now())
    if (timeoutMs <= 0) return parcel.keep()
    const outcome = await send(parcel.batch.bytes, { timeoutMs, signal: flight.signal })
    if (underway.has(parcel)) await settle(parcel, outcome)
  }

  async function deliver(batch: Batch): Promise<void> {
    const parcel = fromMemory(newcomer(batch, now()))
    await holding(parcel, () => (backoff.remainingMs() > 0 ? parcel.keep() : attempt(parcel)))
  }

  async function redeliver(stop: () => boolean): Promise<void> {
    while (backoff.remainingMs() === 0 && now() < deadline && !stop()) {
      const parcel = await nextKept()
      if (!parcel) return
      await holding(parcel, () => attempt(parcel))
    }
  }

  function keepNow(batches: Iterable<Batch>): void {
    const parcels = [...underway, ...backlog.takeAll().map(fromMemory)]
    underway.clear()
    flight.abort()
    flight = new AbortController()
    for (const parcel of parcels) parcel.keepNow()
    for (const batch of batches) fromMemory(newcomer(batch, now())).keepNow()
  }

  function abandon(): void {
    const spans = backlog.takeAll().reduce((sum, { batch }) => sum + batch.spans, 0)
    ledger.dropped(spans, "the process ended before they could be delivered")
  }

  return {
    deliver,
    keep: (batch) => keepParcel(fromMemory(newcomer(batch, now()))),
    redeliver,
    waitMs: () => backoff.remainingMs(),
    hurry(until) {
      deadline = until
      backoff = createBackoff(now, LAST_MINUTE_WAIT_MS)
    },
    lastChanceMs() {
      const wait = backoff.remainingMs()
      return answered && wait > 0 && now() + wait < deadline ? wait : undefined
    },
    keepNow,
    abandon,
  }
}
