import { under } from "../config/endpoint.ts"
import { basicAuthorization } from "../config/headers.ts"
import { absent, type Backend, baseFrom, present } from "./backend.ts"

/** Langfuse, cloud or self-hosted: Basic credentials of the key pair, and the current ingestion version. */
export const langfuse: Backend = (env, given) => {
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
    missing: absent({
      LANGFUSE_PUBLIC_KEY: publicKey ?? authorized,
      LANGFUSE_SECRET_KEY: secretKey ?? authorized,
    }),
  }
}
