// Sends what the demo exported to the user's own backend as well, by the plugin's own configuration and sender.
import { type Config, maskUrl, resolveConfig } from "../src/config/index.ts"
import { describe } from "../src/export/export-result.ts"
import { createSender } from "../src/export/sender.ts"

/** The user's configuration, or nothing where their environment names no endpoint. */
export function ownBackend(env: Record<string, string | undefined>): Config | undefined {
  const { config } = resolveConfig({}, env)
  return config.enabled && config.endpointSource !== "default" ? config : undefined
}

/**
 * Posts the bodies of export requests, as they are (uncompressed OTLP), and gives the address they went to,
 * fit to be shown. Throws with advice where the backend does not take them all.
 */
export async function forward(bodies: readonly Uint8Array[], config: Config): Promise<string> {
  const { endpoint, headers, compression, timeoutMs, tls } = config
  const send = createSender({
    ...{ endpoint, headers, compression, userAgent: "opencode-traces-demo" },
    tls: {
      ...(tls.certificate && { caFile: tls.certificate }),
      ...(tls.clientCertificate && { certFile: tls.clientCertificate }),
      ...(tls.clientKey && { keyFile: tls.clientKey }),
    },
  })
  const address = maskUrl(endpoint)
  for (const body of bodies) {
    const outcome = await send(body, { timeoutMs, signal: new AbortController().signal })
    if (outcome.kind !== "accepted") {
      throw new Error(`${address} did not take the trace: ${describe(outcome.failure)}`)
    }
    if (outcome.rejected > 0)
      throw new Error(`${address} rejected ${outcome.rejected} spans: ${outcome.message}`)
  }
  return address
}
