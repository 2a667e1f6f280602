// Carries a plan out on a real OpenCode.
import type { Server } from "../harness/opencode.ts"
import type { ScriptedModel } from "../harness/scripted-model.ts"
import type { Plan, Turn } from "./plan.ts"

/** The sessions that a plan has made. */
export interface Driven {
  /** The root sessions of the plan: its own, and those that were forked from it. */
  readonly roots: readonly string[]
  /** When a fork was made, by the forked session: what is older in it was copied, not done. */
  readonly forkedAt: ReadonlyMap<string, number>
}

const IDLE_MS = 60_000
const LOOK_EVERY_MS = 100
/** So many looks in a row must show a session that rests: a prompt that was just sent needs a moment to begin. */
const QUIET_LOOKS = 6

/** Runs every act one after another, and resolves when all sessions are idle. */
export async function drive(plan: Plan, server: Server, model: ScriptedModel): Promise<Driven> {
  const own = await server.createSession({ title: `plan ${plan.seed}` })
  const roots = [own.id]
  const forkedAt = new Map<string, number>()
  for (const act of plan.acts) {
    const session = roots.at(-1) ?? own.id
    switch (act.type) {
      case "prompt":
        await prompt(session, act.turn, server, model)
        break
      case "shell":
        await untilIdle(server, session, () => server.shell(session, act.command))
        break
      case "summarize":
        await untilIdle(server, session, () => server.summarize(session))
        break
      case "note":
        await server.promptAsync(session, { text: act.text, noReply: true })
        break
      case "fork": {
        const fork = await server.fork(session)
        forkedAt.set(fork.id, Date.now())
        roots.push(fork.id)
        break
      }
    }
  }
  return { roots, forkedAt }
}

async function prompt(session: string, turn: Turn, server: Server, model: ScriptedModel): Promise<void> {
  learn(turn, model)
  const { queued, abortAfterMs } = turn
  if (queued) learn(queued.turn, model)
  await untilIdle(server, session, async () => {
    await server.promptAsync(session, turn.key)
    if (queued) {
      await Bun.sleep(queued.afterMs)
      await server.promptAsync(session, queued.turn.key)
    }
    if (abortAfterMs !== undefined) {
      await Bun.sleep(abortAfterMs)
      await server.abort(session)
    }
  })
}

function learn(turn: Turn, model: ScriptedModel): void {
  model.script(turn.key, [...turn.steps])
  for (const child of turn.children) learn(child, model)
}

/**
 * Acts, then waits until OpenCode has said for a while that the session rests. An abort can come before OpenCode has
 * begun, so that no idle is ever sent: its status is what counts.
 */
async function untilIdle(server: Server, session: string, act: () => Promise<unknown>): Promise<void> {
  await act()
  const limit = Date.now() + IDLE_MS
  for (let quiet = 0; quiet < QUIET_LOOKS; ) {
    if (Date.now() > limit) throw new Error(`session ${session} is still at work after ${IDLE_MS} ms`)
    await Bun.sleep(LOOK_EVERY_MS)
    const status = await server.call("GET", "/session/status")
    const busy = typeof status === "object" && status !== null && session in status
    quiet = busy ? 0 : quiet + 1
  }
}
