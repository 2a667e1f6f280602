import { under } from "../config/endpoint.ts"
import { absent, type Backend, baseFrom, present } from "./backend.ts"

/** Pydantic Logfire. Its tokens name their region: `pylf_v1_eu_…`; older ones are of the US region. */
export const logfire: Backend = (env, given) => {
  const token = env.LOGFIRE_TOKEN
  const region = /^pylf_v\d+_eu_/.test(token ?? "") ? "eu" : "us"
  const base = baseFrom(env, ["LOGFIRE_BASE_URL"], {
    setting: "logfire",
    value: `https://logfire-${region}.pydantic.dev`,
  })
  return {
    endpoint: { setting: base.setting, value: under(base.value, "v1/traces") },
    headers: present({ authorization: token }),
    resourceAttributes: present({ "deployment.environment.name": env.LOGFIRE_ENVIRONMENT }),
    missing: absent({ LOGFIRE_TOKEN: token ?? given.headers.authorization }),
  }
}
