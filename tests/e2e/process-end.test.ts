// Real OpenCode that is ended from outside: it dies by the same signal, and no ended span is lost.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test"
import { rmSync } from "node:fs"
import { createWorkspace, type RunResult, runOnce, startServer, type Workspace } from "../harness/opencode.ts"
import { type OtlpReceiver, startOtlpReceiver } from "../harness/otlp-receiver.ts"
import { type ScriptedModel, startScriptedModel } from "../harness/scripted-model.ts"
import { filesIn } from "../unit/export/support/folder.ts"
import {
  deliverSpool,
  exportTo,
  PROMPT,
  STEPS,
  spooledSpans,
  spoolOf,
  TREE,
  tracesOf,
  trees,
} from "./delivery.ts"

const TURN = 120_000
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const
/** The second answer never comes: the turn is at its second model request when the process ends. */
const STUCK = "get stuck after bash"
/** Far more than the 2 s for which a signal may be held, far less than the stuck turn would take. */
const LONGEST_END_MS = 30_000

let model: ScriptedModel
let receiver: OtlpReceiver
let workspace: Workspace

beforeAll(async () => {
  model = await startScriptedModel()
  model.script(PROMPT, STEPS)
  const [first] = STEPS
  model.script(STUCK, [...(first ? [first] : []), { hang: true }])
  receiver = await startOtlpReceiver()
  workspace = await createWorkspace({ model })
}, TURN)

afterAll(async () => {
  await workspace?.remove()
  await receiver?.stop()
  await model?.stop()
}, 30_000)

beforeEach(() => {
  rmSync(spoolOf(workspace), { recursive: true, force: true })
  model.requests.length = 0
  receiver.respond()
  receiver.reset()
})

/** Resolves when a turn is at its second model request. */
function stuck(): Promise<unknown> {
  return model.waitForRequest(({ key, index }) => key === STUCK && index === 1, TURN)
}

/** `opencode run` that gets the signal in the middle of its turn. */
async function runUntil(signal: NodeJS.Signals): Promise<RunResult & { endedAfterMs: number }> {
  let signalled = 0
  const result = await runOnce(workspace, STUCK, {
    env: exportTo(receiver.tracesUrl),
    timeoutMs: TURN,
    started: (pid) => {
      stuck().then(() => {
        signalled = performance.now()
        process.kill(pid, signal)
      })
    },
  })
  return { ...result, endedAfterMs: performance.now() - signalled }
}

describe("opencode run", () => {
  test.each([...SIGNALS])(
    "%s in mid-turn: what is open ends and arrives, and it dies by the signal",
    async (signal) => {
      const result = await runUntil(signal)
      expect(result).toMatchObject({ exitCode: null, signal })
      expect(tracesOf(receiver.spans)).toBe(TREE)
      expect(filesIn(spoolOf(workspace))).toEqual([])
      expect(result.endedAfterMs).toBeLessThan(LONGEST_END_MS)
    },
    TURN,
  )

  test(
    "SIGKILL in mid-turn: what had ended and was sent is there once, what was open is lost, and the next run works",
    async () => {
      let sent = 0
      const result = await runOnce(workspace, STUCK, {
        env: exportTo(receiver.tracesUrl),
        timeoutMs: TURN,
        started: (pid) => {
          receiver.waitFor(2, TURN).then(() => {
            sent = receiver.spans.length
            process.kill(pid, "SIGKILL")
          })
        },
      })
      expect(result).toMatchObject({ exitCode: null, signal: "SIGKILL" })
      expect(sent).toBe(2)
      expect(receiver.spans.map(({ name }) => name).toSorted()).toEqual(["chat fake-1", "execute_tool bash"])
      expect(filesIn(spoolOf(workspace))).toEqual([])
      receiver.reset()
      expect(await runOnce(workspace, PROMPT, { env: exportTo(receiver.tracesUrl) })).toMatchObject({
        exitCode: 0,
      })
      expect(tracesOf(receiver.spans)).toBe(TREE)
    },
    TURN,
  )

  test(
    "a signal while the collector hangs: everything is kept, and delivered later",
    async () => {
      receiver.respond(() => ({ hang: true }))
      const result = await runUntil("SIGTERM")
      expect(result).toMatchObject({ exitCode: null, signal: "SIGTERM" })
      expect(result.endedAfterMs).toBeLessThan(LONGEST_END_MS)
      expect(spooledSpans(workspace)).toBe(4)
      receiver.respond()
      await deliverSpool(workspace, receiver.tracesUrl)
      expect(tracesOf(receiver.spans)).toBe(TREE)
    },
    TURN,
  )
})

describe("opencode serve", () => {
  test.each([...SIGNALS])(
    "%s in mid-turn: a finished turn was sent at once, the open one is sent now",
    async (signal) => {
      const server = await startServer(workspace, exportTo(receiver.tracesUrl))
      try {
        const session = await server.createSession()
        await server.prompt(session.id, PROMPT)
        await receiver.waitFor(4)
        await server.promptAsync(session.id, STUCK)
        await stuck()
        expect(await server.signal(signal, LONGEST_END_MS)).toEqual({ exitCode: null, signal })
        expect(tracesOf(receiver.spans)).toBe(trees(2))
        expect(filesIn(spoolOf(workspace))).toEqual([])
        expect(server.stderr()).toBe("")
      } finally {
        await server.stop({ keep: true })
      }
    },
    2 * TURN,
  )

  test(
    "SIGKILL: finished turns are safe, sent or kept, and come once",
    async () => {
      const server = await startServer(workspace, exportTo(receiver.tracesUrl))
      try {
        const session = await server.createSession()
        await server.prompt(session.id, PROMPT)
        await receiver.waitFor(4)
        receiver.respond(() => ({ status: 503 }))
        await server.prompt(session.id, PROMPT)
        await receiver.waitForRequests(2)
        for (const end = Date.now() + 20_000; spooledSpans(workspace) < 4 && Date.now() < end; )
          await Bun.sleep(20)
        await server.promptAsync(session.id, STUCK)
        await stuck()
        expect(await server.signal("SIGKILL")).toEqual({ exitCode: null, signal: "SIGKILL" })
      } finally {
        await server.stop({ keep: true })
      }
      receiver.respond()
      await deliverSpool(workspace, receiver.tracesUrl)
      const finished = receiver.spans.filter(
        ({ traceId }) => receiver.spans.filter((span) => span.traceId === traceId).length === 4,
      )
      expect(tracesOf(finished)).toBe(trees(2))
    },
    2 * TURN,
  )
})
