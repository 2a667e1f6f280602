// `npm run mutate`: breaks the source in one small place at a time, and tells where no fast test notices.
//
//   npm run mutate -- --sample 20 --seed 7 --files 'src/export/**/*.ts'
//
// StrykerJS has no runner for Bun that goes test by test; a run of the whole suite takes 12 s, so this takes a
// sample. Everything happens in a copy of the tree: the checkout is never written to.
import { execFileSync, spawn } from "node:child_process"
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { parseArgs } from "node:util"
import { SyntaxKind } from "typescript/unstable/ast"
import { API } from "typescript/unstable/sync"
import { bunBinary } from "./binaries.mjs"

const TSC = "node_modules/typescript/bin/tsc"
const SUITE = ["test", "tests/unit", "tests/replay", "--bail"]
const TYPES_LIMIT_MS = 120_000
/** A mutant may loop for ever: it gets this many times what the untouched tests took. */
const PATIENCE = 3

const SWAPPED = new Map([
  [SyntaxKind.LessThanToken, "<="],
  [SyntaxKind.LessThanEqualsToken, "<"],
  [SyntaxKind.GreaterThanToken, ">="],
  [SyntaxKind.GreaterThanEqualsToken, ">"],
  [SyntaxKind.EqualsEqualsEqualsToken, "!=="],
  [SyntaxKind.ExclamationEqualsEqualsToken, "==="],
  [SyntaxKind.AmpersandAmpersandToken, "||"],
  [SyntaxKind.BarBarToken, "&&"],
  [SyntaxKind.PlusToken, "-"],
  [SyntaxKind.MinusToken, "+"],
])
/** Whose strings are no values: module names and types. */
const NO_VALUES = new Set([
  SyntaxKind.ImportDeclaration,
  SyntaxKind.ExportDeclaration,
  SyntaxKind.LiteralType,
])

/** What can be changed at this node: the text from `start` to `end` becomes `text`. */
function changesAt(node, file) {
  const at = (part) => ({ start: part.getStart(file), end: part.end })
  const source = (part) => file.text.slice(part.getStart(file), part.end)
  switch (node.kind) {
    case SyntaxKind.IfStatement:
    case SyntaxKind.WhileStatement:
      return [{ ...at(node.expression), text: `!(${source(node.expression)})` }]
    case SyntaxKind.ConditionalExpression:
      return [{ ...at(node.condition), text: `!(${source(node.condition)})` }]
    case SyntaxKind.BinaryExpression: {
      if (node.operatorToken.kind === SyntaxKind.QuestionQuestionToken) {
        return [{ ...at(node), text: source(node.left) }]
      }
      const swapped = SWAPPED.get(node.operatorToken.kind)
      return swapped ? [{ ...at(node.operatorToken), text: swapped }] : []
    }
    case SyntaxKind.NumericLiteral:
      return ["+", "-"].map((sign) => ({ ...at(node), text: `(${source(node)} ${sign} 1)` }))
    case SyntaxKind.StringLiteral:
      return node.text === "" || NO_VALUES.has(node.parent.kind) ? [] : [{ ...at(node), text: '""' }]
    case SyntaxKind.ReturnStatement:
      return node.expression ? [{ ...at(node.expression), text: "undefined" }] : []
    case SyntaxKind.ExpressionStatement: {
      const isCall = [SyntaxKind.CallExpression, SyntaxKind.AwaitExpression].includes(node.expression.kind)
      return isCall ? [{ ...at(node), text: ";" }] : []
    }
    default:
      return []
  }
}

/** Every mutant of these files: path, line, and the change. */
function mutantsOf(root, paths) {
  const api = new API({ cwd: root })
  try {
    const [project] = api.updateSnapshot({ openProject: join(root, "tsconfig.json") }).getProjects()
    return paths.flatMap((path) => {
      const file = project.program.getSourceFile(join(root, path))
      if (!file) return []
      const mutants = []
      const visit = (node) => {
        for (const change of changesAt(node, file)) {
          const line = file.text.slice(0, change.start).split("\n").length
          mutants.push({ path, line, before: file.text.slice(change.start, change.end), ...change })
        }
        node.forEachChild(visit)
      }
      visit(file)
      return mutants
    })
  } finally {
    api.close()
  }
}

