import { describe, expect, test } from "bun:test"
import { type Config, formatProblem, resolveConfig } from "../../../src/config/index.ts"

type Env = Record<string, string>

function resolve(env: Env, options: unknown = {}) {
  const { config, problems } = resolveConfig(options, env)
  return { config, said: problems.map(formatProblem) }
}

const P = "OTEL_EXPORTER_OTLP"

/** What a variable gives, read off the configuration. */
type Row = [env: Env, read: (config: Config) => unknown, value: unknown, said?: string[]]

function table(name: string, rows: Row[]) {
  describe(name, () => {
    test.each(rows)("%j", (env, read, value, said = []) => {
      const resolved = resolve(env)
      expect(read(resolved.config)).toEqual(value)
      expect(resolved.said).toEqual(said)
    })
  })
}

const positive = (setting: string, given: string, used: string | number) => [
  `${setting}: got "${given}", expected a positive whole number; using ${used}.`,
]

table("timeout", [
  [{}, (c) => c.timeoutMs, 10_000],
  [{ [`${P}_TIMEOUT`]: "5000" }, (c) => c.timeoutMs, 5_000],
  [{ [`${P}_TIMEOUT`]: "5000", [`${P}_TRACES_TIMEOUT`]: " 7000 " }, (c) => c.timeoutMs, 7_000],
  [{ [`${P}_TIMEOUT`]: "5000", [`${P}_TRACES_TIMEOUT`]: "" }, (c) => c.timeoutMs, 5_000],
  [{ [`${P}_TIMEOUT`]: "10s" }, (c) => c.timeoutMs, 10_000, positive(`${P}_TIMEOUT`, "10s", 10_000)],
  [{ [`${P}_TIMEOUT`]: "-1" }, (c) => c.timeoutMs, 10_000, positive(`${P}_TIMEOUT`, "-1", 10_000)],
  [{ [`${P}_TIMEOUT`]: "0" }, (c) => c.timeoutMs, 10_000, positive(`${P}_TIMEOUT`, "0", 10_000)],
  [{ [`${P}_TIMEOUT`]: "1.5" }, (c) => c.timeoutMs, 10_000, positive(`${P}_TIMEOUT`, "1.5", 10_000)],
  [{ [`${P}_TIMEOUT`]: "NaN" }, (c) => c.timeoutMs, 10_000, positive(`${P}_TIMEOUT`, "NaN", 10_000)],
  [
    { [`${P}_TIMEOUT`]: "9999999999" },
    (c) => c.timeoutMs,
    10_000,
    positive(`${P}_TIMEOUT`, "9999999999", 10_000),
  ],
  [
    { [`${P}_TIMEOUT`]: "5000", [`${P}_TRACES_TIMEOUT`]: "soon" },
    (c) => c.timeoutMs,
    5_000,
    positive(`${P}_TRACES_TIMEOUT`, "soon", 5_000),
  ],
])

table("compression", [
  [{}, (c) => c.compression, "none"],
  [{ [`${P}_COMPRESSION`]: "gzip" }, (c) => c.compression, "gzip"],
  [{ [`${P}_COMPRESSION`]: "GZIP" }, (c) => c.compression, "gzip"],
  [{ [`${P}_COMPRESSION`]: "gzip", [`${P}_TRACES_COMPRESSION`]: "none" }, (c) => c.compression, "none"],
  [
    { [`${P}_COMPRESSION`]: "zstd" },
    (c) => c.compression,
    "none",
    [`${P}_COMPRESSION: got "zstd", expected none or gzip; using none.`],
  ],
])

table("TLS", [
  [{}, (c) => c.tls, {}],
  [
    { [`${P}_CERTIFICATE`]: "/ca.pem", [`${P}_CLIENT_KEY`]: "/k.pem", [`${P}_CLIENT_CERTIFICATE`]: "/c.pem" },
    (c) => c.tls,
    { certificate: "/ca.pem", clientKey: "/k.pem", clientCertificate: "/c.pem" },
  ],
  [
    { [`${P}_CERTIFICATE`]: "/ca.pem", [`${P}_TRACES_CERTIFICATE`]: "/t.pem" },
    (c) => c.tls,
    { certificate: "/t.pem" },
  ],
])

table("protocol", [
  [{ [`${P}_PROTOCOL`]: "http/protobuf" }, (c) => c.enabled, true],
  [
    { [`${P}_PROTOCOL`]: "grpc" },
    (c) => c.enabled,
    true,
    [`${P}_PROTOCOL: got "grpc", expected http/protobuf; using http/protobuf.`],
  ],
  [
    { [`${P}_PROTOCOL`]: "http/protobuf", [`${P}_TRACES_PROTOCOL`]: "http/json" },
    (c) => c.enabled,
    true,
    [`${P}_TRACES_PROTOCOL: got "http/json", expected http/protobuf; using http/protobuf.`],
  ],
])

const resource = (config: Config) => config.resourceAttributes

