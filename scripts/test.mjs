// `npm test`: everything that must hold, in one command; `npm test -- unit e2e` runs only these stages, and
// `--jobs=N` sets how many jobs run side by side.
//
// A stage is made of jobs, each a process of its own with a time limit; what a job prints appears when it has
// ended. A job that runs no test has failed, and so has a test that was skipped. The last line says how many
// tests (and checks) passed and failed, alone: "N passed, N failed".
import { spawn } from "node:child_process"
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs"
import { availableParallelism, tmpdir } from "node:os"
import { join } from "node:path"
import { bunBinary, opencodeBinary } from "./binaries.mjs"

const MINUTE = 60_000
/** End-to-end tests mostly wait for OpenCode to start; with more than this side by side they wait too long. */
const MOST_JOBS = 4
/** What Bun takes for a file with tests. */
const TEST_FILE = /[._](test|spec)\.[cm]?[jt]sx?$/

/**
 * A stage is a check, which passes or fails as one, or a suite of tests that Bun counts: in one process, or,
 * where a test is slow and each file starts what it needs, in one process per file.
 */
const STAGES = [
  { name: "e2e", minutes: 10, bun: bunBinary, folders: ["tests/e2e"], perFile: true },
  { name: "unit", minutes: 6, bun: bunBinary, folders: ["tests/unit", "tests/replay"] },
  // OpenCode has a Bun of its own inside, older than ours: that is where the plugin really runs.
  { name: "unit-opencode", minutes: 6, bun: opencodeBinary, folders: ["tests/unit", "tests/replay"] },
  { name: "types", minutes: 3, check: ["node_modules/typescript/bin/tsc", "--noEmit"] },
  { name: "lint", minutes: 2, check: ["node_modules/@biomejs/biome/bin/biome", "check", "."] },
]

/** What takes a minute and more for its many starts of OpenCode: no worker should begin with it last. */
const SLOWEST = ["faults", "process-end", "propagation", "subagents"]

/** The test files of these folders: the slowest first, then the largest, which tend to take longest. */
function testFiles(folders) {
  const files = folders.flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: "utf8" })
      .filter((name) => TEST_FILE.test(name))
      .map((name) => join(folder, name)),
  )
  const weight = (path) => {
    const rank = SLOWEST.findIndex((name) => path.endsWith(`${name}.test.ts`))
    return rank < 0 ? statSync(path).size : (SLOWEST.length - rank) * 1e9
  }
  return files
    .map((path) => ({ path, weight: weight(path) }))
    .sort((a, b) => b.weight - a.weight)
    .map(({ path }) => path)
}

/** The processes of a stage. A suite without any test file is one job, which then fails. */
function jobsOf(stage) {
  if (stage.check) return [{ stage, title: stage.name, command: process.execPath, args: stage.check }]
  const files = stage.perFile ? testFiles(stage.folders) : []
  const selections = files.length > 0 ? files.map((path) => [`./${path}`]) : [stage.folders]
  return selections.map((paths) => ({
    stage,
    title: stage.perFile ? `${stage.name} ${paths.join(" ")}` : stage.name,
    command: stage.bun(),
    args: ["test", ...paths],
    suite: true,
  }))
}

/** The caller's environment without what would change what OpenTelemetry or OpenCode do. */
function cleanEnvironment() {
  const foreign = /^(OTEL_|OPENCODE_|TRACEPARENT$|TRACESTATE$)/
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !foreign.test(name)))
}

/** What ends each process that runs now, and everything in its process group. */
const running = new Set()

function stopAll() {
  for (const kill of running) kill("SIGTERM")
  process.exit(1)
}

