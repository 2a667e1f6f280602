import { absent, type Backend, present } from "./backend.ts"

const DEFAULT_SITE = "datadoghq.com"

/** Datadog LLM Observability, through the OTLP intake of the user's site. */
export const datadog: Backend = (env, given) => {
  const key = env.DD_API_KEY
  const site = env.DD_SITE ?? DEFAULT_SITE
  return {
    endpoint: { setting: env.DD_SITE ? "DD_SITE" : "datadog", value: `https://otlp.${site}/v1/traces` },
    headers: present({ "dd-api-key": key, "dd-otlp-source": "llmobs" }),
    resourceAttributes: present({ "deployment.environment.name": env.DD_ENV }),
    missing: absent({ DD_API_KEY: key ?? given.headers["dd-api-key"] }),
  }
}
