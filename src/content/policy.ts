import { isRecord } from "./json.ts"

/**
 * The kinds of content that can be captured separately. What has no kind of its own belongs to the kind of
 * whoever wrote it: session titles, commands and descriptions to `prompts`, a provider's error text to
 * `answers`, a tool's error text to `toolResults`.
 */
export type ContentKind =
  | "prompts"
  | "answers"
  | "reasoning"
  | "toolArguments"
  | "toolResults"
  | "systemInstructions"

/** A tool call, as far as the rules look at it. */
export interface ToolUse {
  readonly name: string
  /** Absent where what the model wrote could not be read. */
  readonly input?: unknown
}

/**
 * What to capture of one tool. The rule applies to tools whose name matches the glob `tool` and, where
 * `paths` is given, only to calls that name a path which matches one of these globs: as an argument, in a
 * list, in the head of a patch, or as a word of a command. What it leaves undefined it does not decide.
 */
export interface ToolRule {
  readonly tool: string
  readonly paths?: readonly string[]
  readonly arguments?: boolean
  readonly result?: boolean
}

/** Which content leaves the process. `rules` are asked in order; the first that decides wins. */
export interface ContentPolicy {
  readonly kinds: Readonly<Record<ContentKind, boolean>>
  readonly rules: readonly ToolRule[]
}

/** The option `captureContent` in its long form. */
export interface ContentOptions extends Partial<Record<ContentKind, boolean | undefined>> {
  /** Keyed by a glob on the tool's name; several rules for one tool as an array. */
  readonly tools?: Readonly<Record<string, ToolRuleOptions | readonly ToolRuleOptions[]>> | undefined
}

export interface ToolRuleOptions {
  readonly paths?: readonly string[] | undefined
  readonly arguments?: boolean | undefined
  readonly result?: boolean | undefined
}

/**
 * Files whose whole content is secret, whatever it looks like. These rules come after the user's own, so
 * `"tools": { "read": { "result": true } }` lifts them.
 */
const SECRET_FILES = [
  "**/.env",
  "**/.env.*",
  "**/.netrc",
  "**/.npmrc",
  "**/.pypirc",
  "**/.ssh/**",
  "**/.aws/credentials",
  "**/*.{pem,key,p12,pfx,jks,keystore}",
  "**/id_{rsa,dsa,ecdsa,ed25519}",
] as const

const DEFAULT_RULES: readonly ToolRule[] = [
  { tool: "*", paths: SECRET_FILES, result: false },
  { tool: "{write,edit,multiedit,apply_patch}", paths: SECRET_FILES, arguments: false },
]

/**
 * The policy that the option `captureContent` asks for. `true` captures every kind, `false` none. An
 * object captures exactly the kinds it sets to `true`: what it does not name is not captured, so that a kind
 * added later is never captured by an old configuration. Files that hold nothing but secrets are left out
 * unless a rule of the user's says otherwise.
 */
export function resolvePolicy(capture: boolean | ContentOptions): ContentPolicy {
  if (typeof capture === "boolean") return { kinds: everyKind(() => capture), rules: DEFAULT_RULES }
  return {
    kinds: everyKind((kind) => capture[kind] === true),
    rules: [...userRules(capture.tools ?? {}), ...DEFAULT_RULES],
  }
}

/** True when the policy captures anything at all: when not, no transcript need be kept. */
export function capturesAnything({ kinds, rules }: ContentPolicy): boolean {
  return (
    Object.values(kinds).includes(true) ||
    rules.some((rule) => rule.arguments === true || rule.result === true)
  )
}

/**
 * Whether content of this kind may leave the process. `tool` is the call that arguments or results belong
 * to; without it only the kind decides. A call that could not be read did not run: its result is an error
 * that quotes the arguments, and so needs leave for both.
 */
export function allows(policy: ContentPolicy, kind: ContentKind, tool?: ToolUse): boolean {
  if (!tool || (kind !== "toolArguments" && kind !== "toolResults")) return policy.kinds[kind]
  const quotes = kind === "toolResults" && !isRecord(tool.input)
  if (quotes && !allows(policy, "toolArguments", tool)) return false
  const side = kind === "toolArguments" ? "arguments" : "result"
  return policy.rules.find((rule) => decides(rule, side, tool))?.[side] ?? policy.kinds[kind]
}

function decides(rule: ToolRule, side: "arguments" | "result", { name, input }: ToolUse): boolean {
  const { tool, paths } = rule
  if (rule[side] === undefined || !new Bun.Glob(tool).match(name)) return false
  if (paths === undefined) return true
  // Any path may be among arguments that nobody could read: what would withhold one withholds them.
  if (!isRecord(input)) return side === "arguments" && !rule[side]
  const globs = paths.map((path) => new Bun.Glob(path))
  return possiblePaths(input).some((value) => globs.some((glob) => glob.match(value)))
}

const PATCHED_FILE = /^\*\*\* (?:Add File|Update File|Delete File|Move to): (.+)$/gm
/** Longer than any file system allows: not a path, and not worth matching with a dozen globs. */
const LONGEST_PATH = 4096
const SHELL_SEPARATORS = /[\s'"`;|&<>()]+/

/** Everything in a call's arguments that may be a path. With forward slashes: globs know no other separator. */
function possiblePaths(input: Readonly<Record<string, unknown>>): readonly string[] {
  return Object.entries(input).flatMap(([key, value]) =>
    [value]
      .flat()
      .filter((item) => typeof item === "string")
      .flatMap((item) => [
        item,
        ...patchedFiles(item),
        ...(key === "command" ? item.split(SHELL_SEPARATORS) : []),
      ])
      .filter((path) => path.length <= LONGEST_PATH)
      .map((path) => path.replaceAll("\\", "/").trim()),
  )
}

function patchedFiles(patch: string): readonly string[] {
  return [...patch.matchAll(PATCHED_FILE)].map((match) => match[1] ?? "")
}

function everyKind(captured: (kind: ContentKind) => boolean): Record<ContentKind, boolean> {
  return {
    prompts: captured("prompts"),
    answers: captured("answers"),
    reasoning: captured("reasoning"),
    toolArguments: captured("toolArguments"),
    toolResults: captured("toolResults"),
    systemInstructions: captured("systemInstructions"),
  }
}

function userRules(tools: NonNullable<ContentOptions["tools"]>): readonly ToolRule[] {
  return Object.entries(tools).flatMap(([tool, rules]) => [rules].flat().map((rule) => toRule(tool, rule)))
}

function toRule(tool: string, { paths, arguments: args, result }: ToolRuleOptions): ToolRule {
  return {
    tool,
    ...(paths === undefined ? {} : { paths }),
    ...(args === undefined ? {} : { arguments: args }),
    ...(result === undefined ? {} : { result }),
  }
}
