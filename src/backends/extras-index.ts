import type { BackendName } from "../config/index.ts"
import * as names from "../genai/attributes.ts"
import { copied, type Extras } from "./extras.ts"
import { langfuse } from "./langfuse-extras.ts"
import { langsmith } from "./langsmith-extras.ts"
import { weave } from "./weave-extras.ts"

export type { Extras } from "./extras.ts"

/** The token badge of Logfire still goes by the provider's former name. */
const logfire: Extras = {
  attributes: ({ attributes }) =>
    copied(attributes, { "operation.cost": names.COST, "gen_ai.system": names.PROVIDER_NAME }),
}

const sentry: Extras = {
  attributes: ({ attributes }) => copied(attributes, { "gen_ai.cost.total_tokens": names.COST }),
}

/** Datadog drops the resource's attributes and reads the user from this one. */
const datadog: Extras = {
  attributes: ({ attributes }) => copied(attributes, { "enduser.id": names.USER_ID }),
}

/** The backends that read more than the conventions. All others get the conventions alone. */
const EXTRAS: Readonly<Partial<Record<BackendName, Extras>>> = Object.freeze({
  weave,
  langfuse,
  langsmith,
  logfire,
  sentry,
  datadog,
})

/** What to add to the spans for a backend; without one, nothing. */
export function extrasFor(backend: BackendName | undefined): Extras | undefined {
  return backend && EXTRAS[backend]
}
