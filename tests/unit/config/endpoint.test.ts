import { describe, expect, test } from "bun:test"
import { type EndpointSource, formatProblem, type Problem, resolveConfig } from "../../../src/config/index.ts"

type Env = Record<string, string>

function resolve(options: unknown, env: Env = {}) {
  const { config, problems } = resolveConfig(options, env)
  return { config, said: problems.map(formatProblem), problems }
}

const BASE = "OTEL_EXPORTER_OTLP_ENDPOINT"
const TRACES = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"
const OWN = "OPENCODE_OTLP_ENDPOINT"

describe("a usable endpoint", () => {
  const cases: [name: string, options: unknown, env: Env, url: string, source: EndpointSource][] = [
    ["nothing is set", {}, {}, "http://localhost:4318/v1/traces", "default"],
    [
      "empty means unset",
      { endpoint: "" },
      { [BASE]: "", [TRACES]: "  " },
      "http://localhost:4318/v1/traces",
      "default",
    ],
    ["a base gets the path", {}, { [BASE]: "http://c:4318" }, "http://c:4318/v1/traces", "environment"],
    ["a base with a slash", {}, { [BASE]: "http://c:4318/" }, "http://c:4318/v1/traces", "environment"],
    ["a base with a path", {}, { [BASE]: "https://c/otlp/" }, "https://c/otlp/v1/traces", "environment"],
    [
      "a base keeps its query",
      {},
      { [BASE]: "https://c/otlp?key=1&b=2" },
      "https://c/otlp/v1/traces?key=1&b=2",
      "environment",
    ],
    ["white space around it", {}, { [BASE]: " http://c:4318 " }, "http://c:4318/v1/traces", "environment"],
    [
      "the traces form is used as it is",
      {},
      { [TRACES]: "http://c:4318/in/here?x=1" },
      "http://c:4318/in/here?x=1",
      "environment",
    ],
    [
      "the traces form wins over the base",
      {},
      { [BASE]: "http://a", [TRACES]: "http://b/t" },
      "http://b/t",
      "environment",
    ],
    [
      "the plugin's own variable wins over both",
      {},
      { [BASE]: "http://a", [TRACES]: "http://b/t", [OWN]: "http://o:4318" },
      "http://o:4318/v1/traces",
      "environment",
    ],
    [
      "the option wins over all",
      { endpoint: "http://p:4318" },
      { [TRACES]: "http://b/t", [OWN]: "http://o" },
      "http://p:4318/v1/traces",
      "option",
    ],
    ["an option with a path is complete", { endpoint: "https://p/custom" }, {}, "https://p/custom", "option"],
    ["an option that is complete", { endpoint: "https://p/v1/traces/" }, {}, "https://p/v1/traces", "option"],
    ["an option with only a query", { endpoint: "https://p?k=v" }, {}, "https://p/v1/traces?k=v", "option"],
    ["IPv6", { endpoint: "http://[::1]:4318" }, {}, "http://[::1]:4318/v1/traces", "option"],
    ["a fragment is dropped", { endpoint: "http://p/x#frag" }, {}, "http://p/x", "option"],
  ]
  test.each(cases)("%s", (_name, options, env, url, source) => {
    const { config, said } = resolve(options, env)
    expect({ url: config.endpoint, source: config.endpointSource, said }).toEqual({
      url,
      source,
      said: [],
    })
  })
})

