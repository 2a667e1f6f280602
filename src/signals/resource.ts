/** The resource: what produced the spans. */
import { defaultResource, type Resource, resourceFromAttributes } from "@opentelemetry/resources"
import { ATTR_SERVICE_VERSION } from "@opentelemetry/semantic-conventions"
import type { Config } from "../config/index.ts"

/**
 * The SDK's own `telemetry.sdk.*`, `service.version` (OpenCode's, where it is known and the user gave no other),
 * and what the configuration says. `detected`: further attributes, such as `host.name`; the user's win over them.
 *
 * A version that is told later is missing on what is exported before. That it was told is seen only by someone who
 * waits for it, hence the call at the end.
 *
 * No detector runs: the process detector would put the command line, and with it the prompt of
 * `opencode run "…"`, on every span. The SDK's default `service.name`, which holds the executable's path, is
 * always overwritten, because the configuration always has one.
 */
export function createResource(
  config: Pick<Config, "resourceAttributes">,
  version?: string | Promise<string | undefined>,
  detected: Config["resourceAttributes"] = {},
): Resource {
  const attributes = {
    ...(version && { [ATTR_SERVICE_VERSION]: version }),
    ...detected,
    ...config.resourceAttributes,
  }
  const resource = defaultResource().merge(resourceFromAttributes(attributes))
  resource.waitForAsyncAttributes?.().catch(() => {})
  return resource
}
