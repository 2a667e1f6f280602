// `npm test`: everything that must hold, in one command; `npm test -- unit e2e` runs only these stages.
//
// Each stage is a process of its own with a time limit; a stage that runs no test has failed. The last line
// says how many tests (and checks) passed and failed, alone: "N passed, N failed".
import { spawn } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { bunBinary, opencodeBinary } from "./binaries.mjs"

const MINUTE = 60_000

/** A stage is a check, which passes or fails as one, or a suite of tests that Bun counts. */
const STAGES = [
  { name: "lint", minutes: 2, check: ["node_modules/@biomejs/biome/bin/biome", "check", "."] },
  { name: "types", minutes: 3, check: ["node_modules/typescript/bin/tsc", "--noEmit"] },
  { name: "unit", minutes: 6, bun: bunBinary, folders: ["tests/unit", "tests/replay"] },
  // OpenCode has a Bun of its own inside, older than ours: that is where the plugin really runs.
  { name: "unit-opencode", minutes: 6, bun: opencodeBinary, folders: ["tests/unit", "tests/replay"] },
  { name: "e2e", minutes: 25, bun: bunBinary, folders: ["tests/e2e"] },
]

/** The caller's environment without what would change what OpenTelemetry or OpenCode do. */
function cleanEnvironment() {
  const foreign = /^(OTEL_|OPENCODE_|TRACEPARENT$|TRACESTATE$)/
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !foreign.test(name)))
}

/** Runs a command to its end, or ends it and everything in its process group after the time limit. */
function run(command, args, env, limitMs) {
  return new Promise((resolve) => {
    const group = process.platform !== "win32"
    const child = spawn(command, args, { stdio: "inherit", env, detached: group })
    const kill = (signal) => {
      try {
        process.kill(group ? -child.pid : child.pid, signal)
      } catch {
        // It is gone already.
      }
    }
    const limit = setTimeout(() => {
      console.error(`no end after ${limitMs / MINUTE} minutes: ended`)
      kill("SIGKILL")
    }, limitMs)
    const stop = () => {
      kill("SIGTERM")
      process.exit(1)
    }
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.once(signal, stop)
    const done = (code) => {
      clearTimeout(limit)
      for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.off(signal, stop)
      resolve(code)
    }
    child.once("error", (error) => {
      console.error(error.message)
      done(1)
    })
    child.once("exit", (code) => done(code ?? 1))
  })
}

/** The counts of a JUnit report, or nothing where there is none: the test runner itself has failed then. */
function readCounts(file) {
  try {
    const head = readFileSync(file, "utf8").match(/<testsuites [^>]*>/)?.[0] ?? ""
    const count = (name) => Number(head.match(new RegExp(` ${name}="(\\d+)"`))?.[1] ?? Number.NaN)
    return { tests: count("tests"), failures: count("failures"), skipped: count("skipped") }
  } catch {
    return undefined
  }
}

async function runCheck({ check, minutes }, env) {
  const code = await run(process.execPath, check, env, minutes * MINUTE)
  return code === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 }
}

async function runSuite({ name, bun, folders, minutes }, env, reports) {
  const report = join(reports, `${name}.xml`)
  const args = ["test", ...folders, "--reporter=junit", `--reporter-outfile=${report}`]
  // With CI set, Bun refuses `.only`; BUN_BE_BUN makes OpenCode's executable behave as the Bun inside it.
  const code = await run(bun(), args, { ...env, CI: "true", BUN_BE_BUN: "1" }, minutes * MINUTE)
  const counts = readCounts(report)
  if (!counts || !(counts.tests > 0)) {
    console.error(`${name}: no test ran`)
    return { passed: 0, failed: 1 }
  }
  const { tests, failures, skipped } = counts
  if (skipped > 0) console.error(`${name}: ${skipped} tests were skipped, which counts as failed`)
  const failed = failures + skipped
  return { passed: tests - failed, failed: failed === 0 && code !== 0 ? 1 : failed }
}

const wanted = process.argv.slice(2)
const unknown = wanted.filter((name) => !STAGES.some((stage) => stage.name === name))
if (unknown.length > 0) {
  console.error(`no stage ${unknown.join(", ")}; there are ${STAGES.map((stage) => stage.name).join(", ")}`)
  process.exit(1)
}

const env = cleanEnvironment()
const reports = mkdtempSync(join(tmpdir(), "opencode-traces-reports-"))
const results = []
try {
  for (const stage of STAGES) {
    if (wanted.length > 0 && !wanted.includes(stage.name)) continue
    console.log(`\n=== ${stage.name}`)
    const start = performance.now()
    const result = stage.check ? await runCheck(stage, env) : await runSuite(stage, env, reports)
    results.push({ name: stage.name, seconds: Math.round((performance.now() - start) / 1000), ...result })
  }
} finally {
  rmSync(reports, { recursive: true, force: true })
}

const sum = (field) => results.reduce((total, result) => total + result[field], 0)
console.log("")
for (const { name, seconds, passed, failed } of results) {
  console.log(
    `${name.padEnd(14)} ${String(passed).padStart(5)} passed ${String(failed).padStart(4)} failed  ${seconds} s`,
  )
}
console.log(`\n${sum("passed")} passed, ${sum("failed")} failed`)
process.exitCode = sum("failed") > 0 ? 1 : 0
