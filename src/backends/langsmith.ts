import { under } from "../config/endpoint.ts"
import { absent, type Backend, baseFrom, present } from "./backend.ts"

/** LangSmith. A self-hosted one is named with its API path (`https://host/api/v1`). */
export const langsmith: Backend = (env, given) => {
  const base = baseFrom(env, ["LANGSMITH_ENDPOINT"], {
    setting: "langsmith",
    value: "https://api.smith.langchain.com",
  })
  const key = env.LANGSMITH_API_KEY
  return {
    endpoint: { setting: base.setting, value: under(base.value, "otel/v1/traces") },
    headers: present({ "x-api-key": key, "langsmith-project": env.LANGSMITH_PROJECT }),
    resourceAttributes: {},
    missing: absent({ LANGSMITH_API_KEY: key ?? given.headers["x-api-key"] }),
  }
}
