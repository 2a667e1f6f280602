/** Where and how traces wait that could not be delivered. */

import { homedir } from "node:os"
import { isAbsolute, join } from "node:path"
import type { Environment } from "../backends/backend.ts"
import type { Config } from "./config.ts"
import { DEFAULTS } from "./defaults.ts"
import type { Options } from "./options.ts"

/** `true` and `false` only switch; an object may also say where and how much. */
export function resolveSpool(option: Options["spool"], env: Environment): Config["spool"] {
  const given = typeof option === "object" ? option : { enabled: option }
  return {
    enabled: given.enabled ?? DEFAULTS.spool.enabled,
    directory: given.directory ?? defaultDirectory(env),
    maxBytes: given.maxBytes ?? DEFAULTS.spool.maxBytes,
    maxAgeHours: given.maxAgeHours ?? DEFAULTS.spool.maxAgeHours,
  }
}

/**
 * Under the XDG state directory, which is for what survives a restart but is not worth a backup. A relative
 * `XDG_STATE_HOME` does not count, says the XDG specification.
 */
function defaultDirectory(env: Environment): string {
  const state = env.XDG_STATE_HOME ?? ""
  const base = isAbsolute(state) ? state : join(env.HOME || homedir(), ".local", "state")
  return join(base, "opencode-traces", "spool")
}
