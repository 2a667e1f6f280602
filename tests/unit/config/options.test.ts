import { describe, expect, test } from "bun:test"
import { formatProblem, resolveConfig } from "../../../src/config/index.ts"

const HOME = { HOME: "/home/me" }

function resolve(options: unknown, env: Record<string, string> = HOME) {
  const { config, problems } = resolveConfig(options, env)
  return { config, said: problems.map(formatProblem), problems }
}

const defaults = resolve(undefined).config

describe("usable options", () => {
  test("every option reaches the configuration", () => {
    const { config, said } = resolve({
      enabled: true,
      endpoint: "https://c.example/v1/traces",
      headers: { "X-Key": "k" },
      timeoutMs: 1,
      compression: "gzip",
      certificate: "/ca.pem",
      clientKey: "/key.pem",
      clientCertificate: "/cert.pem",
      serviceName: "agents",
      resourceAttributes: { team: "a", size: 3, prod: true },
      spanAttributes: { "user.tier": "gold" },
      agentName: "helper",
      captureContent: { prompts: true, tools: { bash: { arguments: false } } },
      redact: ["ACME-\\d+"],
      maxValueBytes: 1_000,
      maxSpanBytes: 2_000,
      identity: { userId: "u", gitAuthor: true, hostName: true },
      vcs: false,
      providerNames: { proxy: "anthropic" },
      sampler: "parentbased_traceidratio",
      samplerArg: 0.5,
      batch: { maxQueueSize: 10, maxExportBatchSize: 5, scheduleDelayMs: 0, exportTimeoutMs: 9 },
      flushTimeoutMs: 0,
      spool: { enabled: false, directory: "/spool", maxBytes: 7, maxAgeHours: 1 },
      inboundContext: "link",
      propagateToCommands: false,
      propagateToProviders: ["proxy"],
    })
    expect(said).toEqual([])
    expect(config).toEqual({
      enabled: true,
      endpoint: "https://c.example/v1/traces",
      endpointSource: "option",
      headers: { "x-key": "k" },
      timeoutMs: 1,
      compression: "gzip",
      tls: { certificate: "/ca.pem", clientKey: "/key.pem", clientCertificate: "/cert.pem" },
      serviceName: "agents",
      resourceAttributes: { "service.name": "agents", team: "a", size: 3, prod: true },
      spanAttributes: { "user.tier": "gold" },
      agentName: "helper",
      captureContent: {
        prompts: true,
        answers: false,
        reasoning: false,
        toolArguments: false,
        toolResults: false,
        systemInstructions: false,
        tools: { bash: { arguments: false } },
      },
      redact: ["ACME-\\d+"],
      maxValueBytes: 1_000,
      maxSpanBytes: 2_000,
      identity: { userId: "u", gitAuthor: true, hostName: true },
      vcs: false,
      providerNames: { proxy: "anthropic" },
      sampler: { type: "parentbased_traceidratio", ratio: 0.5 },
      limits: {
        attributeCount: 128,
        eventCount: 128,
        linkCount: 128,
        attributesPerEvent: 128,
        attributesPerLink: 128,
      },
      batch: { maxQueueSize: 10, maxExportBatchSize: 5, scheduleDelayMs: 0, exportTimeoutMs: 9 },
      flushTimeoutMs: 0,
      spool: { enabled: false, directory: "/spool", maxBytes: 7, maxAgeHours: 1 },
      inboundContext: "link",
      propagateToCommands: false,
      propagateToProviders: ["proxy"],
    })
  })

  test("nothing set gives the defaults, without a word", () => {
    for (const nothing of [undefined, null, {}]) {
      expect(resolve(nothing)).toEqual({ config: defaults, said: [], problems: [] })
    }
    expect(defaults.endpointSource).toBe("default")
    expect(defaults.spool).toEqual({
      enabled: true,
      directory: "/home/me/.local/state/opencode-traces/spool",
      maxBytes: 67_108_864,
      maxAgeHours: 168,
    })
    expect(defaults.flushTimeoutMs).toBe(2_000)
    expect(defaults.inboundContext).toBe("parent")
    expect(defaults.propagateToCommands).toBe(true)
    expect(defaults.propagateToProviders).toEqual([])
    expect(defaults.vcs).toBe(true)
    expect(defaults.identity).toEqual({ gitAuthor: false, hostName: false })
  })

  test("an empty text is what {env:NAME} of an unset variable leaves: unset", () => {
    const { config, said } = resolve({
      endpoint: "",
      serviceName: "",
      backend: "",
      agentName: "",
      redact: [""],
      spanAttributes: { team: "" },
      identity: { userId: "" },
      spool: { directory: "" },
    })
    expect(said).toEqual([])
    expect(config).toEqual({ ...defaults, endpointSource: "default" })
  })

  test("spool as a switch", () => {
    expect(resolve({ spool: false }).config.spool.enabled).toBe(false)
    expect(resolve({ spool: true }).config.spool).toEqual(defaults.spool)
  })

  test("the spool's folder follows XDG, unless that is relative, and the option before it", () => {
    const directory = (env: Record<string, string>, spool?: object) =>
      resolve({ spool }, env).config.spool.directory
    expect(directory({ XDG_STATE_HOME: "/state", HOME: "/h" })).toBe("/state/opencode-traces/spool")
    expect(directory({ XDG_STATE_HOME: "state", HOME: "/h" })).toBe("/h/.local/state/opencode-traces/spool")
    expect(directory({ XDG_STATE_HOME: "/state" }, { directory: "/mine" })).toBe("/mine")
  })

  test("enabled: false switches off, and silences everything", () => {
    const { config, said } = resolve({ enabled: false, endpoint: "ftp://x", typo: 1 })
    expect(config.enabled).toBe(false)
    expect(said).toEqual([])
  })
})