/** Runs a command to its end, or ends it after the time limit; resolves to its exit code and what it printed. */
function run(command, args, env, limitMs) {
  return new Promise((resolve) => {
    const group = process.platform !== "win32"
    const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"], env, detached: group })
    const chunks = []
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => chunks.push(chunk))
    const kill = (signal) => {
      try {
        process.kill(group ? -child.pid : child.pid, signal)
      } catch {
        // It is gone already.
      }
    }
    running.add(kill)
    const limit = setTimeout(() => {
      chunks.push(Buffer.from(`no end after ${limitMs / MINUTE} minutes: ended\n`))
      kill("SIGKILL")
    }, limitMs)
    const done = (code) => {
      clearTimeout(limit)
      running.delete(kill)
      resolve({ code, output: Buffer.concat(chunks).toString() })
    }
    child.once("error", (error) => {
      chunks.push(Buffer.from(`${error.message}\n`))
      done(1)
    })
    child.once("close", (code) => done(code ?? 1))
    // A process that it left behind may hold the pipes open: what has come a second later is enough.
    child.once("exit", (code) => setTimeout(() => done(code ?? 1), 1_000).unref())
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

/** What a suite's report and exit code come to, and what is to be said about it. */
function verdictOf(counts, code) {
  if (!counts || !(counts.tests > 0)) return { passed: 0, failed: 1, remark: "no test ran" }
  const { tests, failures, skipped } = counts
  const failed = failures + skipped
  return {
    passed: tests - failed,
    failed: failed === 0 && code !== 0 ? 1 : failed,
    remark: skipped > 0 ? `${skipped} tests were skipped, which counts as failed` : "",
  }
}

async function runJob({ stage, title, command, args, suite }, env, report) {
  const start = performance.now()
  // With CI set, Bun refuses `.only`; BUN_BE_BUN makes OpenCode's executable behave as the Bun inside it.
  const { code, output } = suite
    ? await run(
        command,
        [...args, "--reporter=junit", `--reporter-outfile=${report}`],
        { ...env, CI: "true", BUN_BE_BUN: "1" },
        stage.minutes * MINUTE,
      )
    : await run(command, args, env, stage.minutes * MINUTE)
  const check = { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1, remark: "" }
  const { passed, failed, remark } = suite ? verdictOf(readCounts(report), code) : check
  const end = performance.now()
  console.log(`\n=== ${title}: ${failed > 0 ? "FAILED" : "passed"} in ${seconds(end - start)}\n${output}`)
  if (remark) console.log(`${title}: ${remark}`)
  return { stage: stage.name, start, end, passed, failed }
}

function seconds(ms) {
  return `${Math.round(ms / 1000)} s`
}

const wanted = process.argv.slice(2).filter((argument) => !argument.startsWith("--jobs="))
const jobsAsked = process.argv.findLast((argument) => argument.startsWith("--jobs="))?.slice("--jobs=".length)
const unknown = wanted.filter((name) => !STAGES.some((stage) => stage.name === name))
if (unknown.length > 0) {
  console.error(`no stage ${unknown.join(", ")}; there are ${STAGES.map((stage) => stage.name).join(", ")}`)
  process.exit(1)
}
if (jobsAsked !== undefined && !(Number(jobsAsked) >= 1)) {
  console.error("--jobs wants a number of at least 1")
  process.exit(1)
}

const stages = STAGES.filter((stage) => wanted.length === 0 || wanted.includes(stage.name))
const env = cleanEnvironment()
const reports = mkdtempSync(join(tmpdir(), "opencode-traces-reports-"))
const queue = stages.flatMap(jobsOf).map((job, index) => ({ job, report: join(reports, `${index}.xml`) }))
const results = []
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.once(signal, stopAll)

/** Takes one job after the other until none is left. */
async function work() {
  for (let next = queue.shift(); next; next = queue.shift()) {
    results.push(await runJob(next.job, env, next.report))
  }
}

const start = performance.now()
try {
  const jobs = Number(jobsAsked ?? Math.min(availableParallelism(), MOST_JOBS))
  await Promise.all(Array.from({ length: jobs }, work))
} finally {
  rmSync(reports, { recursive: true, force: true })
}

const sum = (list, field) => list.reduce((total, result) => total + result[field], 0)
console.log("")
for (const { name } of stages) {
  const own = results.filter(({ stage }) => stage === name)
  const counts = `${String(sum(own, "passed")).padStart(5)} passed ${String(sum(own, "failed")).padStart(4)} failed`
  const from = Math.min(...own.map((result) => result.start))
  const to = Math.max(...own.map((result) => result.end))
  console.log(`${name.padEnd(14)} ${counts}  ${seconds(to - from)}`)
}
console.log(`all together took ${seconds(performance.now() - start)}`)
console.log(`\n${sum(results, "passed")} passed, ${sum(results, "failed")} failed`)
process.exitCode = sum(results, "failed") > 0 ? 1 : 0
