// Words that stand nowhere else, one for each place that can hold text, and where docs/privacy.md says they go.

/** Every word begins like this, so that one search finds them all, cut ones included. */
const STEM = "kanari"

const PROMPT = ["agent input text", "chat input text"]
const ANSWER = ["chat output text"]
const LAST_ANSWER = ["agent output text", "chat output text"]
const REASONING = ["chat output reasoning"]
const ARGUMENTS = ["chat output tool_call", "tool arguments"]
const RESULT = ["chat input tool_call_response", "tool result"]
const TOOL_ERROR = ["chat input tool_call_response", "tool status"]
const TITLE = ["agent title"]
const INSTRUCTIONS = ["chat instructions"]
const NOWHERE: string[] = []

/** Where spans tell words with all content on, and the places where these are planted. */
const PLANTED = [
  // What the user wrote, attached, chose or set up.
  [PROMPT, ["Prompt", "AskingPrompt", "RefusedPrompt", "StumblingPrompt", "LongPrompt", "JsonPrompt"]],
  [PROMPT, ["Delegation", "Template", "Arguments", "InlineName"]],
  [TITLE, ["GivenTitle", "Title"]],
  [INSTRUCTIONS, ["AgentsFile", "AgentPrompt", "SystemOverride"]],
  [NOWHERE, ["Inline", "FileName", "AttachedContent", "NoReply", "Schema", "SchemaField"]],
  [NOWHERE, ["AgentDescription", "CommandDescription", "ModelName"]],
  // What the model wrote.
  [ANSWER, ["Answer", "BeforeSummary"]],
  [LAST_ANSWER, ["LastAnswer", "AfterTask", "AfterHumans", "AfterRetry", "AfterSummary", "Greeting"]],
  [["agent output text"], ["Summary"]],
  [REASONING, ["Reasoning", "ScoutReasoning"]],
  // What it called tools with, and what they answered.
  [ARGUMENTS, ["CommandAbout", "FailingAbout", "DeniedAbout", "AskedAbout", "FullAbout", "AskedPattern"]],
  [
    ARGUMENTS,
    ["Written", "PathWritten", "Pattern", "OptionLabel", "OptionDescription", "Head", "Structured"],
  ],
  [["tool arguments"], ["ShellCommand"]],
  [RESULT, ["FileContent", "CommandOutput", "QuestionAnswer"]],
  [
    [...ARGUMENTS, ...RESULT],
    ["PathRead", "Stderr", "Todo", "McpText", "Question"],
  ],
  [TOOL_ERROR, ["BrokenArguments", "MadeUpTool", "RejectReason"]],
  [
    [...ARGUMENTS, ...TOOL_ERROR],
    ["PathAbsent", "McpFailure", "PermissionRule"],
  ],
  // A subagent stands in the place of its call.
  [["chat output tool_call"], ["TaskDescription"]],
  [["agent input text", "chat output tool_call"], ["Task"]],
  [[...LAST_ANSWER, "chat input tool_call_response"], ["TaskResult"]],
  // What a provider said when it refused.
  [["agent status", "chat status"], ["ErrorMessage"]],
  [NOWHERE, ["ErrorBody", "ErrorHeader"]],
  // Credentials and identities.
  [NOWHERE, ["ProviderUser", "ProviderPassword", "ProviderKey", "ProviderHeader", "McpEnvironment"]],
  [NOWHERE, ["EndpointUser", "EndpointPassword", "HeaderValue"]],
  [NOWHERE, ["RemoteUser", "RemotePassword", "GitAuthor", "GitAddress"]],
  [NOWHERE, ["SecretVariable", "DatabaseUser", "DatabasePassword", "Variable"]],
] as const

export type Word = (typeof PLANTED)[number][1][number]

/** The word of a place. It is made of letters alone, so that no encoding of text changes it. */
export function word(place: Word): string {
  return `${STEM}${place}zq`
}

/** By word, the places that tell it with all content on, in alphabetical order; without those told nowhere. */
export function expectedPlaces(): Record<string, string[]> {
  const told = PLANTED.filter(([places]) => places.length > 0)
  return Object.fromEntries(
    told.flatMap(([places, words]) => words.map((one) => [word(one), [...places].toSorted()])),
  )
}

/** Finds every word, in any case, and what is left of one that was cut. */
export const ANY_WORD = new RegExp(`${STEM}\\w*`, "gi")

/** The words in some bytes or text. */
export function wordsIn(bytes: Uint8Array | string): string[] {
  return [...new Set(Buffer.from(bytes).toString("latin1").match(ANY_WORD))]
}
