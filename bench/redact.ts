// How fast the redactor is and how often it masks what is no secret, on ordinary source code:
//
//   node scripts/bun.mjs bench/redact.ts [--show] [folder…]      (default: some of node_modules)
//
// Everything it masks in these folders is a false positive, but for example keys in documentation.
import { readFileSync, realpathSync } from "node:fs"
import { createRedactor } from "../src/content/masking.ts"

const show = process.argv.includes("--show")
const folders = process.argv.slice(2).filter((argument) => !argument.startsWith("--"))
const defaults = [
  "typescript",
  "valibot",
  "effect",
  "zod",
  "@opentelemetry",
  "@opencode-ai",
  "bun-types",
  "undici-types",
]
const roots = folders.length > 0 ? folders : defaults.map((name) => `node_modules/${name}`)

const redactor = createRedactor({})
const counts = new Map<string, number>()
let bytes = 0
let files = 0
let milliseconds = 0

for (const root of roots) {
  const glob = new Bun.Glob("**/*.{ts,mts,js,mjs,cjs,json,md,yml,yaml,sh,py,go,rs,java,html,css}")
  for (const path of glob.scanSync({ cwd: realpathSync(root), absolute: true })) {
    const source = readFileSync(path, "utf8")
    const start = performance.now()
    const masked = redactor.text(source)
    milliseconds += performance.now() - start
    bytes += source.length
    files += 1
    for (const found of masked.matchAll(/.{0,60}REDACTED\(([\w-]+)\).{0,20}/g)) {
      const kind = found[1] ?? "?"
      counts.set(kind, (counts.get(kind) ?? 0) + 1)
      if (show) console.log(`${path.split("/").slice(-3).join("/")}: ${found[0].trim()}`)
    }
  }
}

const masks = [...counts.values()].reduce((sum, count) => sum + count, 0)
const megabytes = bytes / 1e6
console.log(
  `${files} files, ${megabytes.toFixed(1)} MB, ${(megabytes / (milliseconds / 1000)).toFixed(1)} MB/s`,
)
console.log(
  `${masks} masks, one per ${masks === 0 ? "∞" : Math.round(bytes / masks / 1000)} kB`,
  Object.fromEntries(counts),
)
