// A random plan of one OpenCode session: what is sent to it, and what the scripted model answers.

import { bash, task } from "../harness/scenarios/scenario.ts"
import type { Step } from "../harness/script.ts"
import type { Random } from "../support/random.ts"

/** What a prompt's text names, so that the scripted model knows its answers. Unique in a process. */
export type Key = string

/** A prompt and the model's answers to it, one per request. `children` are the scripts of its subagents. */
export interface Turn {
  readonly key: Key
  readonly steps: readonly Step[]
  readonly children: readonly Turn[]
  /** A prompt that is sent so many milliseconds after this one, whatever OpenCode does then. */
  readonly queued?: { readonly afterMs: number; readonly turn: Turn } | undefined
  /** The session is aborted so many milliseconds after the prompt was sent. */
  readonly abortAfterMs?: number | undefined
}

export type Act =
  | { readonly type: "prompt"; readonly turn: Turn }
  | { readonly type: "shell"; readonly command: string }
  | { readonly type: "summarize" }
  | { readonly type: "note"; readonly text: string }
  | { readonly type: "fork" }

export interface Plan {
  readonly seed: number
  readonly acts: readonly Act[]
}

const WORDS = ["one", "two", "three", "four", "five", "six", "seven", "eight"]
const MOST_ACTS = 4
const MOST_STEPS = 4
/** OpenCode lets a subagent have none of its own by default; a `task` beneath one is refused, which is planned too. */
const DEEPEST = 2

/** The plan that belongs to a seed: the same in every run. */
export function makePlan(seed: number, random: Random): Plan {
  let keys = 0
  const nextKey = () => `[job ${seed}.${++keys}]`

  function step(last: boolean, children: Turn[], depth: number): Step {
    const calls = last ? [] : Array.from({ length: 1 + random.below(3) }, () => call(children, depth))
    return {
      ...(random.chance(0.3) && { think: sentence(random) }),
      ...((last || random.chance(0.5)) && { say: sentence(random) }),
      ...(calls.length > 0 && { calls }),
      usage: {
        prompt: 200 + random.below(2_000),
        cached: random.below(200),
        completion: 40 + random.below(300),
        reasoning: random.below(40),
      },
      ...(random.chance(0.2) && { delayMs: random.below(300) }),
      ...(random.chance(0.2) && { chunkDelayMs: random.below(60) }),
      ...trouble(random),
    }
  }

  function call(children: Turn[], depth: number): NonNullable<Step["calls"]>[number] {
    const kind = random.below(10)
    if (kind < 3 && depth < DEEPEST) {
      const child = turn(depth + 1)
      children.push(child)
      return task(child.key)
    }
    if (kind < 6) return bash(random.pick(["true", "echo done", "exit 3", "sleep 0.3"]))
    if (kind < 8) return { name: "read", args: { filePath: random.pick(["README.md", "missing.md"]) } }
    if (kind === 8) return { name: "made_up", args: {} }
    return { name: "bash", rawArgs: "{ this is no JSON" }
  }

  function turn(depth: number): Turn {
    const children: Turn[] = []
    const count = 1 + random.below(depth === 0 ? MOST_STEPS : 2)
    const steps = Array.from({ length: count }, (_, at) => step(at === count - 1, children, depth))
    return { key: nextKey(), steps, children }
  }

  function prompt(): Act {
    const plain = turn(0)
    if (random.chance(0.25)) return { type: "prompt", turn: { ...plain, abortAfterMs: random.below(1_500) } }
    if (random.chance(0.2)) {
      return { type: "prompt", turn: { ...plain, queued: { afterMs: random.below(800), turn: turn(0) } } }
    }
    return { type: "prompt", turn: plain }
  }

  function act(): Act {
    const kind = random.below(12)
    if (kind === 0) return { type: "shell", command: "echo by hand" }
    if (kind === 1) return { type: "summarize" }
    if (kind === 2) return { type: "note", text: "remember this" }
    if (kind === 3) return { type: "fork" }
    return prompt()
  }

  const acts = [prompt(), ...Array.from({ length: random.below(MOST_ACTS) }, act)]
  return { seed, acts }
}

function sentence(random: Random): string {
  return Array.from({ length: 2 + random.below(6) }, () => random.pick(WORDS)).join(" ")
}

/** Mostly none: a refusal for good, a failure that a retry cures, a connection that breaks in mid-answer. */
function trouble(random: Random): Partial<Step> {
  const kind = random.below(20)
  if (kind === 0) return { status: 400 }
  if (kind === 1) return { status: 503, failTimes: 1, headers: { "retry-after-ms": "100" } }
  if (kind === 2) return { drop: 1 }
  return {}
}

/** Every smaller plan that is one cut away: an act less, an answer less, a tool call less. */
export function smallerPlans(plan: Plan): Plan[] {
  const fewerActs = plan.acts.map((_, at) => ({
    ...plan,
    acts: plan.acts.filter((_, other) => other !== at),
  }))
  const fewerSteps = plan.acts.flatMap((act, at) =>
    act.type === "prompt"
      ? smallerTurns(act.turn).map((turn) => ({ ...plan, acts: plan.acts.with(at, { ...act, turn }) }))
      : [],
  )
  return [...fewerActs.filter(({ acts }) => acts.length > 0), ...fewerSteps]
}

function smallerTurns(turn: Turn): Turn[] {
  const cutSteps = turn.steps.length > 1 ? turn.steps.map((_, at) => turn.steps.toSpliced(at, 1)) : []
  const cutCalls = turn.steps.flatMap((step, at) =>
    (step.calls ?? []).map((_, call) =>
      turn.steps.with(at, { ...step, calls: (step.calls ?? []).toSpliced(call, 1) }),
    ),
  )
  const without = [
    ...(turn.queued ? [{ ...turn, queued: undefined }] : []),
    ...(turn.abortAfterMs === undefined ? [] : [{ ...turn, abortAfterMs: undefined }]),
  ]
  return [...without, ...[...cutSteps, ...cutCalls].map((steps) => ({ ...turn, steps }))]
}
