/** The sampler of the configuration as one of the SDK's. */
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  ParentBasedSampler,
  type Sampler,
  TraceIdRatioBasedSampler,
} from "@opentelemetry/sdk-trace-base"
import type { SamplerType, Sampling } from "../config/index.ts"

/**
 * One sampler per name of the specification. A run is kept or dropped whole under the `parentbased_` ones: the
 * decision falls on the root span, and everything beneath it, subagents included, follows. Given explicitly to
 * the provider, so that the SDK does not look at the environment again.
 */
export function createSampler({ type, ratio }: Sampling): Sampler {
  const samplers: Record<SamplerType, () => Sampler> = {
    always_on: () => new AlwaysOnSampler(),
    always_off: () => new AlwaysOffSampler(),
    traceidratio: () => new TraceIdRatioBasedSampler(ratio),
    parentbased_always_on: () => new ParentBasedSampler({ root: new AlwaysOnSampler() }),
    parentbased_always_off: () => new ParentBasedSampler({ root: new AlwaysOffSampler() }),
    parentbased_traceidratio: () => new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(ratio) }),
  }
  return samplers[type]()
}
