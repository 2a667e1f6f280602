/** The configuration of one plugin instance: plain, frozen data that knows nothing of OpenTelemetry's classes. */

import type { InboundContext, Pairs } from "../backends/backend.ts"
import type { BackendName } from "../backends/index.ts"
import type { ContentCapture } from "./capture-options.ts"
import type { Batch, Sampling, SpanLimits } from "./limits.ts"
import type { RemoteParent } from "./traceparent.ts"

export type AttributeValues = Readonly<Record<string, string | number | boolean>>

/** Who named the endpoint. `default`: nobody, so a refused connection is to be expected. */
export type EndpointSource = "option" | "backend" | "environment" | "default"

export type Config = Readonly<{
  /** False: the plugin does nothing at all. */
  enabled: boolean
  /** The complete traces URL, without credentials. */
  endpoint: string
  endpointSource: EndpointSource
  /** Names in lower case, values secret. */
  headers: Pairs
  /** Milliseconds for one request. */
  timeoutMs: number
  compression: "none" | "gzip"
  /** Paths of PEM files; read by whoever opens the connection. */
  tls: Readonly<{ certificate?: string; clientKey?: string; clientCertificate?: string }>
  serviceName: string
  /** Everything that the user and the preset want on the resource, `service.name` included. */
  resourceAttributes: AttributeValues
  /** Set on every span. */
  spanAttributes: AttributeValues
  /** Replaces OpenCode's agent name on root runs. */
  agentName?: string
  captureContent: ContentCapture
  /** The user's own patterns of secrets, as sources of regular expressions that compile. */
  redact: readonly string[]
  /** Bytes of one content attribute, and of all content of a span. */
  maxValueBytes: number
  maxSpanBytes: number
  /** The backend whose extra span attributes are added; absent: semantic conventions alone. */
  backend?: BackendName
  identity: Readonly<{ userId?: string; gitAuthor: boolean; hostName: boolean }>
  /** Whether roots carry branch, revision and address of the repository. */
  vcs: boolean
  /** `gen_ai.provider.name` by OpenCode's provider id. */
  providerNames: Pairs
  sampler: Sampling
  limits: SpanLimits
  batch: Batch
  /** Milliseconds for the last export when OpenCode ends. */
  flushTimeoutMs: number
  /** What happens to batches that cannot be delivered. */
  spool: Readonly<{ enabled: boolean; directory: string; maxBytes: number; maxAgeHours: number }>
  inboundContext: InboundContext
  /** The span that OpenCode was started in, unless `inboundContext` is `ignore` or there is none. */
  remoteParent?: RemoteParent
  propagateToCommands: boolean
  /** OpenCode's provider ids. */
  propagateToProviders: readonly string[]
}>
