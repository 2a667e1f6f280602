/** What holds where neither an option nor a variable says otherwise. */
import { DEFAULT_BATCH } from "./limits.ts"
import { DEFAULT_RATIO, DEFAULT_SAMPLER } from "./sampling.ts"

const KIB = 1024
const MIB = 1024 * KIB

export const DEFAULTS = Object.freeze({
  enabled: true,
  /** The specification's default of OTLP over HTTP. */
  endpoint: "http://localhost:4318/v1/traces",
  /** Milliseconds, by the specification. */
  timeoutMs: 10_000,
  compression: "none",
  serviceName: "opencode",
  maxValueBytes: 32 * KIB,
  maxSpanBytes: 256 * KIB,
  vcs: true,
  identity: Object.freeze({ gitAuthor: false, hostName: false }),
  sampler: Object.freeze({ type: DEFAULT_SAMPLER, ratio: DEFAULT_RATIO }),
  batch: DEFAULT_BATCH,
  /** Milliseconds. The terminal UI gives all plugins together 5 s. */
  flushTimeoutMs: 2_000,
  spool: Object.freeze({ enabled: true, maxBytes: 64 * MIB, maxAgeHours: 7 * 24 }),
  inboundContext: "parent",
  propagateToCommands: true,
})