/** `count` of them, chosen by the seed: the same seed and tree give the same choice (mulberry32). */
function sampleOf(list, count, seed) {
  let state = seed >>> 0
  const random = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const rest = [...list]
  return Array.from({ length: Math.min(count, rest.length) }, () => {
    const [chosen] = rest.splice(Math.floor(random() * rest.length), 1)
    return chosen
  })
}

/** What runs now, with its process group: the tests start processes of their own. */
let current

function endCurrent() {
  if (current?.pid === undefined) return
  try {
    process.kill(-current.pid, "SIGKILL")
  } catch {
    // It is gone already.
  }
}

/** Runs a command in the copy: whether it succeeded, or "timeout" when it had to be ended. */
function run(command, args, cwd, limitMs) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, stdio: "ignore", detached: true })
    current = child
    let late = false
    const limit = setTimeout(() => {
      late = true
      endCurrent()
    }, limitMs)
    child.once("error", reject)
    child.once("exit", (code) => {
      clearTimeout(limit)
      current = undefined
      resolve(late ? "timeout" : code === 0)
    })
  })
}

const { values } = parseArgs({
  options: {
    sample: { type: "string", default: "20" },
    seed: { type: "string", default: String(Date.now() % 100_000) },
    files: { type: "string", default: "src/**/*.ts" },
  },
})
const [sample, seed] = [Number(values.sample), Number(values.seed)]
if (!(sample >= 1) || !Number.isInteger(seed)) throw new Error("--sample and --seed want numbers")

const root = realpathSync(join(import.meta.dirname, ".."))
const git = (...args) =>
  execFileSync("git", args, { cwd: root, encoding: "utf8" }).split("\0").filter(Boolean)
const copy = realpathSync(mkdtempSync(join(tmpdir(), "opencode-traces-mutants-")))
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(1))
process.once("exit", () => {
  endCurrent()
  rmSync(copy, { recursive: true, force: true })
})

for (const path of git("ls-files", "-zco", "--exclude-standard")) {
  mkdirSync(dirname(join(copy, path)), { recursive: true })
  cpSync(join(root, path), join(copy, path))
}
symlinkSync(join(root, "node_modules"), join(copy, "node_modules"), "dir")

const all = mutantsOf(copy, git("ls-files", "-zco", "--exclude-standard", "--", `:(glob)${values.files}`))
const chosen = sampleOf(all, sample, seed)
console.log(`${all.length} mutants in ${values.files}; ${chosen.length} of them, with --seed ${seed}`)

const started = performance.now()
if ((await run(bunBinary(), SUITE, copy, 600_000)) !== true) throw new Error("the untouched tests fail")
const limitMs = PATIENCE * (performance.now() - started)

const counts = { types: 0, tests: 0, survived: 0 }
for (const { path, line, start, end, before, text } of chosen) {
  const file = join(copy, path)
  const original = readFileSync(file, "utf8")
  writeFileSync(file, original.slice(0, start) + text + original.slice(end))
  const compiles = (await run(process.execPath, [TSC, "--noEmit"], copy, TYPES_LIMIT_MS)) === true
  const survives = compiles && (await run(bunBinary(), SUITE, copy, limitMs)) === true
  writeFileSync(file, original)
  counts[survives ? "survived" : compiles ? "tests" : "types"] += 1
  if (survives) console.log(`survived: ${path}:${line}  ${before}  →  ${text}`)
}

const runnable = counts.tests + counts.survived
console.log(
  `${counts.types} caught by the compiler; of the other ${runnable}, tests caught ${counts.tests}` +
    (runnable > 0 ? ` (${Math.round((100 * counts.tests) / runnable)} %)` : ""),
)
