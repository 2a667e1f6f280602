import * as names from "../genai/attributes.ts"
import {
  absent,
  type Backend,
  baseFrom,
  basicAuthorization,
  type Environment,
  type Given,
  type Preset,
  present,
  under,
} from "./backend.ts"
import { copied, type Extras } from "./extras.ts"

/**
 * Langfuse: the session on every span, which its newest ingestion asks for, and OpenCode's own cost instead of one
 * by Langfuse's price list. Tags, where the user wants some, are the option `spanAttributes`' `langfuse.trace.tags`.
 */
const extras: Extras = {
  attributes: ({ attributes }) =>
    copied(attributes, { "session.id": names.CONVERSATION_ID, "gen_ai.usage.cost": names.COST }),
}

/** Langfuse, cloud or self-hosted: Basic credentials of the key pair, and the current ingestion version. */
export const langfuse: Backend = {
  preset,
  extras,
}

function preset(env: Environment, given: Given): Preset {
  const base = baseFrom(env, ["LANGFUSE_BASE_URL", "LANGFUSE_BASEURL", "LANGFUSE_HOST"], {
    setting: "langfuse",
    value: "https://cloud.langfuse.com",
  })
  const publicKey = env.LANGFUSE_PUBLIC_KEY
  const secretKey = env.LANGFUSE_SECRET_KEY
  const authorized = given.headers.authorization
  return {
    endpoint: { setting: base.setting, value: under(base.value, "api/public/otel/v1/traces") },
    headers: present({
      authorization: publicKey && secretKey ? basicAuthorization(publicKey, secretKey) : undefined,
      "x-langfuse-ingestion-version": "4",
    }),
    resourceAttributes: present({
      "langfuse.environment": env.LANGFUSE_TRACING_ENVIRONMENT,
      "langfuse.release": env.LANGFUSE_RELEASE,
    }),
    // A root with a remote parent is not shown as one: the trace would have no name, no input and no output.
    inboundContext: "link",
    missing: absent({
      LANGFUSE_PUBLIC_KEY: publicKey ?? authorized,
      LANGFUSE_SECRET_KEY: secretKey ?? authorized,
    }),
  }
}
