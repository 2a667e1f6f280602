import {
  absent,
  type Backend,
  baseFrom,
  type Environment,
  type Given,
  type Preset,
  present,
  under,
} from "./backend.ts"

/** Honeycomb. The dataset is `service.name`, except in classic environments, which name it in a header. */
export const honeycomb: Backend = {
  preset,
}

function preset(env: Environment, given: Given): Preset {
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
