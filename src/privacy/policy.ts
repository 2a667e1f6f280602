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
  readonly input?: unknown
}

/**
 * What to capture of one tool. The rule applies to tools whose name matches the glob `tool` and, where
 * `paths` is given, only to calls with a top-level string argument that matches one of these globs. What
 * it leaves undefined it does not decide.
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
  { tool: "read", paths: SECRET_FILES, result: false },
  { tool: "{write,edit,multiedit}", paths: SECRET_FILES, arguments: false, result: false },
]

/**
 * The policy that the option `captureContent` asks for. `true` captures every kind, `false` none. An
 * object captures exactly the kinds it sets to `true`: what it does not name stays inside, so that a kind
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
 * to; without it only the kind decides.
 */
export function allows(policy: ContentPolicy, kind: ContentKind, tool?: ToolUse): boolean {
  const decided = tool && ruling(policy.rules, kind, tool)
  return decided ?? policy.kinds[kind]
}

function ruling(rules: readonly ToolRule[], kind: ContentKind, tool: ToolUse): boolean | undefined {
  if (kind !== "toolArguments" && kind !== "toolResults") return undefined
  const side = kind === "toolArguments" ? "arguments" : "result"
  return rules.find((rule) => rule[side] !== undefined && applies(rule, tool))?.[side]
}

function applies({ tool, paths }: ToolRule, use: ToolUse): boolean {
  if (!new Bun.Glob(tool).match(use.name)) return false
  if (paths === undefined) return true
  const globs = paths.map((path) => new Bun.Glob(path))
  return topLevelStrings(use.input).some((value) => globs.some((glob) => glob.match(value)))
}

/** Windows paths with forward slashes: globs know no other separator. */
function topLevelStrings(input: unknown): readonly string[] {
  if (typeof input !== "object" || input === null) return []
  return Object.values(input)
    .filter((value) => typeof value === "string")
    .map((value) => value.replaceAll("\\", "/"))
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
