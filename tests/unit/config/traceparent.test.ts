import { describe, expect, test } from "bun:test"
import {
  formatProblem,
  isRemoteParent,
  parseTraceparent,
  parseTracestate,
  resolveConfig,
} from "../../../src/config/index.ts"

const TRACE = "0af7651916cd43dd8448eb211c80319c"
const SPAN = "b7ad6b7169203331"
const SAMPLED = `00-${TRACE}-${SPAN}-01`

describe("parseTraceparent", () => {
  const valid: [value: string, sampled: boolean][] = [
    [SAMPLED, true],
    [`00-${TRACE}-${SPAN}-00`, false],
    [`00-${TRACE}-${SPAN}-03`, true],
    [`00-${TRACE}-${SPAN}-fe`, false],
    [` ${SAMPLED}\n`, true],
    [`01-${TRACE}-${SPAN}-01`, true],
    [`cc-${TRACE}-${SPAN}-01-what-the-future-will-be-like`, true],
    [`cc-${TRACE}-${SPAN}-00-`, false],
  ]
  test.each(valid)("%s", (value, sampled) => {
    expect(parseTraceparent(value)).toEqual({ traceId: TRACE, spanId: SPAN, sampled })
  })

  const invalid = [
    "",
    "garbage",
    `ff-${TRACE}-${SPAN}-01`,
    `00-${"0".repeat(32)}-${SPAN}-01`,
    `00-${TRACE}-${"0".repeat(16)}-01`,
    `00-${TRACE.toUpperCase()}-${SPAN}-01`,
    `00-${TRACE}-${SPAN}`,
    `00-${TRACE}-${SPAN}-1`,
    `00-${TRACE}-${SPAN}-zz`,
    `00-${TRACE}-${SPAN}-01-more`,
    `01-${TRACE}-${SPAN}-01more`,
    `0-${TRACE}-${SPAN}-01`,
    `00-${TRACE.slice(1)}-${SPAN}-01`,
    `00 ${TRACE} ${SPAN} 01`,
  ]
  test.each(invalid)("invalid: %s", (value) => {
    const result = parseTraceparent(value)
    expect(isRemoteParent(result)).toBe(false)
    expect(result).toMatchObject({ setting: "TRACEPARENT", severity: "warning" })
  })
})

test("parseTracestate keeps valid entries and is absent without any", () => {
  expect(parseTracestate("vendor=1,other=a b")).toBe("vendor=1,other=a b")
  expect(parseTracestate("vendor=1,BAD KEY=2")).toBe("vendor=1")
  expect(parseTracestate("")).toBeUndefined()
  expect(parseTracestate("nonsense")).toBeUndefined()
  expect(parseTracestate(`a=${"x".repeat(600)}`)).toBeUndefined()
})

describe("the trace that OpenCode is started in", () => {
  const remote = { traceId: TRACE, spanId: SPAN, sampled: true }

  function inbound(env: Record<string, string>, options: unknown = {}) {
    const { config, problems } = resolveConfig(options, env)
    return { mode: config.inboundContext, parent: config.remoteParent, said: problems.map(formatProblem) }
  }

  test("absent or empty", () => {
    expect(inbound({})).toEqual({ mode: "parent", parent: undefined, said: [] })
    expect(inbound({ TRACEPARENT: "", TRACESTATE: "a=1" })).toEqual({
      mode: "parent",
      parent: undefined,
      said: [],
    })
  })

  test("with and without state", () => {
    expect(inbound({ TRACEPARENT: SAMPLED }).parent).toEqual(remote)
    expect(inbound({ TRACEPARENT: SAMPLED, TRACESTATE: "a=1" }).parent).toEqual({
      ...remote,
      traceState: "a=1",
    })
    expect(inbound({ TRACEPARENT: SAMPLED, TRACESTATE: "," })).toEqual({
      mode: "parent",
      parent: remote,
      said: [],
    })
  })

  test("malformed: said, and no parent", () => {
    expect(inbound({ TRACEPARENT: "00-xyz" })).toEqual({
      mode: "parent",
      parent: undefined,
      said: [
        'TRACEPARENT: got "00-xyz", expected a W3C traceparent such as 00-<32 hex digits>-<16 hex digits>-01; using a trace of its own for each prompt.',
      ],
    })
  })

  test("unsampled: said where it silences the plugin", () => {
    const env = { TRACEPARENT: `00-${TRACE}-${SPAN}-00` }
    const unsampled = { ...remote, sampled: false }
    const said = [
      'TRACEPARENT: got a trace that is not sampled, expected a sampled one, or the option inboundContext "link" or "ignore"; using its decision: no trace is recorded.',
    ]
    expect(inbound(env)).toEqual({ mode: "parent", parent: unsampled, said })
    expect(inbound(env, { sampler: "always_on" })).toEqual({ mode: "parent", parent: unsampled, said: [] })
    expect(inbound(env, { inboundContext: "link" })).toEqual({ mode: "link", parent: unsampled, said: [] })
  })

  test("ignored: not even read", () => {
    expect(inbound({ TRACEPARENT: "garbage" }, { inboundContext: "ignore" })).toEqual({
      mode: "ignore",
      parent: undefined,
      said: [],
    })
  })

  test("Weave needs a root without parent, unless the user says otherwise", () => {
    const env = { TRACEPARENT: SAMPLED, WANDB_API_KEY: "k", WEAVE_PROJECT: "e/p" }
    expect(inbound(env, { backend: "weave" })).toEqual({ mode: "link", parent: remote, said: [] })
    expect(inbound(env, { backend: "weave", inboundContext: "parent" }).mode).toBe("parent")
  })
})
