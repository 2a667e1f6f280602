import { describe, expect, test } from "bun:test"
import { BACKEND_NAMES } from "../../../src/backends/index.ts"
import { type Config, formatProblem, resolveConfig } from "../../../src/config/index.ts"

type Env = Record<string, string>

/** The parts of the request that a backend decides. */
function request(options: object, env: Env) {
  const { config, problems } = resolveConfig(options, env)
  const { "service.name": _name, ...resource } = config.resourceAttributes
  return {
    url: config.endpoint,
    headers: config.headers,
    resource,
    inbound: config.inboundContext,
    said: problems.map(formatProblem),
  }
}

const basic = (user: string, password: string) => `Basic ${btoa(`${user}:${password}`)}`

type Golden = Readonly<{
  options?: object
  env: Env
  url: string
  headers?: Record<string, string>
  resource?: Record<string, string>
  inbound?: Config["inboundContext"]
}>

const golden: Record<string, Golden> = {
  weave: {
    env: { WANDB_API_KEY: "wk", WEAVE_PROJECT: "team/app" },
    url: "https://trace.wandb.ai/agents/otel/v1/traces",
    headers: { "wandb-api-key": "wk" },
    resource: { "wandb.entity": "team", "wandb.project": "app" },
    inbound: "link",
  },
  langfuse: {
    env: {
      LANGFUSE_PUBLIC_KEY: "pk-lf-1",
      LANGFUSE_SECRET_KEY: "sk-lf-2",
      LANGFUSE_TRACING_ENVIRONMENT: "ci",
      LANGFUSE_RELEASE: "1.2",
    },
    url: "https://cloud.langfuse.com/api/public/otel/v1/traces",
    headers: { authorization: basic("pk-lf-1", "sk-lf-2"), "x-langfuse-ingestion-version": "4" },
    resource: { "langfuse.environment": "ci", "langfuse.release": "1.2" },
    inbound: "link",
  },
  phoenix: {
    env: { PHOENIX_PROJECT_NAME: "agents" },
    url: "http://localhost:6006/v1/traces",
    resource: { "openinference.project.name": "agents" },
    inbound: "link",
  },
  langsmith: {
    env: { LANGSMITH_API_KEY: "lk", LANGSMITH_PROJECT: "agents" },
    url: "https://api.smith.langchain.com/otel/v1/traces",
    headers: { "x-api-key": "lk", "langsmith-project": "agents" },
  },
  braintrust: {
    env: { BRAINTRUST_API_KEY: "bk", BRAINTRUST_PARENT: "project_name:agents" },
    url: "https://api.braintrust.dev/otel/v1/traces",
    headers: { authorization: "Bearer bk", "x-bt-parent": "project_name:agents" },
  },
  honeycomb: {
    env: { HONEYCOMB_API_KEY: "hk" },
    url: "https://api.honeycomb.io/v1/traces",
    headers: { "x-honeycomb-team": "hk" },
  },
  datadog: {
    env: { DD_API_KEY: "dk", DD_SITE: "datadoghq.eu", DD_ENV: "ci" },
    url: "https://otlp.datadoghq.eu/v1/traces",
    headers: { "dd-api-key": "dk", "dd-otlp-source": "llmobs" },
    resource: { "deployment.environment.name": "ci" },
  },
  grafana: {
    env: {
      GRAFANA_CLOUD_OTLP_ENDPOINT: "https://otlp-gateway-prod-eu-west-2.grafana.net/otlp",
      GRAFANA_CLOUD_INSTANCE_ID: "123",
      GRAFANA_CLOUD_API_KEY: "glc_x",
    },
    url: "https://otlp-gateway-prod-eu-west-2.grafana.net/otlp/v1/traces",
    headers: { authorization: basic("123", "glc_x") },
  },
  logfire: {
    env: { LOGFIRE_TOKEN: "pylf_v1_us_abc", LOGFIRE_ENVIRONMENT: "ci" },
    url: "https://logfire-us.pydantic.dev/v1/traces",
    headers: { authorization: "pylf_v1_us_abc" },
    resource: { "deployment.environment.name": "ci" },
  },
  sentry: {
    env: { SENTRY_DSN: "https://abc123@o42.ingest.us.sentry.io/4505", SENTRY_ENVIRONMENT: "ci" },
    url: "https://o42.ingest.us.sentry.io/api/4505/integration/otlp/v1/traces",
    headers: { "x-sentry-auth": "sentry sentry_key=abc123" },
    resource: { "deployment.environment.name": "ci" },
  },
  mlflow: {
    env: { MLFLOW_EXPERIMENT_ID: "7", MLFLOW_TRACKING_TOKEN: "mt" },
    url: "http://localhost:5000/v1/traces",
    headers: { "x-mlflow-experiment-id": "7", authorization: "Bearer mt" },
    inbound: "link",
  },
  jaeger: { env: {}, url: "http://localhost:4318/v1/traces" },
}

test("every preset has its golden request", () => {
  expect(Object.keys(golden)).toEqual([...BACKEND_NAMES])
})

