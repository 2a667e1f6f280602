/** The backends that the option `backend` knows. The name is also that of the extra span attributes it needs. */
import type { Backend } from "./backend.ts"
import { braintrust } from "./braintrust.ts"
import { datadog } from "./datadog.ts"
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

function isBackendName(name: string): name is BackendName {
  return Object.hasOwn(BACKENDS, name)
}
