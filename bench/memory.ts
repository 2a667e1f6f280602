// Shows that memory stays flat: 1,000 turns, 4,000 more until every bounded map is full, and then 20,000 more; and
// the same for other floods. The ratio compares the last two: near 1 is flat.
//
//     node scripts/bun.mjs bench/memory.ts
import { heapStats } from "bun:jsc"
import { type BenchPlugin, benchPlugin } from "./session.ts"

function heapBytes(): number {
  Bun.gc(true)
  Bun.gc(true)
  return heapStats().heapSize
}

function mebibytes(bytes: number): string {
  return `${(bytes / 1024 / 1024).toFixed(1)} MiB`
}

/** Runs `flood` 25,000 times, and compares the heap on the way. */
function measure(what: string, flood: (plugin: BenchPlugin, round: number) => void): void {
  const plugin = benchPlugin()
  const heap = [0, 1_000, 5_000, 25_000].map((until, point, marks) => {
    for (let round = marks[point - 1] ?? 0; round < until; round++) flood(plugin, round)
    return heapBytes()
  })
  const [full = Number.NaN, last = Number.NaN] = heap.slice(-2)
  const largest = Object.entries(plugin.sizes()).reduce((a, b) => (b[1] > a[1] ? b : a))
  console.log(
    `${what.padEnd(40)} ${heap.map(mebibytes).join(" → ")}: ${(last / full).toFixed(2)}×; ` +
      `${plugin.spans()} spans; largest map ${largest.join(" ")}`,
  )
}

measure("turns in one session", (plugin, round) => plugin.turn("ses", round))
measure("turns, each in a session of its own", (plugin, round) => plugin.turn(`ses_${round}`, round))
measure("messages that ask for no answer", (plugin, round) => {
  const info = { id: `note_${round}`, sessionID: "ses", role: "user", time: { created: Date.now() } }
  plugin.send("message.updated", { sessionID: "ses", info })
})
measure("100 text deltas", (plugin) => {
  for (let n = 0; n < 100; n++) plugin.send("message.part.delta", { sessionID: "ses", delta: "word " })
})
measure("turns that nobody ever ends", (plugin, round) => {
  const time = { created: Date.now() }
  const info = {
    id: `a_${round}`,
    parentID: `m_${round}`,
    sessionID: `ses_${round}`,
    role: "assistant",
    time,
  }
  plugin.send("message.updated", { sessionID: info.sessionID, info })
  const part = { messageID: info.id, sessionID: info.sessionID, id: `p_${round}`, type: "tool", tool: "bash" }
  const state = { status: "running", input: {}, time: { start: time.created } }
  plugin.send("message.part.updated", { part: { ...part, callID: `c_${round}`, state } })
})
// What still waits for its grace period is of no interest here.
process.exit(0)
