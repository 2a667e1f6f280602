// Run as a process of its own, where nothing has loaded the plugin yet: imports the entry twice, starts two
// instances, disposes them, and prints what changed around it each time.
import { setTimeout as sleep } from "node:timers/promises"

const API = Symbol.for("opentelemetry.js.api.1")

interface Timers {
  started: number
}

function watchTimers(): Timers {
  const timers = { started: 0 }
  for (const name of ["setTimeout", "setInterval"] as const) {
    const original: unknown = Reflect.get(globalThis, name)
    if (typeof original !== "function") throw new Error(`there is no ${name}`)
    Reflect.set(globalThis, name, (...args: unknown[]) => {
      timers.started += 1
      return Reflect.apply(original, globalThis, args)
    })
  }
  return timers
}

/** Everything around the plugin that it could have changed. */
function surroundings() {
  return {
    globals: Reflect.ownKeys(globalThis).map(String).sort(),
    api: Reflect.has(globalThis, API) ? Object.keys(Reflect.get(globalThis, API)).sort() : [],
    env: JSON.stringify(process.env),
    directory: process.cwd(),
    listeners: Object.fromEntries(
      process.eventNames().map((name) => [String(name), process.listenerCount(name)] as const),
    ),
  }
}

const requests: string[] = []
const collector = Bun.serve({
  port: 0,
  hostname: "127.0.0.1",
  fetch: (request) => {
    requests.push(request.url)
    // Never answers: who waits for the network waits for ever.
    return new Promise<Response>(() => {})
  },
})

const timers = watchTimers()
const before = surroundings()
const first = await import("../../../src/index.ts")
const again: typeof first = await import(`../../../src/index.ts?again=${process.pid}`)
const imported = surroundings()
const timersByImport = timers.started

const client = { app: { log: async () => ({}) }, tui: { showToast: async () => ({}) } }
async function start(module: typeof first) {
  const server: unknown = Reflect.get(module.default, "server")
  if (typeof server !== "function") throw new Error("the entry has no server")
  const hooks: unknown = await server(
    { client, directory: process.cwd(), worktree: process.cwd() },
    { endpoint: `http://127.0.0.1:${collector.port}/v1/traces` },
  )
  return hooks
}

const one = await start(first)
const oneStarted = surroundings()
const two = await start(again)
const twoStarted = surroundings()
const asked = requests.length

async function dispose(hooks: unknown) {
  const action: unknown = typeof hooks === "object" && hooks !== null && Reflect.get(hooks, "dispose")
  if (typeof action === "function") await action()
}
await dispose(one)
await dispose(two)
await sleep(1)
const disposed = surroundings()
await collector.stop(true)

process.stdout.write(
  JSON.stringify({
    exports: Object.keys(first),
    entry: Object.fromEntries(Object.entries(first.default).map(([key, value]) => [key, typeof value])),
    id: first.default.id,
    distinct: first.default !== again.default,
    before,
    imported,
    timersByImport,
    oneStarted,
    twoStarted,
    asked,
    disposed,
  }),
)
