import * as names from "../genai/attributes.ts"
import { absent, type Backend, type Environment, type Given, type Preset, present } from "./backend.ts"
import { copied, type Extras } from "./extras.ts"

const extras: Extras = {
  attributes: ({ attributes }) => copied(attributes, { "gen_ai.cost.total_tokens": names.COST }),
}

/** Sentry: the traces URL and the public key both follow from the project's DSN. */
export const sentry: Backend = {
  preset,
  extras,
}

function preset(env: Environment, given: Given): Preset {
  const dsn = readDsn(env.SENTRY_DSN)
  const covered = given.endpoint && given.headers["x-sentry-auth"]
  return {
    ...(dsn && { endpoint: { setting: "SENTRY_DSN", value: dsn.url } }),
    headers: present({ "x-sentry-auth": dsn && `sentry sentry_key=${dsn.key}` }),
    resourceAttributes: present({ "deployment.environment.name": env.SENTRY_ENVIRONMENT }),
    missing: absent({ "SENTRY_DSN (https://KEY@HOST/PROJECT)": dsn ?? covered }),
  }
}

/** `https://KEY@HOST/[PATH/]PROJECT`, as Sentry's client keys page shows it. */
function readDsn(value: string | undefined): Readonly<{ url: string; key: string }> | undefined {
  const dsn = URL.parse(value ?? "")
  const match = /^(.*)\/(\d+)\/?$/.exec(dsn?.pathname ?? "")
  if (!dsn || !match || dsn.username === "") return undefined
  const [, prefix, project] = match
  return {
    url: `${dsn.protocol}//${dsn.host}${prefix}/api/${project}/integration/otlp/v1/traces`,
    key: dsn.username,
  }
}