describe("the request of a preset", () => {
  test.each(Object.entries(golden))(
    "%s",
    (backend, { env, url, headers = {}, resource = {}, inbound = "parent" }) => {
      expect(request({ backend }, env)).toEqual({ url, headers, resource, inbound, said: [] })
    },
  )

  test.each(Object.entries(golden))(
    "%s, its variables in the option backendEnv",
    (backend, { env, url, headers = {} }) => {
      const { said, ...given } = request({ backend, backendEnv: env }, {})
      expect({ url: given.url, headers: given.headers, said }).toEqual({ url, headers, said: [] })
    },
  )
})

describe("the address of a preset", () => {
  const cases: [backend: string, env: Env, url: string][] = [
    ["weave", { WANDB_BASE_URL: "https://api.wandb.ai" }, "https://trace.wandb.ai/agents/otel/v1/traces"],
    ["weave", { WANDB_BASE_URL: "https://api.wandb.ai/" }, "https://trace.wandb.ai/agents/otel/v1/traces"],
    ["weave", { WANDB_BASE_URL: "https://acme.wandb.io" }, "https://acme.wandb.io/agents/otel/v1/traces"],
    ["weave", { WANDB_BASE_URL: "https://a.b/c/" }, "https://a.b/c/agents/otel/v1/traces"],
    [
      "weave",
      { WF_TRACE_SERVER_URL: "http://127.0.0.1:6345", WANDB_BASE_URL: "https://api.wandb.ai" },
      "http://127.0.0.1:6345/agents/otel/v1/traces",
    ],
    ["weave", { WF_TRACE_SERVER_URL: "https://api.wandb.ai" }, "https://api.wandb.ai/agents/otel/v1/traces"],
    [
      "langfuse",
      { LANGFUSE_BASE_URL: "https://us.cloud.langfuse.com/" },
      "https://us.cloud.langfuse.com/api/public/otel/v1/traces",
    ],
    [
      "langfuse",
      { LANGFUSE_HOST: "http://localhost:3000" },
      "http://localhost:3000/api/public/otel/v1/traces",
    ],
    [
      "phoenix",
      { PHOENIX_COLLECTOR_ENDPOINT: "http://localhost:6006/v1/traces" },
      "http://localhost:6006/v1/traces",
    ],
    [
      "phoenix",
      { PHOENIX_COLLECTOR_ENDPOINT: "https://app.phoenix.arize.com/s/me" },
      "https://app.phoenix.arize.com/s/me/v1/traces",
    ],
    [
      "langsmith",
      { LANGSMITH_ENDPOINT: "https://eu.api.smith.langchain.com" },
      "https://eu.api.smith.langchain.com/otel/v1/traces",
    ],
    [
      "langsmith",
      { LANGSMITH_ENDPOINT: "https://own.example/api/v1" },
      "https://own.example/api/v1/otel/v1/traces",
    ],
    [
      "braintrust",
      { BRAINTRUST_API_URL: "https://api-eu.braintrust.dev" },
      "https://api-eu.braintrust.dev/otel/v1/traces",
    ],
    [
      "honeycomb",
      { HONEYCOMB_API_ENDPOINT: "https://api.eu1.honeycomb.io" },
      "https://api.eu1.honeycomb.io/v1/traces",
    ],
    ["datadog", {}, "https://otlp.datadoghq.com/v1/traces"],
    ["logfire", { LOGFIRE_TOKEN: "pylf_v1_eu_abc" }, "https://logfire-eu.pydantic.dev/v1/traces"],
    ["logfire", { LOGFIRE_TOKEN: "old" }, "https://logfire-us.pydantic.dev/v1/traces"],
    [
      "sentry",
      { SENTRY_DSN: "https://k@own.example/prefix/3" },
      "https://own.example/prefix/api/3/integration/otlp/v1/traces",
    ],
    ["mlflow", { MLFLOW_TRACKING_URI: "https://ml.example/" }, "https://ml.example/v1/traces"],
  ]
  test.each(cases)("%s %j", (backend, env, url) => {
    expect(request({ backend }, env).url).toBe(url)
  })
})

