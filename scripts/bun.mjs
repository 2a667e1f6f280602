// Runs the pinned Bun with the given arguments: `node scripts/bun.mjs test tests/unit`.
import { spawn } from "node:child_process"
import { bunBinary } from "./binaries.mjs"

const child = spawn(bunBinary(), process.argv.slice(2), { stdio: "inherit" })
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal))
child.on("error", (error) => {
  console.error(`could not start Bun: ${error.message}`)
  process.exit(1)
})
child.on("exit", (code, signal) => {
  if (signal) process.exit(1)
  process.exit(code ?? 1)
})
