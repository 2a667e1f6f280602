import {
  absent,
  type Backend,
  basicAuthorization,
  type Environment,
  type Given,
  type Preset,
  present,
  under,
} from "./backend.ts"

/** Grafana Cloud's OTLP gateway, whose address (`https://otlp-gateway-….grafana.net/otlp`) the portal shows. */
export const grafana: Backend = {
  preset,
}

function preset(env: Environment, given: Given): Preset {
  const name = "GRAFANA_CLOUD_OTLP_ENDPOINT"
  const base = env[name]
  const instance = env.GRAFANA_CLOUD_INSTANCE_ID
  const token = env.GRAFANA_CLOUD_API_KEY
  const authorized = given.headers.authorization
  return {
    ...(base && { endpoint: { setting: name, value: under(base, "v1/traces") } }),
    headers: present({ authorization: instance && token && basicAuthorization(instance, token) }),
    resourceAttributes: {},
    missing: absent({
      [name]: base ?? given.endpoint,
      GRAFANA_CLOUD_INSTANCE_ID: instance ?? authorized,
      GRAFANA_CLOUD_API_KEY: token ?? authorized,
    }),
  }
}
