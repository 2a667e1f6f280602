import { fields } from "../../src/host/guards.ts"
import type { Random } from "./random.ts"

const HUGE = "x".repeat(200_000)

function cyclic(): unknown {
  const self: Record<string, unknown> = { type: "cyclic" }
  self.self = self
  self.list = [self]
  return self
}

/** Values that have no business where they are put; each is made anew. None of them throws when it is read. */
const NONSENSE: readonly (() => unknown)[] = [
  () => undefined,
  () => null,
  () => true,
  () => false,
  () => 0,
  () => -0,
  () => -1,
  () => Number.NaN,
  () => Number.POSITIVE_INFINITY,
  () => Number.NEGATIVE_INFINITY,
  () => 1e300,
  () => -1e300,
  () => 1.5,
  () => Number.MAX_SAFE_INTEGER,
  () => 10n ** 30n,
  () => "",
  () => "a",
  () => "__proto__",
  () => "constructor",
  () => "\u0000\ud800 lone surrogate",
  () => HUGE,
  () => [],
  () => [null, undefined, [[]]],
  () => ({}),
  () => Object.create(null),
  () => Object.assign(Object.create(null), { type: "text", id: "null-prototype" }),
  () => JSON.parse('{"__proto__": {"type": "busy"}, "constructor": null}'),
  () => new Map([["type", "tool"]]),
  () => new Date(Number.NaN),
  () => new Proxy({ type: "tool", id: "proxy" }, {}),
  () => Symbol("nonsense"),
  () => () => "called",
  () => Object.freeze({ type: "idle" }),
  cyclic,
]

export function nonsense(random: Random): unknown {
  return random.pick(NONSENSE)()
}

/** Every path to a field inside of `value`, as lists of keys. */
function paths(value: unknown, depth = 0): string[][] {
  const inside = fields(value)
  if (!inside || depth > 6) return []
  return Object.keys(inside).flatMap((key) => [
    [key],
    ...paths(inside[key], depth + 1).map((rest) => [key, ...rest]),
  ])
}

/** A copy of `value` in which the field at `path` is what `change` makes of it; `undefined` removes it. */
function changed(value: unknown, path: readonly string[], change: (old: unknown) => unknown): unknown {
  const [key, ...rest] = path
  if (key === undefined) return change(value)
  const copy: Record<string, unknown> = { ...fields(value) }
  const replaced = changed(copy[key], rest, change)
  if (replaced === undefined) delete copy[key]
  else
    Object.defineProperty(copy, key, {
      value: replaced,
      enumerable: true,
      configurable: true,
      writable: true,
    })
  return copy
}

export interface Mutation {
  /** Ids that occur anywhere, to be put where they do not belong. */
  readonly ids: readonly string[]
  /** Other values of the same recordings, to be put in the place of fields. */
  readonly others: readonly unknown[]
}

/** A copy of `value` with one to three of its fields missing, of wrong types, or taken from somewhere else. */
export function mutate(value: unknown, random: Random, { ids, others }: Mutation): unknown {
  let mutated = value
  for (let left = 1 + random.below(3); left > 0; left--) {
    const all = paths(mutated)
    const path = all.length === 0 || random.chance(0.02) ? [] : random.pick(all)
    mutated = changed(mutated, path, (old) => {
      const kind = random.next()
      if (kind < 0.2) return undefined
      if (kind < 0.55) return nonsense(random)
      if (kind < 0.75 && typeof old === "string") return random.pick(ids)
      if (kind < 0.75 && typeof old === "number") return old * (random.next() * 4 - 1)
      if (kind < 0.85) return random.pick(others)
      return old
    })
  }
  return mutated
}

/** An object that fails when its fields are read. */
function hostile(random: Random): unknown {
  const fail = () => {
    throw new Error("a getter that throws")
  }
  if (random.chance(0.5)) return new Proxy({}, { get: fail, has: fail, ownKeys: fail })
  return Object.defineProperty(
    { id: "hostile" },
    random.pick(["type", "id", "sessionID", "info", "part", "time"]),
    {
      get: fail,
      enumerable: true,
    },
  )
}

/** A copy of `value` in which one field throws when it is read. */
export function spoil(value: unknown, random: Random): unknown {
  const all = paths(value)
  return all.length === 0 ? value : changed(value, random.pick(all), () => hostile(random))
}
