// Sends what the demo exported to the user's own backend as well.
import type { ExportRequest } from "../tests/harness/otlp-receiver.ts"

export type Target = { url: string; headers: Record<string, string>; variable: string }

/** `a=1,b=2%20` as the OpenTelemetry specification writes headers in a variable. */
function pairs(text: string | undefined): [string, string][] {
  return (text ?? "").split(",").flatMap((entry): [string, string][] => {
    const at = entry.indexOf("=")
    if (at < 1) return []
    return [[entry.slice(0, at).trim(), decodeURIComponent(entry.slice(at + 1).trim())]]
  })
}

/** Where the user's environment sends traces, or nothing where it names no endpoint. */
export function target(env: Record<string, string | undefined>): Target | undefined {
  const exact = env.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT
  const headers = Object.fromEntries([
    ...pairs(env.OTEL_EXPORTER_OTLP_HEADERS),
    ...pairs(env.OTEL_EXPORTER_OTLP_TRACES_HEADERS),
    ...pairs(env.OPENCODE_OTLP_HEADERS),
  ])
  const base = env.OPENCODE_OTLP_ENDPOINT
  if (base) {
    const url = base.endsWith("/v1/traces") ? base : `${base.replace(/\/+$/, "")}/v1/traces`
    return { url, headers, variable: "OPENCODE_OTLP_ENDPOINT" }
  }
  return exact ? { url: exact, headers, variable: "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT" } : undefined
}

/** Posts the very bytes of every export request; rejects with what the backend answered where it refuses one. */
export async function forward(requests: readonly ExportRequest[], { url, headers }: Target): Promise<void> {
  for (const request of requests) {
    const encoding = request.headers["content-encoding"]
    const response = await fetch(url, {
      method: "POST",
      body: request.body,
      headers: {
        "content-type": "application/x-protobuf",
        ...(encoding ? { "content-encoding": encoding } : {}),
        ...headers,
      },
      signal: AbortSignal.timeout(10_000),
    })
    if (!response.ok)
      throw new Error(`it answered ${response.status} ${(await response.text()).slice(0, 200)}`)
  }
}
