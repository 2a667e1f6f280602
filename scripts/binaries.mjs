// Finds the native executables of Bun and OpenCode inside node_modules.
//
// Both packages put a small stub on the PATH that only a postinstall script replaces by the real program.
// npm may block such scripts, so the stub is never used: the program itself is taken from the
// platform package that npm installed as an optional dependency.
import { existsSync, readFileSync } from "node:fs"
import { createRequire } from "node:module"
import { dirname, join } from "node:path"

const require = createRequire(import.meta.url)

/** True where the CPU has AVX2, or where nothing can tell; false means that a `-baseline` build is needed. */
function hasAvx2() {
  if (process.arch !== "x64" || process.platform !== "linux") return true
  try {
    return /\savx2(\s|$)/.test(readFileSync("/proc/cpuinfo", "utf8"))
  } catch {
    return true
  }
}

/** True on a Linux whose C library is musl (Alpine). */
function isMusl() {
  return process.platform === "linux" && !process.report.getReport().header.glibcVersionRuntime
}

function firstExisting(packages, file) {
  for (const name of packages) {
    try {
      const path = join(dirname(require.resolve(`${name}/package.json`)), file)
      if (existsSync(path)) return path
    } catch {
      // This platform's npm did not install that variant: try the next.
    }
  }
  throw new Error(
    `no executable found in ${packages.join(", ")}; expected one of them under node_modules: run "npm ci" first, without --omit=optional`,
  )
}

/** The best build first, the other ones behind it: what npm installed decides. */
function variants(base) {
  const libc = isMusl() ? "-musl" : ""
  const fast = `${base}${libc}`
  const slow = `${base}-baseline${libc}`
  return hasAvx2() ? [fast, slow] : [slow, fast]
}

/** Absolute path of the Bun executable that `package.json` pins. Throws with advice when it is missing. */
export function bunBinary() {
  const os = process.platform === "win32" ? "windows" : process.platform
  const arch = process.arch === "arm64" ? "aarch64" : process.arch
  const names = isMusl()
    ? [`@oven/bun-${os}-${arch}-musl`, `@oven/bun-${os}-${arch}-musl-baseline`]
    : variants(`@oven/bun-${os}-${arch}`)
  return firstExisting(names, process.platform === "win32" ? "bin/bun.exe" : "bin/bun")
}

/** Absolute path of the OpenCode executable that `package.json` pins. Throws with advice when it is missing. */
export function opencodeBinary() {
  const os = process.platform === "win32" ? "windows" : process.platform
  return firstExisting(
    variants(`opencode-${os}-${process.arch}`),
    process.platform === "win32" ? "bin/opencode.exe" : "bin/opencode",
  )
}