describe("an endpoint that needs a word", () => {
  const cases: [name: string, options: unknown, env: Env, url: string, said: string[]][] = [
    [
      "a base that already ends in the path",
      {},
      { [BASE]: "http://c:4318/v1/traces?q=secret" },
      "http://c:4318/v1/traces?q=secret",
      [
        `${BASE}: got "http://c:4318/v1/traces?q=***", expected a base URL without /v1/traces, which is appended to it; using http://c:4318/v1/traces?q=***.`,
      ],
    ],
    [
      "no scheme, on this machine",
      { endpoint: "localhost:4318" },
      {},
      "http://localhost:4318/v1/traces",
      [
        'endpoint: got "localhost:4318", expected a URL that begins with http:// or https://; using http://localhost:4318/v1/traces.',
      ],
    ],
    [
      "no scheme, an address of this machine",
      {},
      { [BASE]: "127.0.0.1:4318" },
      "http://127.0.0.1:4318/v1/traces",
      [
        `${BASE}: got "127.0.0.1:4318", expected a URL that begins with http:// or https://; using http://127.0.0.1:4318/v1/traces.`,
      ],
    ],
    [
      "no scheme, elsewhere",
      {},
      { [BASE]: "api.example.com" },
      "https://api.example.com/v1/traces",
      [
        `${BASE}: got "api.example.com", expected a URL that begins with http:// or https://; using https://api.example.com/v1/traces.`,
      ],
    ],
    [
      "no scheme, but one in the query",
      {},
      { [TRACES]: "api.example.com/v1/traces?u=http://a.test" },
      "https://api.example.com/v1/traces?u=http://a.test",
      [
        `${TRACES}: got "api.example.com/v1/traces?u=***", expected a URL that begins with http:// or https://; using https://api.example.com/v1/traces?u=***.`,
      ],
    ],
    [
      "the traces form without a path",
      {},
      { [TRACES]: "http://c:4318" },
      "http://c:4318/",
      [
        `${TRACES}: got "http://c:4318", expected a complete URL, usually one that ends in /v1/traces; using http://c:4318/.`,
      ],
    ],
    [
      "the port of gRPC",
      {},
      { [OWN]: "http://localhost:4317" },
      "http://localhost:4317/v1/traces",
      [
        `${OWN}: got "http://localhost:4317", expected OTLP over HTTP, usually on port 4318 (4317 is the port of OTLP over gRPC); using http://localhost:4317/v1/traces.`,
      ],
    ],
    [
      "another protocol, and a usable variable below",
      {},
      { [TRACES]: "grpc://c:4317", [BASE]: "http://d:4318" },
      "http://d:4318/v1/traces",
      [
        `${TRACES}: got "grpc://c:4317", expected a URL such as http://localhost:4318; using http://d:4318/v1/traces.`,
      ],
    ],
    [
      "no URL at all",
      { endpoint: "http://" },
      {},
      "http://localhost:4318/v1/traces",
      [
        'endpoint: got "http://", expected a URL such as http://localhost:4318; using http://localhost:4318/v1/traces.',
      ],
    ],
    [
      "spaces inside",
      { endpoint: "my collector" },
      {},
      "http://localhost:4318/v1/traces",
      [
        'endpoint: got "my collector", expected a URL such as http://localhost:4318; using http://localhost:4318/v1/traces.',
      ],
    ],
  ]
  test.each(cases)("%s", (_name, options, env, url, said) => {
    const resolved = resolve(options, env)
    expect(resolved.config.endpoint).toBe(url)
    expect(resolved.said).toEqual(said)
  })

  test("an unusable endpoint needs the user, an assumed one is a warning", () => {
    const severities = (options: unknown, env: Env = {}): Problem["severity"][] =>
      resolve(options, env).problems.map(({ severity }) => severity)
    expect(severities({ endpoint: "ftp://x" })).toEqual(["error"])
    expect(severities({ endpoint: "x:4318" })).toEqual(["warning"])
    expect(severities({}, { [BASE]: "http://c/v1/traces" })).toEqual(["info"])
  })
})

describe("credentials in the URL", () => {
  const secret = "p%40ss%2Fword"

  test("become a header and appear in no message", () => {
    const { config, said } = resolve({}, { [BASE]: `http://us%3Aer:${secret}@localhost:4317` })
    expect(config.endpoint).toBe("http://localhost:4317/v1/traces")
    expect(config.headers).toEqual({ authorization: `Basic ${btoa("us:er:p@ss/word")}` })
    expect(said).toEqual([
      `${BASE}: got "http://***@localhost:4317", expected OTLP over HTTP, usually on port 4318 (4317 is the port of OTLP over gRPC); using http://localhost:4317/v1/traces.`,
    ])
  })

  test("appear in no message when the URL is broken", () => {
    for (const broken of [`ftp://user:${secret}@host`, `user:${secret}@ho st`, "http://user:a/b?c@@x y"]) {
      const { said } = resolve({ endpoint: broken })
      expect(said.join()).not.toContain(secret)
      expect(said.join()).not.toContain("user")
      expect(said.length).toBe(1)
    }
  })

  test("yield to an explicit header, and win over the standard variable's", () => {
    const env = { OTEL_EXPORTER_OTLP_HEADERS: "authorization=Bearer%20env" }
    const basic = `Basic ${btoa("u:p")}`
    const option = resolve({ endpoint: "http://u:p@h", headers: { Authorization: "Bearer option" } }, env)
    expect(option.config.headers).toEqual({ authorization: "Bearer option" })
    expect(resolve({ endpoint: "http://u:p@h" }, env).config.headers).toEqual({ authorization: basic })
    expect(resolve({}, { ...env, [BASE]: "http://u:p@h" }).config.headers).toEqual({
      authorization: "Bearer env",
    })
  })
})
