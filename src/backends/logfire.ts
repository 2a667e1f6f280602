import * as names from "../genai/attributes.ts"
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
import { copied, type Extras } from "./extras.ts"

/** The token badge of Logfire still goes by the provider's former name. */
const extras: Extras = {
  attributes: ({ attributes }) =>
    copied(attributes, { "operation.cost": names.COST, "gen_ai.system": names.PROVIDER_NAME }),
}

/** Pydantic Logfire. Its tokens name their region: `pylf_v1_eu_…`; older ones are of the US region. */
export const logfire: Backend = {
  preset,
  extras,
}

function preset(env: Environment, given: Given): Preset {
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
