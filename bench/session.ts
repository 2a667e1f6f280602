// The plugin's own hooks on the real SDK, with an exporter that drops what it gets, and words for OpenCode's events.
import { ROOT_CONTEXT } from "@opentelemetry/api"
import { BasicTracerProvider, type SpanProcessor } from "@opentelemetry/sdk-trace-base"
import { createHooks } from "../src/opencode1/hooks.ts"
import { systemClock } from "../src/runs/clock.ts"
import { DEFAULT_RUN_SETTINGS } from "../src/runs/deps.ts"
import { RunModel } from "../src/runs/run-model.ts"

export interface BenchPlugin {
  readonly sizes: () => Readonly<Record<string, number>>
  readonly spans: () => number
  /** The `event` hook. */
  send(type: string, properties: unknown): void
  /** `chat.message` and everything that follows, to the session's idle: a request, a tool call, a second request. */
  turn(sessionId: string, number: number): void
}

export function benchPlugin(): BenchPlugin {
  let ended = 0
  const counter: SpanProcessor = {
    onStart: () => {},
    onEnd: () => {
      ended += 1
    },
    forceFlush: async () => {},
    shutdown: async () => {},
  }
  const runs = new RunModel({
    tracer: new BasicTracerProvider({ spanProcessors: [counter] }).getTracer("bench"),
    clock: systemClock((action) => action),
    settings: DEFAULT_RUN_SETTINGS,
    rootContext: ROOT_CONTEXT,
    rootLinks: [],
    mcpServers: () => [],
    onRootEnded: () => {},
  })
  const hooks = createHooks({
    runs,
    useMcpServers: () => {},
    dispose: async () => runs.shutdown(),
    report: (_level, message) => {
      throw new Error(message)
    },
    propagation: { commands: true, providers: [] },
  })
  const call = (name: string, ...args: unknown[]) => {
    const hook: unknown = Reflect.get(hooks, name)
    if (typeof hook === "function") hook(...args)
  }
  const send = (type: string, properties: unknown) =>
    call("event", { event: { id: "evt", type, properties } })

  function step(sessionID: string, parentID: string, id: string, finish: string): void {
    const now = Date.now()
    const model = { providerID: "fake", modelID: "fake-1" }
    const info = { id, sessionID, parentID, role: "assistant", agent: "build", mode: "build", ...model }
    const part = { messageID: id, sessionID }
    const tokens = { input: 62, output: 13, reasoning: 7, cache: { read: 40, write: 0 } }
    send("message.updated", { sessionID, info: { ...info, time: { created: now } } })
    call("chat.params", { sessionID, agent: "build", model: {}, provider: {}, message: { id: parentID } }, {})
    send("message.part.updated", { part: { ...part, id: `${id}-1`, type: "step-start" }, time: now })
    const text = { ...part, id: `${id}-2`, type: "text", text: "Hello." }
    send("message.part.updated", { part: { ...text, time: { start: now, end: now } }, time: now })
    if (finish === "tool-calls") {
      const tool = { ...part, id: `${id}-3`, type: "tool", tool: "bash", callID: `${id}-c` }
      const state = { input: { command: "ls" }, time: { start: now } }
      send("message.part.updated", { part: { ...tool, state: { status: "pending", input: {} } }, time: now })
      send("message.part.updated", { part: { ...tool, state: { ...state, status: "running" } }, time: now })
      const completed = { ...state, status: "completed", output: "a", time: { start: now, end: now } }
      send("message.part.updated", { part: { ...tool, state: completed }, time: now })
    }
    const end = { ...part, id: `${id}-4`, type: "step-finish", reason: finish, tokens, cost: 0.001 }
    send("message.part.updated", { part: end, time: now })
    send("message.updated", {
      sessionID,
      info: { ...info, finish, tokens, cost: 0.001, time: { created: now, completed: now } },
    })
  }

  return {
    sizes: () => runs.sizes,
    spans: () => ended,
    send,
    turn(sessionID, number) {
      const id = `msg_${sessionID}_${number}`
      const message = { id, sessionID, role: "user", agent: "build", time: { created: Date.now() } }
      call("chat.message", { sessionID }, { message, parts: [] })
      send("message.updated", { sessionID, info: message })
      send("session.status", { sessionID, status: { type: "busy" } })
      step(sessionID, id, `${id}_a`, "tool-calls")
      step(sessionID, id, `${id}_b`, "stop")
      send("session.status", { sessionID, status: { type: "idle" } })
      send("session.idle", { sessionID })
      send("message.updated", { sessionID, info: message })
    },
  }
}