table("resource", [
  [{}, resource, { "service.name": "opencode" }],
  [{ OTEL_SERVICE_NAME: "mine" }, resource, { "service.name": "mine" }],
  [
    { OTEL_SERVICE_NAME: "mine", OTEL_RESOURCE_ATTRIBUTES: "service.name=other,team=a%2Cb,empty=" },
    resource,
    { "service.name": "mine", team: "a,b", empty: "" },
  ],
  [
    { OTEL_RESOURCE_ATTRIBUTES: "team=a,x=1=2", OPENCODE_RESOURCE_ATTRIBUTES: "team=b" },
    resource,
    { "service.name": "opencode", team: "b", x: "1=2" },
  ],
  [
    { OTEL_RESOURCE_ATTRIBUTES: "team=a,bad,broken=%E0%A4%A" },
    resource,
    { "service.name": "opencode", team: "a" },
    [
      "OTEL_RESOURCE_ATTRIBUTES: got *** (3 characters), expected key=value entries separated by commas, with %XX for special characters; using the other entries.",
      'OTEL_RESOURCE_ATTRIBUTES: got "broken" = *** (8 characters), expected key=value entries separated by commas, with %XX for special characters; using the other entries.',
    ],
  ],
])

const off = (config: Config) => !config.enabled

table("switched off", [
  [{ OTEL_SDK_DISABLED: "true" }, off, true],
  [{ OTEL_SDK_DISABLED: "TrUe" }, off, true],
  [{ OTEL_SDK_DISABLED: "false" }, off, false],
  [
    { OTEL_SDK_DISABLED: "1" },
    off,
    false,
    ['OTEL_SDK_DISABLED: got "1", expected true or false; using false.'],
  ],
  [{ OTEL_TRACES_EXPORTER: "none" }, off, true],
  [{ OTEL_TRACES_EXPORTER: " NONE " }, off, true],
  [{ OTEL_TRACES_EXPORTER: "otlp" }, off, false],
  [{ OTEL_TRACES_EXPORTER: "none,otlp" }, off, false],
  [
    { OTEL_TRACES_EXPORTER: "console, zipkin" },
    off,
    false,
    ['OTEL_TRACES_EXPORTER: got "console, zipkin", expected otlp or none; using otlp.'],
  ],
  [
    { OTEL_TRACES_EXPORTER: "otlp,console" },
    off,
    false,
    ['OTEL_TRACES_EXPORTER: got "console", expected otlp or none; using otlp.'],
  ],
  [{ OTEL_SDK_DISABLED: "true", OTEL_TRACES_SAMPLER: "nonsense" }, off, true],
])

const sampler = (config: Config) => config.sampler
const RATIO = "OTEL_TRACES_SAMPLER_ARG: got"

table("sampler", [
  [{}, sampler, { type: "parentbased_always_on", ratio: 1 }],
  [{ OTEL_TRACES_SAMPLER: "always_on" }, sampler, { type: "always_on", ratio: 1 }],
  [{ OTEL_TRACES_SAMPLER: "always_off" }, sampler, { type: "always_off", ratio: 1 }],
  [{ OTEL_TRACES_SAMPLER: "parentbased_always_on" }, sampler, { type: "parentbased_always_on", ratio: 1 }],
  [{ OTEL_TRACES_SAMPLER: "parentbased_always_off" }, sampler, { type: "parentbased_always_off", ratio: 1 }],
  [
    { OTEL_TRACES_SAMPLER: "traceidratio", OTEL_TRACES_SAMPLER_ARG: "0.25" },
    sampler,
    { type: "traceidratio", ratio: 0.25 },
  ],
  [
    { OTEL_TRACES_SAMPLER: "parentbased_traceidratio", OTEL_TRACES_SAMPLER_ARG: "0" },
    sampler,
    { type: "parentbased_traceidratio", ratio: 0 },
  ],
  [
    { OTEL_TRACES_SAMPLER: "parentbased_traceidratio", OTEL_TRACES_SAMPLER_ARG: "1e-3" },
    sampler,
    { type: "parentbased_traceidratio", ratio: 0.001 },
  ],
  [
    { OTEL_TRACES_SAMPLER: "traceidratio", OTEL_TRACES_SAMPLER_ARG: "1.5" },
    sampler,
    { type: "traceidratio", ratio: 1 },
    [`${RATIO} "1.5", expected a number from 0 to 1; using 1.`],
  ],
  [
    { OTEL_TRACES_SAMPLER: "traceidratio", OTEL_TRACES_SAMPLER_ARG: "-0.1" },
    sampler,
    { type: "traceidratio", ratio: 1 },
    [`${RATIO} "-0.1", expected a number from 0 to 1; using 1.`],
  ],
  [
    { OTEL_TRACES_SAMPLER: "traceidratio" },
    sampler,
    { type: "traceidratio", ratio: 1 },
    [`${RATIO} nothing, expected a number from 0 to 1; using 1.`],
  ],
  [
    { OTEL_TRACES_SAMPLER: "always_on", OTEL_TRACES_SAMPLER_ARG: "x" },
    sampler,
    { type: "always_on", ratio: 1 },
  ],
  [
    { OTEL_TRACES_SAMPLER: "jaeger_remote" },
    sampler,
    { type: "parentbased_always_on", ratio: 1 },
    [
      'OTEL_TRACES_SAMPLER: got "jaeger_remote", expected one of always_on, always_off, traceidratio, parentbased_always_on, parentbased_always_off, parentbased_traceidratio; using parentbased_always_on.',
    ],
  ],
])