describe("one bad value costs only itself", () => {
  const cases: [name: string, options: unknown, said: string[]][] = [
    [
      "unknown name with a neighbour",
      { endpoit: "http://secret" },
      [
        'endpoit: got an unknown option, expected a known one (did you mean "endpoint"?); using nothing: it is ignored.',
      ],
    ],
    [
      "unknown name like none, whose value stays hidden",
      { apiKey: "topsecret" },
      ["apiKey: got an unknown option, expected a known one; using nothing: it is ignored."],
    ],
    [
      "unknown name in a nested option",
      { batch: { maxQueuesize: 3 } },
      [
        'batch.maxQueuesize: got an unknown option, expected a known one (did you mean "maxQueueSize"?); using nothing: it is ignored.',
      ],
    ],
    [
      "text for a number",
      { timeoutMs: "5" },
      ['timeoutMs: got "5", expected a positive whole number; using 10000.'],
    ],
    [
      "negative",
      { flushTimeoutMs: -1 },
      ["flushTimeoutMs: got -1, expected a whole number from 0 up; using 2000."],
    ],
    ["fraction", { timeoutMs: 1.5 }, ["timeoutMs: got 1.5, expected a positive whole number; using 10000."]],
    [
      "not a number",
      { timeoutMs: Number.NaN },
      ["timeoutMs: got NaN, expected a positive whole number; using 10000."],
    ],
    [
      "text for a switch",
      { propagateToCommands: "no" },
      ['propagateToCommands: got "no", expected true or false; using true.'],
    ],
    [
      "unknown backend",
      { backend: "weeve" },
      [
        'backend: got "weeve", expected one of weave, langfuse, phoenix, langsmith, braintrust, honeycomb, datadog, grafana, logfire, sentry, mlflow, jaeger; using no value.',
      ],
    ],
    ["ratio", { samplerArg: 2 }, ["samplerArg: got 2, expected a number from 0 to 1; using 1."]],
    [
      "sampler",
      { sampler: "never" },
      [
        'sampler: got "never", expected one of always_on, always_off, traceidratio, parentbased_always_on, parentbased_always_off, parentbased_traceidratio; using parentbased_always_on.',
      ],
    ],
    [
      "nested number",
      { spool: { maxBytes: "1" } },
      ['spool.maxBytes: got "1", expected a positive whole number; using 67108864.'],
    ],
    [
      "a list for an object",
      { resourceAttributes: ["a"] },
      [
        "resourceAttributes: got a list of 1, expected an object of strings, numbers and booleans; using its default.",
      ],
    ],
    [
      "a list for a switch or an object",
      { spool: ["x"] },
      ["spool: got a list of 1, expected true, false or an object; using its default."],
    ],
    [
      "a list for a nested option",
      { batch: [] },
      ["batch: got a list of 0, expected an object; using its default."],
    ],
    [
      "an attribute that is an object",
      { spanAttributes: { a: { b: 1 } } },
      [
        "spanAttributes.a: got an object, expected spanAttributes to be an object of strings, numbers and booleans; using the rest without it.",
      ],
    ],
    [
      "a secret option of the wrong type",
      { backendEnv: "KEY=topsecret" },
      ["backendEnv: got *** (13 characters), expected an object of strings; using the rest without it."],
    ],
    [
      "an endpoint that is no text",
      { endpoint: 4318 },
      ["endpoint: got 4318, expected a URL; using http://localhost:4318/v1/traces."],
    ],
  ]
  test.each(cases)("%s", (_name, options, said) => {
    const resolved = resolve(options)
    expect(resolved.said).toEqual(said)
    expect(resolved.config).toEqual(defaults)
  })

  test("the good ones beside it stay", () => {
    const { config, said } = resolve({
      timeoutMs: "x",
      typo: 1,
      other: 2,
      serviceName: "mine",
      headers: { a: 1, b: "2" },
      propagateToProviders: [1, "x", null, "y"],
      batch: { maxQueueSize: -1, scheduleDelayMs: 5 },
    })
    expect(said.length).toBe(7)
    expect(config.serviceName).toBe("mine")
    expect(config.headers).toEqual({ b: "2" })
    expect(config.propagateToProviders).toEqual(["x", "y"])
    expect(config.batch).toEqual({ ...defaults.batch, scheduleDelayMs: 5 })
  })

  test("options that are no object are not used", () => {
    for (const [options, given] of [
      ["x", '"x"'],
      [7, "7"],
      [[1, 2], "a list of 2"],
      [true, "true"],
    ] as const) {
      const { config, said } = resolve(options)
      expect(config).toEqual(defaults)
      expect(said).toEqual([
        `options of opencode-traces: got ${given}, expected an object with known options; using no options.`,
      ])
    }
  })

  test("options without end switch the plugin off rather than guess", () => {
    const names = Array.from({ length: 500 }, (_, index) => [`unknown${index}`, 1])
    const { config, said } = resolve(Object.fromEntries(names))
    expect(config.enabled).toBe(false)
    expect(said.at(-1)).toBe(
      "options of opencode-traces: got an object, expected an object with known options; using nothing: the plugin is off.",
    )
  })
})

