// Measures what OpenCode pays for the plugin in its event loop: per ignored event, per handled one, and in the floods
// that a long answer or a chatty tool sends.
//
//     node scripts/bun.mjs bench/hot-path.ts
import { benchPlugin } from "./session.ts"

/** The median of seven rounds, in nanoseconds per call, after one to warm up. */
function cost(calls: number, run: (call: number) => void): number {
  const rounds: number[] = []
  for (let round = 0; round < 8; round++) {
    const start = performance.now()
    for (let call = 0; call < calls; call++) run(call)
    if (round > 0) rounds.push(((performance.now() - start) * 1e6) / calls)
  }
  return rounds.sort((a, b) => a - b)[3] ?? Number.NaN
}

function show(what: string, nanoseconds: number, nothing: number): void {
  const ratio = nanoseconds / nothing
  console.log(`${what.padEnd(52)} ${nanoseconds.toFixed(0).padStart(8)} ns ${ratio.toFixed(1).padStart(8)}×`)
}

const nothing = cost(200_000, () => void Promise.resolve())
show("nothing: an async hook that does nothing", nothing, nothing)

const ignoring = benchPlugin()
const delta = { sessionID: "ses", messageID: "msg", partID: "prt", field: "text", delta: "word " }
const ignored = cost(100_000, () => ignoring.send("message.part.delta", delta))
show("ignored: message.part.delta", ignored, nothing)
show(
  "ignored: plugin.added",
  cost(100_000, () => ignoring.send("plugin.added", { id: "x" })),
  nothing,
)

const turns = benchPlugin()
let number = 0
const turn = cost(2_000, () => turns.turn("ses", number++))
show("a whole turn: 20 events and hooks, 4 spans", turn, nothing)
const handled = turn / 20
show("handled: one event of a turn, on average", handled, nothing)

const tool = benchPlugin()
const at = Date.now()
const message = {
  sessionID: "ses",
  info: { id: "a", sessionID: "ses", parentID: "m", role: "assistant", time: { created: at } },
}
tool.send("message.updated", message)
const part = { id: "p", messageID: "a", sessionID: "ses", type: "tool", tool: "bash", callID: "c" }
const state = {
  status: "running",
  input: {},
  time: { start: at },
  metadata: { output: "line\n".repeat(200) },
}
const update = cost(10_000, () => tool.send("message.part.updated", { part: { ...part, state }, time: at }))
show("handled: an update of a running tool's metadata", update, nothing)

console.log(`\na handled event costs ${(handled / ignored).toFixed(1)} times an ignored one`)
console.log(`100,000 text deltas: ${((ignored * 100_000) / 1e6).toFixed(0)} ms of the event loop in all`)
console.log(`10,000 metadata updates: ${((update * 10_000) / 1e6).toFixed(0)} ms in all`)
