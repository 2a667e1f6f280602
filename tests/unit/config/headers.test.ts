import { describe, expect, test } from "bun:test"
import { formatProblem, resolveConfig } from "../../../src/config/index.ts"

type Env = Record<string, string>

function resolve(options: unknown, env: Env = {}) {
  const { config, problems } = resolveConfig(options, env)
  return { headers: config.headers, said: problems.map(formatProblem) }
}

const ALL = "OTEL_EXPORTER_OTLP_HEADERS"
const TRACES = "OTEL_EXPORTER_OTLP_TRACES_HEADERS"
const OWN = "OPENCODE_OTLP_HEADERS"

describe("headers that are understood", () => {
  const cases: [name: string, options: unknown, env: Env, headers: Record<string, string>][] = [
    ["none", {}, {}, {}],
    ["an empty variable", {}, { [ALL]: "" }, {}],
    ["only separators", {}, { [ALL]: " , ,," }, {}],
    ["two, with white space", {}, { [ALL]: " a = 1 , b=2 " }, { a: "1", b: "2" }],
    ["the first = splits", {}, { [ALL]: "authorization=Basic dTpw==" }, { authorization: "Basic dTpw==" }],
    ["percent-decoded", {}, { [ALL]: "authorization=Bearer%20a%2Cb%3D" }, { authorization: "Bearer a,b=" }],
    ["a plus is no space", {}, { [ALL]: "a=b+c" }, { a: "b+c" }],
    ["a semicolon belongs to the value", {}, { [ALL]: "cookie=a=1; b=2" }, { cookie: "a=1; b=2" }],
    ["the specific one wins, the others stay", {}, { [ALL]: "a=1,b=1", [TRACES]: "B=2" }, { a: "1", b: "2" }],
    ["the plugin's own wins over both", {}, { [ALL]: "a=1", [TRACES]: "a=2", [OWN]: "A=3" }, { a: "3" }],
    [
      "the option wins, whatever its case",
      { headers: { AUTHORIZATION: "x" } },
      { [OWN]: "authorization=y,z=1" },
      { authorization: "x", z: "1" },
    ],
    ["the last of two equal ones", {}, { [ALL]: "a=1,a=2" }, { a: "2" }],
  ]
  test.each(cases)("%s", (_name, options, env, headers) => {
    expect(resolve(options, env)).toEqual({ headers, said: [] })
  })
})

describe("headers that are left out", () => {
  const list = "key=value entries separated by commas, with %XX for special characters"
  const cases: [name: string, options: unknown, env: Env, headers: Record<string, string>, said: string[]][] =
    [
      [
        "no =, which may be a bare secret",
        {},
        { [ALL]: "a=1,topsecret,b=2" },
        { a: "1", b: "2" },
        [`${ALL}: got *** (9 characters), expected ${list}; using the other entries.`],
      ],
      [
        "no key",
        {},
        { [ALL]: "=topsecret,b=2" },
        { b: "2" },
        [`${ALL}: got *** (10 characters), expected ${list}; using the other entries.`],
      ],
      [
        "a bad percent sign",
        {},
        { [TRACES]: "a=100%,b=2" },
        { b: "2" },
        [`${TRACES}: got "a" = *** (4 characters), expected ${list}; using the other entries.`],
      ],
      [
        "a line break in the value",
        {},
        { [ALL]: "a=x%0d%0aInjected: 1,b=2" },
        { b: "2" },
        [
          `${ALL} "a": got *** (14 characters), expected a header value without line breaks or other special characters; using the other headers.`,
        ],
      ],
      [
        "a name that HTTP does not allow",
        { headers: { "my key": "topsecret", ok: "1" } },
        {},
        { ok: "1" },
        ['headers "my key": got *** (9 characters), expected a valid header name; using the other headers.'],
      ],
      [
        "what the exporter sets",
        { headers: { "Content-Type": "text/plain" } },
        {},
        {},
        [
          'headers "Content-Type": got *** (10 characters), expected a header that the exporter does not set itself; using the other headers.',
        ],
      ],
      [
        "the empty value of {env:NAME} without that variable",
        { headers: { authorization: "" } },
        {},
        {},
        [
          'headers "authorization": got "", expected a value (is the variable that it names set?); using the other headers.',
        ],
      ],
      [
        "a value of another type",
        { headers: { a: 1, b: "2" } },
        {},
        { b: "2" },
        ["headers.a: got 1, expected headers to be an object of strings; using the rest without it."],
      ],
      [
        "not an object",
        { headers: "authorization=topsecret" },
        {},
        {},
        ["headers: got *** (23 characters), expected an object of strings; using the rest without it."],
      ],
    ]
  test.each(cases)("%s", (_name, options, env, headers, said) => {
    expect(resolve(options, env)).toEqual({ headers, said })
  })

  test("too many entries are cut", () => {
    const many = Array.from({ length: 200 }, (_, index) => `h${index}=1`).join(",")
    const { headers, said } = resolve({}, { [ALL]: many })
    expect(Object.keys(headers).length).toBe(128)
    expect(said).toEqual([`${ALL}: got 200 entries, expected at most 128 entries; using the first 128.`])
  })
})

test.each([
  ["the option", { headers: { a: "1" } }, {}],
  ["a variable", {}, { [ALL]: "a=1" }],
  ["a backend", { backend: "jaeger", headers: { a: "1" } }, {}],
])("headers of %s cannot be changed afterwards", (_name, options, env) => {
  const { config } = resolveConfig(options, env)
  expect(Reflect.set(config.headers, "a", "2")).toBe(false)
  expect(Reflect.set(config.headers, "b", "2")).toBe(false)
  expect(Reflect.set(config, "headers", {})).toBe(false)
  expect(config.headers).toEqual({ a: "1" })
})
