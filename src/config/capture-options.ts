/**
 * Which content may leave the process. Nothing does unless the user asks for it, and whatever cannot be
 * understood means "no".
 */
import type { Environment } from "../backends/backend.ts"
import type { ContentKind, ContentOptions, ToolRuleOptions } from "../content/policy.ts"
import { firstSet, parseName } from "./environment.ts"
import { type Report, show } from "./problem.ts"

/** The kinds of content that can be switched separately. */
export const CONTENT_KINDS = [
  "prompts",
  "answers",
  "reasoning",
  "toolArguments",
  "toolResults",
  "systemInstructions",
] as const satisfies readonly ContentKind[]

/**
 * The user's choice: every kind, and rules for tools in the form that the privacy policy takes. A rule with
 * `paths` (globs) holds only for calls that touch such a path.
 */
export type ContentCapture = Readonly<Record<ContentKind, boolean>> &
  Readonly<{ tools: NonNullable<ContentOptions["tools"]> }>

const VARIABLE = "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"
/** Span attributes are the only place where this plugin could put content, so "events only" is none at all. */
const ON = ["span_only", "span_and_event", "true"] as const
const OFF = ["no_content", "event_only", "false"] as const

/** All kinds on, or all off. */
export function captureAll(on: boolean): ContentCapture {
  return {
    prompts: on,
    answers: on,
    reasoning: on,
    toolArguments: on,
    toolResults: on,
    systemInstructions: on,
    tools: {},
  }
}

/**
 * The option first, then the variable. An object captures what it names as true and nothing else.
 */
export function resolveContent(
  option: boolean | ContentOptions | undefined,
  env: Environment,
  report: Report,
): ContentCapture {
  if (option === undefined) return captureAll(fromVariable(env, report))
  if (typeof option === "boolean") return captureAll(option)
  const { tools, ...kinds } = option
  const none = captureAll(false)
  const chosen = Object.fromEntries(CONTENT_KINDS.map((kind) => [kind, kinds[kind] ?? false]))
  return { ...none, ...chosen, tools: toolRules(tools ?? {}) }
}

const CLOSED = Object.freeze({ arguments: false, result: false })

type Rules = ContentCapture["tools"][string]

function toolRules(tools: ContentCapture["tools"]): ContentCapture["tools"] {
  const closed = Object.entries(tools).map(([tool, rules]) => [tool, closedRules(rules)] as const)
  return Object.fromEntries(closed)
}

/** A rule that switches nothing was meant to protect something: it captures neither side of the call. */
function closedRules(rules: Rules): Rules {
  return isList(rules) ? rules.map(closedRule) : closedRule(rules)
}

function closedRule(rule: ToolRuleOptions): ToolRuleOptions {
  const silent = rule.arguments === undefined && rule.result === undefined
  return silent ? { ...rule, ...CLOSED } : rule
}

function isList(rules: Rules): rules is readonly ToolRuleOptions[] {
  return Array.isArray(rules)
}

function fromVariable(env: Environment, report: Report): boolean {
  const given = firstSet(env, VARIABLE)
  if (!given || parseName(given, OFF)) return false
  if (parseName(given, ON)) return true
  report({
    setting: VARIABLE,
    given: show(given),
    expected: "SPAN_ONLY, SPAN_AND_EVENT, EVENT_ONLY, NO_CONTENT, true or false",
    used: "NO_CONTENT",
    severity: "warning",
  })
  return false
}

/**
 * Takes back what a faulty option may have been meant to protect: nothing of a tool whose rule was faulty,
 * nothing of any tool when the rules themselves were, nothing at all when the option or a pattern of `redact`
 * was. `faults`: the paths of the values that were cut out of the options.
 */
export function closeFaulty(
  capture: ContentCapture,
  faults: readonly Readonly<{ path: readonly string[] }>[],
): ContentCapture {
  return faults.reduce((kept, { path }) => closeOne(kept, path), capture)
}

function closeOne(capture: ContentCapture, path: readonly string[]): ContentCapture {
  const [option, part, tool] = path
  if (option === "redact" || (option === "captureContent" && part === undefined)) return captureAll(false)
  if (option !== "captureContent" || part !== "tools") return capture
  if (tool === undefined) return { ...capture, toolArguments: false, toolResults: false, tools: {} }
  // First, because the first rule that decides wins.
  const { [tool]: _faulty, ...others } = capture.tools
  return { ...capture, tools: { [tool]: CLOSED, ...others } }
}
