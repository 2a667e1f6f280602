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

/** Where traces go that name no project, as `project_name:`, `project_id:` or `experiment_id:`. */
const DEFAULT_PARENT = "project_name:opencode"

/** Braintrust, cloud or one's own data plane. */
export const braintrust: Backend = {
  preset,
}

function preset(env: Environment, given: Given): Preset {
  const base = baseFrom(env, ["BRAINTRUST_API_URL"], {
    setting: "braintrust",
    value: "https://api.braintrust.dev",
  })
  const key = env.BRAINTRUST_API_KEY
  return {
    endpoint: { setting: base.setting, value: under(base.value, "otel/v1/traces") },
    headers: present({
      authorization: key && `Bearer ${key}`,
      "x-bt-parent": env.BRAINTRUST_PARENT ?? DEFAULT_PARENT,
    }),
    resourceAttributes: {},
    missing: absent({ BRAINTRUST_API_KEY: key ?? given.headers.authorization }),
  }
}
