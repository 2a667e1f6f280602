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

/** Arize Phoenix: no key on one's own machine, a bearer key for a hosted space. */
export const phoenix: Backend = {
  preset,
}

function preset(env: Environment, given: Given): Preset {
  const base = baseFrom(env, ["PHOENIX_COLLECTOR_ENDPOINT"], {
    setting: "phoenix",
    value: "http://localhost:6006",
  })
  const key = env.PHOENIX_API_KEY
  const hosted = /\.arize\.com(?=[:/]|$)/i.test(base.value)
  return {
    endpoint: { setting: base.setting, value: under(base.value, "v1/traces") },
    headers: present({ authorization: key && `Bearer ${key}` }),
    resourceAttributes: present({ "openinference.project.name": env.PHOENIX_PROJECT_NAME }),
    // A root with a remote parent is not shown as one: the trace would have no name, no input and no output.
    inboundContext: "link",
    missing: absent({ PHOENIX_API_KEY: !hosted || (key ?? given.headers.authorization) }),
  }
}