describe("missing credentials are named in one message", () => {
  const ending =
    "expected them in the environment or in the option backendEnv; using requests without them, which the backend will refuse."
  const cases: [backend: string, env: Env, missing: string][] = [
    ["weave", {}, 'no WANDB_API_KEY and no WEAVE_PROJECT ("entity/project")'],
    ["weave", { WANDB_API_KEY: "k", WEAVE_PROJECT: "only-project" }, 'no WEAVE_PROJECT ("entity/project")'],
    [
      "weave",
      { WANDB_API_KEY: " ", WEAVE_PROJECT: "a/b/c" },
      'no WANDB_API_KEY and no WEAVE_PROJECT ("entity/project")',
    ],
    ["langfuse", {}, "no LANGFUSE_PUBLIC_KEY and no LANGFUSE_SECRET_KEY"],
    ["langfuse", { LANGFUSE_PUBLIC_KEY: "pk" }, "no LANGFUSE_SECRET_KEY"],
    ["phoenix", { PHOENIX_COLLECTOR_ENDPOINT: "https://app.phoenix.arize.com/s/me" }, "no PHOENIX_API_KEY"],
    ["langsmith", {}, "no LANGSMITH_API_KEY"],
    ["braintrust", {}, "no BRAINTRUST_API_KEY"],
    ["honeycomb", {}, "no HONEYCOMB_API_KEY"],
    ["datadog", {}, "no DD_API_KEY"],
    [
      "grafana",
      {},
      "no GRAFANA_CLOUD_OTLP_ENDPOINT and no GRAFANA_CLOUD_INSTANCE_ID and no GRAFANA_CLOUD_API_KEY",
    ],
    ["logfire", {}, "no LOGFIRE_TOKEN"],
    ["sentry", {}, "no SENTRY_DSN (https://KEY@HOST/PROJECT)"],
    [
      "sentry",
      { SENTRY_DSN: "https://o1.ingest.sentry.io/4505" },
      "no SENTRY_DSN (https://KEY@HOST/PROJECT)",
    ],
    ["mlflow", {}, "no MLFLOW_EXPERIMENT_ID"],
  ]
  test.each(cases)("%s %j", (backend, env, missing) => {
    expect(request({ backend }, env).said).toEqual([`backend "${backend}": got ${missing}, ${ending}`])
  })

  test("what the user gives otherwise is not missing", () => {
    const none = (options: object, env: Env = {}) => expect(request(options, env).said).toEqual([])
    const resourceAttributes = { "wandb.entity": "e", "wandb.project": "p" }
    none({ backend: "weave", headers: { "WANDB-API-KEY": "k" }, resourceAttributes })
    none({ backend: "weave", headers: { authorization: "Basic x", project_id: "e/p" } })
    none(
      { backend: "weave" },
      { WANDB_API_KEY: "k", OTEL_RESOURCE_ATTRIBUTES: "wandb.entity=e,wandb.project=p" },
    )
    none({ backend: "langfuse", headers: { Authorization: "Basic x" } })
    none({ backend: "grafana", headers: { authorization: "Basic x" }, endpoint: "https://g/otlp/v1/traces" })
    none(
      { backend: "grafana" },
      { OPENCODE_OTLP_ENDPOINT: "https://g/otlp", OPENCODE_OTLP_HEADERS: "authorization=x" },
    )
    none({ backend: "sentry", endpoint: "https://s/otlp/v1/traces", headers: { "x-sentry-auth": "s" } })
  })
})

describe("precedence around a preset", () => {
  const env = { WANDB_API_KEY: "wk", WEAVE_PROJECT: "team/app" }
  const preset = request({ backend: "weave" }, env)

  test("explicit options win", () => {
    const options = {
      backend: "weave",
      endpoint: "https://own.example/t",
      headers: { "WANDB-API-KEY": "mine", extra: "1" },
      resourceAttributes: { "wandb.project": "other" },
    }
    expect(request(options, env)).toEqual({
      url: "https://own.example/t",
      headers: { "wandb-api-key": "mine", extra: "1" },
      resource: { "wandb.entity": "team", "wandb.project": "other" },
      inbound: "link",
      said: [],
    })
  })

  test("a preset wins over the variables, whose credentials and certificates stay at home", () => {
    const standard = {
      OTEL_EXPORTER_OTLP_ENDPOINT: "http://elsewhere:4317",
      OTEL_EXPORTER_OTLP_HEADERS: "authorization=Bearer%20elsewhere",
      OTEL_EXPORTER_OTLP_TRACES_HEADERS: "x-key=elsewhere",
      OTEL_EXPORTER_OTLP_CERTIFICATE: "/private-ca.pem",
      OTEL_EXPORTER_OTLP_PROTOCOL: "grpc",
      OTEL_EXPORTER_OTLP_TIMEOUT: "5000",
    }
    expect(request({ backend: "weave" }, { ...standard, ...env })).toEqual(preset)
    const { config } = resolveConfig({ backend: "weave" }, { ...standard, ...env })
    expect(config.tls).toEqual({})
    expect(config.timeoutMs).toBe(5_000)
    expect(config.endpointSource).toBe("backend")
    expect(config.backend).toBe("weave")
  })

  test("the plugin's own headers go along", () => {
    const { headers } = request({ backend: "weave" }, { ...env, OPENCODE_OTLP_HEADERS: "x-team=a" })
    expect(headers).toEqual({ "wandb-api-key": "wk", "x-team": "a" })
  })

  test("backendEnv wins over the environment", () => {
    const { headers } = request({ backend: "weave", backendEnv: { WANDB_API_KEY: "mine" } }, env)
    expect(headers).toEqual({ "wandb-api-key": "mine" })
  })

  test("an address that is none is named by its variable, and no other variable gets the credentials", () => {
    const wrong = { WANDB_BASE_URL: "ftp://x", OTEL_EXPORTER_OTLP_ENDPOINT: "http://elsewhere:4318" }
    expect(request({ backend: "weave" }, { ...env, ...wrong })).toMatchObject({
      url: "http://localhost:4318/v1/traces",
      said: [
        'WANDB_BASE_URL: got "ftp://x/agents/otel/v1/traces", expected a URL such as http://localhost:4318; using http://localhost:4318/v1/traces.',
      ],
    })
  })
})
