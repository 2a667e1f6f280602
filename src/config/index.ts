/** What the rest of the plugin may know of configuration. */

export type { Environment } from "../backends/backend.ts"
export type { BackendName } from "../backends/index.ts"
export type { ContentCapture } from "./capture-options.ts"
export type { AttributeValues, Config, EndpointSource } from "./config.ts"
export type { Batch, SamplerType, Sampling, SpanLimits } from "./limits.ts"
export { formatProblem, maskSecret, maskUrl, type Problem, type Severity } from "./problem.ts"
export { type Resolved, resolveConfig } from "./resolve.ts"
export { isRemoteParent, parseTraceparent, parseTracestate, type RemoteParent } from "./traceparent.ts"
