// What a backend's server really receives: a span of every preset goes through the real pipeline to a loopback
// receiver that stands in for the backend.
import { afterAll, beforeAll, beforeEach, expect, test } from "bun:test"
import { ROOT_CONTEXT } from "@opentelemetry/api"
import { NodeTracerProvider } from "@opentelemetry/sdk-trace-node"
import { type BackendName, resolveConfig } from "../../../src/config/index.ts"
import { createPipeline } from "../../../src/export/pipeline.ts"
import { createResource, createSampler, pipelineConfig, spanLimits } from "../../../src/signals/traces.ts"
import { type OtlpReceiver, startOtlpReceiver } from "../../harness/otlp-receiver.ts"

let receiver: OtlpReceiver

beforeAll(async () => {
  receiver = await startOtlpReceiver()
})
beforeEach(() => receiver.reset())
afterAll(() => receiver.stop())

/** Sends one span with this configuration; answers the request as the server saw it. */
async function send(options: object, env: Record<string, string>) {
  const { config, problems } = resolveConfig({ ...options, spool: false }, env)
  expect(problems).toEqual([])
  const said: string[] = []
  const pipeline = createPipeline(pipelineConfig(config), { report: (_level, message) => said.push(message) })
  const provider = new NodeTracerProvider({
    resource: createResource(config, "1.18.33"),
    sampler: createSampler(config.sampler),
    spanLimits: spanLimits(config),
    spanProcessors: [pipeline.processor],
  })
  provider.getTracer("opencode-traces").startSpan("invoke_agent build", {}, ROOT_CONTEXT).end()
  await pipeline.shutdown(10_000)
  expect(said).toEqual([])
  const [request, ...more] = receiver.requests
  expect(more.length).toBe(0)
  const resource = receiver.spans[0]?.resource ?? {}
  const own = Object.entries(resource).filter(([key]) => !key.startsWith("telemetry.sdk."))
  return { path: request?.path, headers: request?.headers ?? {}, resource: Object.fromEntries(own) }
}

const service = { "service.name": "opencode", "service.version": "1.18.33" }
const basic = (pair: string) => `Basic ${btoa(pair)}`

type Row = [
  backend: BackendName,
  env: (url: string) => Record<string, string>,
  path: string,
  headers: Record<string, string>,
  resource?: Record<string, string>,
]

const rows: Row[] = [
  [
    "weave",
    (url) => ({ WF_TRACE_SERVER_URL: url, WANDB_API_KEY: "wk", WEAVE_PROJECT: "team/app" }),
    "/agents/otel/v1/traces",
    { "wandb-api-key": "wk" },
    { "wandb.entity": "team", "wandb.project": "app" },
  ],
  [
    "langfuse",
    (url) => ({ LANGFUSE_BASE_URL: url, LANGFUSE_PUBLIC_KEY: "pk", LANGFUSE_SECRET_KEY: "sk" }),
    "/api/public/otel/v1/traces",
    { authorization: basic("pk:sk"), "x-langfuse-ingestion-version": "4" },
  ],
  [
    "phoenix",
    (url) => ({ PHOENIX_COLLECTOR_ENDPOINT: url, PHOENIX_API_KEY: "pk", PHOENIX_PROJECT_NAME: "p" }),
    "/v1/traces",
    { authorization: "Bearer pk" },
    { "openinference.project.name": "p" },
  ],
  [
    "langsmith",
    (url) => ({ LANGSMITH_ENDPOINT: url, LANGSMITH_API_KEY: "lk", LANGSMITH_PROJECT: "p" }),
    "/otel/v1/traces",
    { "x-api-key": "lk", "langsmith-project": "p" },
  ],
  [
    "braintrust",
    (url) => ({ BRAINTRUST_API_URL: url, BRAINTRUST_API_KEY: "bk" }),
    "/otel/v1/traces",
    { authorization: "Bearer bk", "x-bt-parent": "project_name:opencode" },
  ],
  [
    "honeycomb",
    (url) => ({ HONEYCOMB_API_ENDPOINT: url, HONEYCOMB_API_KEY: "hk" }),
    "/v1/traces",
    { "x-honeycomb-team": "hk" },
  ],
  [
    "grafana",
    (url) => ({
      GRAFANA_CLOUD_OTLP_ENDPOINT: `${url}/otlp`,
      GRAFANA_CLOUD_INSTANCE_ID: "1",
      GRAFANA_CLOUD_API_KEY: "glc",
    }),
    "/otlp/v1/traces",
    { authorization: basic("1:glc") },
  ],
  [
    "logfire",
    (url) => ({ LOGFIRE_BASE_URL: url, LOGFIRE_TOKEN: "lt" }),
    "/v1/traces",
    { authorization: "lt" },
  ],
  [
    "sentry",
    (url) => ({ SENTRY_DSN: `${url.replace("//", "//key@")}/4505` }),
    "/api/4505/integration/otlp/v1/traces",
    { "x-sentry-auth": "sentry sentry_key=key" },
  ],
  [
    "mlflow",
    (url) => ({ MLFLOW_TRACKING_URI: url, MLFLOW_EXPERIMENT_ID: "7" }),
    "/v1/traces",
    { "x-mlflow-experiment-id": "7" },
  ],
]

test.each(rows)("%s", async (backend, env, path, headers, resource = {}) => {
  const received = await send({ backend }, env(receiver.url))
  expect(received.path).toBe(path)
  expect(received.headers).toMatchObject({ ...headers, "content-type": "application/x-protobuf" })
  expect(received.resource).toEqual({ ...service, ...resource })
})

test.each([
  ["datadog", { DD_API_KEY: "dk" }, { "dd-api-key": "dk", "dd-otlp-source": "llmobs" }],
  ["jaeger", {}, {}],
] as const)("%s, at an explicit address", async (backend, env, headers) => {
  const received = await send({ backend, endpoint: receiver.url }, env)
  expect(received.path).toBe("/v1/traces")
  expect(received.headers).toMatchObject(headers)
  expect(received.resource).toEqual(service)
})

test.each(["application/json", "application/json; charset=utf-8"])(
  "weave's own answer (%s) tells of spans that it rejected",
  async (type) => {
    const body = { accepted_spans: 0, rejected_spans: 1, error_message: "Span 0: AttributePathConflictError" }
    receiver.respond(() => ({ status: 200, headers: { "content-type": type }, body: JSON.stringify(body) }))
    const env = { WF_TRACE_SERVER_URL: receiver.url, WANDB_API_KEY: "wk", WEAVE_PROJECT: "team/app" }
    const { config } = resolveConfig({ backend: "weave", spool: false }, env)
    const said: string[] = []
    const pipeline = createPipeline(pipelineConfig(config), {
      report: (level, message) => said.push(`${level}: ${message}`),
    })
    const provider = new NodeTracerProvider({ spanProcessors: [pipeline.processor] })
    provider.getTracer("opencode-traces").startSpan("invoke_agent build", {}, ROOT_CONTEXT).end()
    await pipeline.shutdown(10_000)
    receiver.respond()
    expect(said).toEqual(["warn: The collector rejected 1 span: Span 0: AttributePathConflictError."])
    expect(pipeline.stats()).toMatchObject({ exported: 0, rejected: 1 })
  },
)