const batch = (config: Config) => config.batch
const usual = {
  maxQueueSize: 40_000,
  maxExportBatchSize: 64,
  scheduleDelayMs: 1_000,
  exportTimeoutMs: 30_000,
}

table("batch", [
  [{}, batch, usual],
  [
    {
      OTEL_BSP_MAX_QUEUE_SIZE: "2048",
      OTEL_BSP_MAX_EXPORT_BATCH_SIZE: "512",
      OTEL_BSP_SCHEDULE_DELAY: "0",
      OTEL_BSP_EXPORT_TIMEOUT: "100",
    },
    batch,
    { maxQueueSize: 2_048, maxExportBatchSize: 512, scheduleDelayMs: 0, exportTimeoutMs: 100 },
  ],
  [{ OTEL_BSP_MAX_QUEUE_SIZE: "10" }, batch, { ...usual, maxQueueSize: 10, maxExportBatchSize: 10 }],
  [
    { OTEL_BSP_MAX_QUEUE_SIZE: "10", OTEL_BSP_MAX_EXPORT_BATCH_SIZE: "20" },
    batch,
    { ...usual, maxQueueSize: 10, maxExportBatchSize: 10 },
    ["batch.maxExportBatchSize: got 20, expected at most batch.maxQueueSize, which is 10; using 10."],
  ],
  [{ OTEL_BSP_MAX_QUEUE_SIZE: "many" }, batch, usual, positive("OTEL_BSP_MAX_QUEUE_SIZE", "many", 40_000)],
])

const limits = (config: Config) => config.limits
const counts = {
  attributeCount: 128,
  eventCount: 128,
  linkCount: 128,
  attributesPerEvent: 128,
  attributesPerLink: 128,
}

table("limits", [
  [{}, limits, counts],
  [
    { OTEL_ATTRIBUTE_COUNT_LIMIT: "50", OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT: "1000" },
    limits,
    {
      ...counts,
      attributeCount: 50,
      attributesPerEvent: 50,
      attributesPerLink: 50,
      attributeValueLength: 1_000,
    },
  ],
  [
    {
      OTEL_ATTRIBUTE_COUNT_LIMIT: "50",
      OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT: "60",
      OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT: "1000",
      OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT: "0",
      OTEL_SPAN_EVENT_COUNT_LIMIT: "1",
      OTEL_SPAN_LINK_COUNT_LIMIT: "2",
      OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT: "3",
      OTEL_LINK_ATTRIBUTE_COUNT_LIMIT: "4",
    },
    limits,
    {
      attributeCount: 60,
      attributeValueLength: 0,
      eventCount: 1,
      linkCount: 2,
      attributesPerEvent: 3,
      attributesPerLink: 4,
    },
  ],
  [
    { OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT: "-5" },
    limits,
    counts,
    ['OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT: got "-5", expected a whole number from 0 up; using no value.'],
  ],
])

const CONTENT = "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"
const prompts = (config: Config) => config.captureContent.prompts

table("content", [
  [{}, prompts, false],
  [{ [CONTENT]: "SPAN_ONLY" }, prompts, true],
  [{ [CONTENT]: "span_and_event" }, prompts, true],
  [{ [CONTENT]: "true" }, prompts, true],
  [{ [CONTENT]: "NO_CONTENT" }, prompts, false],
  [{ [CONTENT]: "EVENT_ONLY" }, prompts, false],
  [{ [CONTENT]: "false" }, prompts, false],
  [
    { [CONTENT]: "1" },
    prompts,
    false,
    [
      `${CONTENT}: got "1", expected SPAN_ONLY, SPAN_AND_EVENT, EVENT_ONLY, NO_CONTENT, true or false; using NO_CONTENT.`,
    ],
  ],
])

table("a configuration file", [
  [
    { OTEL_CONFIG_FILE: "/etc/otel.yaml", OTEL_SERVICE_NAME: "still-read" },
    (config) => config.serviceName,
    "still-read",
    [
      "OTEL_CONFIG_FILE: got a file, expected the OTEL_* variables or the plugin's options (this file is not supported); using those.",
    ],
  ],
])

test("an option silences the variable it wins over", () => {
  const env = {
    [`${P}_TIMEOUT`]: "x",
    [`${P}_COMPRESSION`]: "x",
    OTEL_TRACES_SAMPLER: "x",
    OTEL_BSP_SCHEDULE_DELAY: "x",
    [CONTENT]: "x",
  }
  const options = {
    timeoutMs: 1,
    compression: "gzip",
    sampler: "traceidratio",
    samplerArg: 0.5,
    batch: { scheduleDelayMs: 5 },
    captureContent: false,
  }
  const { config, said } = resolve(env, options)
  expect(said).toEqual([])
  expect(config.timeoutMs).toBe(1)
  expect(config.sampler).toEqual({ type: "traceidratio", ratio: 0.5 })
  expect(config.batch.scheduleDelayMs).toBe(5)
})
