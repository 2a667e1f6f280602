import { under } from "../config/endpoint.ts"
import { absent, type Backend, baseFrom, present } from "./backend.ts"

/** Honeycomb. The dataset is `service.name`, except in classic environments, which name it in a header. */
export const honeycomb: Backend = (env, given) => {
  const base = baseFrom(env, ["HONEYCOMB_API_ENDPOINT"], {
    setting: "honeycomb",
    value: "https://api.honeycomb.io",
  })
  const key = env.HONEYCOMB_API_KEY
  return {
    endpoint: { setting: base.setting, value: under(base.value, "v1/traces") },
    headers: present({ "x-honeycomb-team": key, "x-honeycomb-dataset": env.HONEYCOMB_DATASET }),
    resourceAttributes: {},
    missing: absent({ HONEYCOMB_API_KEY: key ?? given.headers["x-honeycomb-team"] }),
  }
}
