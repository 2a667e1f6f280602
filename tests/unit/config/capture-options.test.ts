import { describe, expect, test } from "bun:test"
import { formatProblem, resolveConfig } from "../../../src/config/index.ts"
import { allows, capturesAnything, resolvePolicy } from "../../../src/content/policy.ts"

const ON = { OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT: "SPAN_ONLY" }

function capture(captureContent: unknown, more: object = {}, env: Record<string, string> = {}) {
  const { config, problems } = resolveConfig({ captureContent, ...more }, env)
  const { tools, ...kinds } = config.captureContent
  const on = Object.entries(kinds).flatMap(([kind, captured]) => (captured ? [kind] : []))
  return {
    on,
    tools,
    said: problems.map(formatProblem),
    any: capturesAnything(resolvePolicy(config.captureContent)),
  }
}

const ALL = ["prompts", "answers", "reasoning", "toolArguments", "toolResults", "systemInstructions"]

describe("what is captured", () => {
  test("nothing, unless it is asked for", () => {
    expect(capture(undefined)).toEqual({ on: [], tools: {}, said: [], any: false })
    expect(capture({})).toEqual({ on: [], tools: {}, said: [], any: false })
  })

  test("everything with true, nothing with false, whatever the variable says", () => {
    expect(capture(true)).toEqual({ on: ALL, tools: {}, said: [], any: true })
    expect(capture(false, {}, ON)).toEqual({ on: [], tools: {}, said: [], any: false })
    expect(capture(undefined, {}, ON)).toEqual({ on: ALL, tools: {}, said: [], any: true })
  })

  test("an object captures what it names as true", () => {
    expect(capture({ answers: true, reasoning: false }, {}, ON).on).toEqual(["answers"])
  })

  test("rules of tools are kept as they are; one that switches nothing closes the tool", () => {
    const read = { result: false, paths: ["**/.env*"] }
    expect(
      capture({ toolResults: true, tools: { read, bash: { arguments: true }, edit: { paths: ["*.pem"] } } }),
    ).toEqual({
      on: ["toolResults"],
      tools: {
        read,
        bash: { arguments: true },
        edit: { arguments: false, result: false, paths: ["*.pem"] },
      },
      said: [],
      any: true,
    })
  })

  test("a rule alone can be all that is captured", () => {
    expect(capture({ tools: { bash: { result: true } } }).any).toBe(true)
    expect(capture({ tools: { bash: { result: false } } }).any).toBe(false)
  })
})

test("the privacy policy takes the choice as it is", () => {
  const { config } = resolveConfig(
    {
      captureContent: {
        toolResults: true,
        tools: { read: [{ result: false, paths: ["**/secret/*"] }, { arguments: true }] },
      },
    },
    {},
  )
  const policy = resolvePolicy(config.captureContent)
  const read = (filePath: string) => ({ name: "read", input: { filePath } })
  expect(allows(policy, "toolResults", read("/a/secret/b"))).toBe(false)
  expect(allows(policy, "toolResults", read("/a/open/b"))).toBe(true)
  expect(allows(policy, "toolArguments", read("/a/open/b"))).toBe(true)
  expect(allows(policy, "prompts")).toBe(false)
})

describe("what cannot be understood is not captured", () => {
  const closed = { arguments: false, result: false }

  test("the option itself, also where the variable switches content on", () => {
    expect(capture("yes", {}, ON)).toEqual({
      on: [],
      tools: {},
      said: ['captureContent: got "yes", expected true, false or an object; using no content at all.'],
      any: false,
    })
  })

  test("one kind", () => {
    const { on, said } = capture({ prompts: true, toolResults: "no", answer: true })
    expect(on).toEqual(["prompts"])
    expect(said).toEqual([
      'captureContent.toolResults: got "no", expected true or false; using false.',
      'captureContent.answer: got an unknown option, expected a known one (did you mean "answers"?); using nothing: it is ignored.',
    ])
  })

  test("a value in a tool's rule closes that tool and no other", () => {
    const { tools, said } = capture({
      toolResults: true,
      toolArguments: true,
      tools: { read: { arguments: true, result: "never" }, bash: { result: true } },
    })
    expect(tools).toEqual({ read: closed, bash: { result: true } })
    expect(said).toEqual([
      'captureContent.tools.read.result: got "never", expected captureContent.tools to be rules by tool name; using no content of the tool "read".',
    ])
  })

  test("a bad rule closes its tool before any other rule is asked", () => {
    const tools = { "*": { result: true }, read: [{ result: true }, { result: 1 }] }
    const { config } = resolveConfig({ captureContent: { tools } }, {})
    const policy = resolvePolicy(config.captureContent)
    expect(allows(policy, "toolResults", { name: "read", input: {} })).toBe(false)
    expect(allows(policy, "toolResults", { name: "bash", input: {} })).toBe(true)
  })

  test("a mistyped name in a tool's rule closes that tool", () => {
    const { tools, said } = capture({ toolResults: true, tools: { read: { results: false } } })
    expect(tools).toEqual({ read: closed })
    expect(said).toEqual([
      'captureContent.tools.read.results: got an unknown option, expected a known one (did you mean "result"?); using no content of the tool "read".',
    ])
  })

  test("a path that is no text closes the tool for every path", () => {
    expect(capture({ toolResults: true, tools: { read: { result: false, paths: [7] } } }).tools).toEqual({
      read: closed,
    })
    expect(
      capture({ toolResults: true, tools: { read: { result: false, paths: "**/.env" } } }).tools,
    ).toEqual({ read: closed })
  })

  test("rules that are none close every tool", () => {
    const { on, tools, said } = capture({
      prompts: true,
      toolResults: true,
      toolArguments: true,
      tools: "read",
    })
    expect(on).toEqual(["prompts"])
    expect(tools).toEqual({})
    expect(said).toEqual([
      'captureContent.tools: got "read", expected rules by tool name; using no content of any tool.',
    ])
  })

  test("a pattern that protects nothing switches content off", () => {
    for (const redact of [["("], [""], "secret", [7], ["x*"], ["a(?=b)"], ["(?<!a)b"], ["(a)\\1"]]) {
      const { on, said } = capture(true, { redact })
      const wellFormed = JSON.stringify(redact) === '[""]'
      expect(on).toEqual(wellFormed ? ALL : [])
      expect(said.length).toBe(wellFormed ? 0 : 1)
    }
    expect(capture(true, { redact: ["corp-secret-(", "ok"] }).said).toEqual([
      "redact.0: got *** (13 characters), expected redact to be a list of regular expressions without lookaround and back-references; using no content at all.",
    ])
  })

  test("patterns that RE2 knows are taken", () => {
    const { config, problems } = resolveConfig(
      { captureContent: true, redact: ["ACME-\\d{4}", "\\\\1", "(?P<name>x)y", "(?i)internal-[a-z]+"] },
      {},
    )
    expect(problems).toEqual([])
    expect(config.redact.length).toBe(4)
  })
})
