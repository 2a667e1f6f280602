/** The backends that the option `backend` knows. */
import type { Backend } from "./backend.ts"
import { braintrust } from "./braintrust.ts"
import { datadog } from "./datadog.ts"
import type { Extras } from "./extras.ts"
import { grafana } from "./grafana.ts"
import { honeycomb } from "./honeycomb.ts"
import { jaeger } from "./jaeger.ts"
import { langfuse } from "./langfuse.ts"
import { langsmith } from "./langsmith.ts"
import { logfire } from "./logfire.ts"
import { mlflow } from "./mlflow.ts"
import { phoenix } from "./phoenix.ts"
import { sentry } from "./sentry.ts"
import { weave } from "./weave.ts"

export const BACKENDS = Object.freeze({
  weave,
  langfuse,
  phoenix,
  langsmith,
  braintrust,
  honeycomb,
  datadog,
  grafana,
  logfire,
  sentry,
  mlflow,
  jaeger,
} satisfies Record<string, Backend>)

export type BackendName = keyof typeof BACKENDS

export const BACKEND_NAMES: readonly BackendName[] = Object.freeze(
  Object.keys(BACKENDS).filter(isBackendName),
)

/** What to add to the spans for a backend; nothing where it needs nothing, or where there is none. */
export function extrasFor(name: BackendName | undefined): Extras | undefined {
  const backend: Backend | undefined = name && BACKENDS[name]
  return backend?.extras
}

function isBackendName(name: string): name is BackendName {
  return Object.hasOwn(BACKENDS, name)
}
