// Finds the native executables of Bun and OpenCode inside node_modules.
//
// Both packages ship a small stub that only a postinstall script replaces by the real program. Where npm
// ran that script the program is behind the stub's name (Bun's script moves it there); where npm blocks
// install scripts it is still in the platform package that npm installed as an optional dependency.
import { readFileSync, statSync } from "node:fs"
import { createRequire } from "node:module"
import { dirname, join } from "node:path"

const require = createRequire(import.meta.url)

/** Stubs are a few hundred bytes, the programs around a hundred megabytes. */
const SMALLEST_PROGRAM_BYTES = 1_000_000

/** True where the CPU has AVX2, or where nothing can tell; false means that a `-baseline` build is needed. */
function hasAvx2() {
  if (process.arch !== "x64" || process.platform !== "linux") return true
  try {
    return /\savx2(\s|$)/.test(readFileSync("/proc/cpuinfo", "utf8"))
  } catch {
    return true
  }
}

/** `-musl` on Alpine and its kin, else nothing. */
function libcSuffix() {
  const musl = process.platform === "linux" && !process.report.getReport().header.glibcVersionRuntime
  return musl ? "-musl" : ""
}

function find(candidates) {
  for (const [name, file] of candidates) {
    try {
      const path = join(dirname(require.resolve(`${name}/package.json`)), file)
      if (statSync(path).size > SMALLEST_PROGRAM_BYTES) return path
    } catch {
      // npm did not install that variant on this platform: try the next.
    }
  }
  const tried = candidates.map(([name]) => name).join(", ")
  throw new Error(`no executable found in ${tried}: run "npm ci" first, without --omit=optional`)
}

const os = process.platform === "win32" ? "windows" : process.platform
const exe = process.platform === "win32" ? ".exe" : ""

/** Absolute path of the Bun executable that `package.json` pins. Throws with advice when it is missing. */
export function bunBinary() {
  const base = `@oven/bun-${os}-${process.arch === "arm64" ? "aarch64" : process.arch}${libcSuffix()}`
  const packages = hasAvx2() ? [base, `${base}-baseline`] : [`${base}-baseline`, base]
  return find([["bun", "bin/bun.exe"], ...packages.map((name) => [name, `bin/bun${exe}`])])
}

/** Absolute path of the OpenCode executable that `package.json` pins. Throws with advice when it is missing. */
export function opencodeBinary() {
  const base = `opencode-${os}-${process.arch}`
  const libc = libcSuffix()
  const packages = hasAvx2()
    ? [`${base}${libc}`, `${base}-baseline${libc}`]
    : [`${base}-baseline${libc}`, `${base}${libc}`]
  return find([["opencode-ai", "bin/opencode.exe"], ...packages.map((name) => [name, `bin/opencode${exe}`])])
}
