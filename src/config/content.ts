/**
 * Which content may leave the process. Nothing does unless the user asks for it, and whatever cannot be
 * understood means "no".
 */
import { type Environment, firstSet, parseName } from "./environment.ts"
import { type Report, show } from "./problem.ts"

/** The kinds of content that can be switched separately. */
export const CONTENT_KINDS = [
  "prompts",
  "answers",
  "reasoning",
  "toolArguments",
  "toolResults",
  "systemInstructions",
] as const

export type ContentKind = (typeof CONTENT_KINDS)[number]

/**
 * What holds for one tool instead of `toolArguments` and `toolResults`. With `paths` (globs), only for calls
 * that touch such a path.
 */
export type ToolRule = Readonly<{ arguments?: boolean; result?: boolean; paths?: readonly string[] }>

/** The user's choice, by kind, and by the name of the tool as the model calls it. */
export type ContentCapture = Readonly<
  Record<ContentKind, boolean> & { tools: Readonly<Record<string, ToolRule>> }
>

/** The option as the schema lets it through. */
type ContentOption =
  | boolean
  | Readonly<
      { [Kind in ContentKind]?: boolean | undefined } & {
        tools?:
          | Readonly<
              Record<
                string,
                {
                  arguments?: boolean | undefined
                  result?: boolean | undefined
                  paths?: string[] | undefined
                }
              >
            >
          | undefined
      }
    >

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

/** True when any content at all may be captured: only then is it worth gathering. */
export function capturesAnything(capture: ContentCapture): boolean {
  const rules = Object.values(capture.tools)
  return (
    CONTENT_KINDS.some((kind) => capture[kind]) ||
    rules.some((rule) => rule.arguments === true || rule.result === true)
  )
}

/**
 * The option first, then the variable. An object captures what it names as true and nothing else.
 */
export function resolveContent(
  option: ContentOption | undefined,
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

function toolRules(rules: NonNullable<Exclude<ContentOption, boolean>["tools"]>) {
  return Object.fromEntries(Object.entries(rules).map(([tool, rule]) => [tool, closedRule(rule)] as const))
}

/** A rule that switches nothing was meant to protect something: it captures neither side of the call. */
function closedRule(
  rule: Readonly<{
    arguments?: boolean | undefined
    result?: boolean | undefined
    paths?: string[] | undefined
  }>,
): ToolRule {
  const silent = rule.arguments === undefined && rule.result === undefined
  return {
    ...(rule.arguments !== undefined && { arguments: rule.arguments }),
    ...(rule.result !== undefined && { result: rule.result }),
    ...(silent && { arguments: false, result: false }),
    ...(rule.paths && { paths: rule.paths }),
  }
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
  return { ...capture, tools: { ...capture.tools, [tool]: { arguments: false, result: false } } }
}
