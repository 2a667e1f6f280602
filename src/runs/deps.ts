import type { Context, Link, Tracer } from "@opentelemetry/api"
import type { Capture } from "../genai/capture.ts"
import type { Clock } from "./clock.ts"

/** What the run model needs from its surroundings; all of it is replaced in tests. */
export interface RunDeps {
  readonly tracer: Tracer
  readonly clock: Clock
  readonly settings: RunSettings
  /** What root spans hang under: `ROOT_CONTEXT`, or a remote parent that the user asked for. Never the active context. */
  readonly rootContext: Context
  readonly rootLinks: readonly Link[]
  /** The names of the MCP servers that OpenCode is configured with. */
  readonly mcpServers: () => readonly string[]
  /** The version of the OpenCode that runs, as soon as it is known; else the session's is taken. */
  readonly hostVersion?: () => string | undefined
  /** Puts content on spans, where the user switched that on. */
  readonly capture?: Capture | undefined
  /** Called when a root span has ended, so that its trace can leave at once. Must neither throw nor wait. */
  readonly onRootEnded: () => void
}

export interface RunSettings {
  /** Replaces `gen_ai.agent.name` on root spans (option `agentName`). */
  readonly agentName: string | undefined
  /** OpenCode provider id → `gen_ai.provider.name` (option `providerNames`). */
  readonly providerNames: Readonly<Record<string, string>>
  /** How long a run that is over waits for what it started, in milliseconds, unless a subagent still works. */
  readonly graceMs: number
  readonly limits: RunLimits
}

/** Bounds of every map of the run model, in entries. */
export interface RunLimits {
  readonly openRuns: number
  readonly endedRuns: number
  readonly sessions: number
  readonly messages: number
  readonly calls: number
  readonly asks: number
}

export const DEFAULT_RUN_SETTINGS: RunSettings = {
  agentName: undefined,
  providerNames: {},
  graceMs: 5_000,
  limits: { openRuns: 500, endedRuns: 1_000, sessions: 1_000, messages: 5_000, calls: 5_000, asks: 500 },
}
