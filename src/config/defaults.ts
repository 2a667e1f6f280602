/** What holds where neither an option nor a variable says otherwise. */

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
  /** By the specification. */
  sampler: Object.freeze({ type: "parentbased_always_on", ratio: 1 }),
  /** Attributes, events and links, by the specification. */
  spanLimitCount: 128,
  /**
   * Smaller than the specification's 512 spans and 5 s: serialising 512 spans of 2 KB blocks OpenCode's event
   * loop for 20 ms. The queue is larger than its 2,048, because a long run ends thousands of spans at once.
   */
  batch: Object.freeze({
    maxQueueSize: 40_000,
    maxExportBatchSize: 64,
    scheduleDelayMs: 1_000,
    exportTimeoutMs: 30_000,
  }),
  /** Milliseconds. The terminal UI gives all plugins together 5 s. */
  flushTimeoutMs: 2_000,
  spool: Object.freeze({ enabled: true, maxBytes: 64 * MIB, maxAgeHours: 7 * 24 }),
  inboundContext: "parent",
  propagateToCommands: true,
})
