import type { Backend } from "./backend.ts"

/** Jaeger 2 on this machine: plain OTLP on its default port, no credentials. */
export const jaeger: Backend = {
  preset: () => ({
    endpoint: { setting: "jaeger", value: "http://localhost:4318/v1/traces" },
    headers: {},
    resourceAttributes: {},
    missing: [],
  }),
}