describe("whatever is given", () => {
  /** A small reproducible generator (mulberry32). */
  function random(seed: number) {
    let state = seed
    return () => {
      state = (state + 0x6d2b79f5) | 0
      let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
      mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
      return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
    }
  }

  const names = [
    ...Object.keys(defaults),
    "sampler",
    "samplerArg",
    "tools",
    "read",
    "paths",
    "__proto__",
    "constructor",
    "",
    "0",
  ]
  const values = [
    "",
    "x",
    "true",
    "http://u:canary-secret@h",
    -1,
    0,
    1,
    1e308,
    Number.NaN,
    true,
    false,
    null,
    undefined,
    [],
    {},
    ["x"],
    () => 1,
    Symbol("s"),
    10n,
    "\u0000\ud800",
    "*".repeat(9_999),
  ]

  function build(next: () => number, depth: number): unknown {
    const pick = <T>(from: readonly T[]): T | undefined => from[Math.floor(next() * from.length)]
    if (depth === 0 || next() < 0.4) return pick(values)
    const entries = Array.from({ length: Math.floor(next() * 6) }, () => [
      pick(names),
      build(next, depth - 1),
    ])
    return next() < 0.15 ? entries.map(([, value]) => value) : Object.fromEntries(entries)
  }

  test("it neither throws nor breaks the configuration's shape, and shows no secret", () => {
    const next = random(20_261_121)
    for (let round = 0; round < 5_000; round++) {
      const { config, problems } = resolveConfig(build(next, 4), {
        TRACEPARENT: String(build(next, 0)?.toString()),
      })
      expect(URL.canParse(config.endpoint)).toBe(true)
      expect(Number.isInteger(config.timeoutMs) && config.timeoutMs > 0).toBe(true)
      expect(typeof config.captureContent.prompts).toBe("boolean")
      expect(
        Object.isFrozen(config) && Object.isFrozen(config.batch) && Object.isFrozen(config.headers),
      ).toBe(true)
      for (const problem of problems) {
        const sentence = formatProblem(problem)
        expect(sentence).not.toContain("canary-secret")
        expect(sentence.length).toBeLessThan(600)
        expect(sentence).not.toMatch(/\p{Cc}/u)
      }
    }
  }, 60_000)

  test("cycles and objects without prototype are read", () => {
    const cycle: Record<string, unknown> = Object.assign(Object.create(null), { serviceName: "mine" })
    cycle.self = cycle
    const { config, said } = resolve(cycle)
    expect(config.serviceName).toBe("mine")
    expect(said).toEqual(["self: got an unknown option, expected a known one; using nothing: it is ignored."])
  })

  test("no variable can throw, break the configuration, or show a secret", () => {
    const variables = [
      "OPENCODE_OTLP_ENDPOINT",
      "OPENCODE_OTLP_HEADERS",
      "OPENCODE_RESOURCE_ATTRIBUTES",
      "OTEL_EXPORTER_OTLP_ENDPOINT",
      "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
      "OTEL_EXPORTER_OTLP_HEADERS",
      "OTEL_EXPORTER_OTLP_TIMEOUT",
      "OTEL_EXPORTER_OTLP_COMPRESSION",
      "OTEL_EXPORTER_OTLP_PROTOCOL",
      "OTEL_RESOURCE_ATTRIBUTES",
      "OTEL_SERVICE_NAME",
      "OTEL_SDK_DISABLED",
      "OTEL_TRACES_EXPORTER",
      "OTEL_TRACES_SAMPLER",
      "OTEL_BSP_MAX_QUEUE_SIZE",
      "OTEL_ATTRIBUTE_COUNT_LIMIT",
      "TRACEPARENT",
      "TRACESTATE",
      "XDG_STATE_HOME",
    ]
    const garbage = [
      "http://u:canary-secret@h:99999",
      "//u:canary-secret@",
      "a=100%,=,==,%=%,\u0000=\u0000",
      ",".repeat(5_000),
      "x".repeat(200_000),
      "\ud800",
      "-0",
      "1e999",
      "[]",
      "http://[::1",
      "00--",
    ]
    for (const name of variables) {
      for (const value of garbage) {
        const { config, problems } = resolveConfig({}, { ...HOME, [name]: value })
        expect(URL.canParse(config.endpoint)).toBe(true)
        expect(config.batch.maxQueueSize).toBeGreaterThan(0)
        const said = problems.map(formatProblem).join("\n")
        expect(said).not.toContain("canary-secret")
        expect(said.length).toBeLessThan(2_000)
      }
    }
  })

  test("the options that OpenCode handed over are left as they are", () => {
    const given = {
      redact: ["x"],
      headers: { a: "1" },
      captureContent: { tools: { read: { paths: ["a"] } } },
      typo: 1,
    }
    const copy = structuredClone(given)
    resolveConfig(given, HOME)
    expect(given).toEqual(copy)
    expect(Object.isFrozen(given.redact) || Object.isFrozen(given.captureContent.tools.read.paths)).toBe(
      false,
    )
  })
})
