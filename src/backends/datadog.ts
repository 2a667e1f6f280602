import * as names from "../genai/attributes.ts"
import { absent, type Backend, type Environment, type Given, type Preset, present } from "./backend.ts"
import { copied, type Extras } from "./extras.ts"

const DEFAULT_SITE = "datadoghq.com"

/** Datadog drops the resource's attributes and reads the user from this one. */
const extras: Extras = {
  attributes: ({ attributes }) => copied(attributes, { "enduser.id": names.USER_ID }),
}

/** Datadog LLM Observability, through the OTLP intake of the user's site. */
export const datadog: Backend = {
  preset,
  extras,
}

function preset(env: Environment, given: Given): Preset {
  const key = env.DD_API_KEY
  const site = env.DD_SITE ?? DEFAULT_SITE
  return {
    endpoint: { setting: env.DD_SITE ? "DD_SITE" : "datadog", value: `https://otlp.${site}/v1/traces` },
    headers: present({ "dd-api-key": key, "dd-otlp-source": "llmobs" }),
    resourceAttributes: present({ "deployment.environment.name": env.DD_ENV }),
    missing: absent({ DD_API_KEY: key ?? given.headers["dd-api-key"] }),
  }
}
