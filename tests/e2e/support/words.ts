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
const NOWHERE: readonly string[] = []

const sorted = (...places: (readonly string[])[]) => [...new Set(places.flat())].toSorted()

/** By the place where a word is planted, the places where spans tell it with all content on. */
export const WORDS = {
  // What the user wrote, attached, chose or set up.
  ...{ Prompt: PROMPT, AskingPrompt: PROMPT, RefusedPrompt: PROMPT, StumblingPrompt: PROMPT },
  ...{ LongPrompt: PROMPT, JsonPrompt: PROMPT, Delegation: PROMPT, Template: PROMPT, Arguments: PROMPT },
  ...{ InlineName: PROMPT, Inline: NOWHERE, FileName: NOWHERE, AttachedContent: NOWHERE, NoReply: NOWHERE },
  ...{ GivenTitle: TITLE, Title: TITLE },
  ...{ AgentsFile: INSTRUCTIONS, AgentPrompt: INSTRUCTIONS, SystemOverride: INSTRUCTIONS },
  ...{ AgentDescription: NOWHERE, CommandDescription: NOWHERE, Schema: NOWHERE, SchemaField: NOWHERE },
  // What the model wrote.
  ...{ Answer: ANSWER, BeforeSummary: ANSWER, LastAnswer: LAST_ANSWER, AfterTask: LAST_ANSWER },
  ...{ AfterHumans: LAST_ANSWER, AfterRetry: LAST_ANSWER, AfterSummary: LAST_ANSWER, Greeting: LAST_ANSWER },
  ...{ Summary: ["agent output text"], Reasoning: REASONING, ScoutReasoning: REASONING },
  // What it called tools with, and what they answered.
  ...{ CommandAbout: ARGUMENTS, Written: ARGUMENTS, PathWritten: ARGUMENTS, Pattern: ARGUMENTS },
  ...{ FailingAbout: ARGUMENTS, DeniedAbout: ARGUMENTS, AskedAbout: ARGUMENTS, FullAbout: ARGUMENTS },
  ...{ AskedPattern: ARGUMENTS, OptionLabel: ARGUMENTS, OptionDescription: ARGUMENTS, Head: ARGUMENTS },
  ...{ Structured: ARGUMENTS, ShellCommand: ["tool arguments"] },
  ...{ FileContent: RESULT, CommandOutput: RESULT, QuestionAnswer: RESULT },
  ...{
    PathRead: sorted(ARGUMENTS, RESULT),
    Stderr: sorted(ARGUMENTS, RESULT),
    Todo: sorted(ARGUMENTS, RESULT),
  },
  ...{ McpText: sorted(ARGUMENTS, RESULT), Question: sorted(ARGUMENTS, RESULT) },
  ...{ PathAbsent: sorted(ARGUMENTS, TOOL_ERROR), McpFailure: sorted(ARGUMENTS, TOOL_ERROR) },
  ...{
    PermissionRule: sorted(ARGUMENTS, TOOL_ERROR),
    BrokenArguments: TOOL_ERROR,
    MadeUpTool: TOOL_ERROR,
    RejectReason: TOOL_ERROR,
  },
  // A subagent stands in the place of its call.
  TaskDescription: ["chat output tool_call"],
  Task: ["agent input text", "chat output tool_call"],
  TaskResult: sorted(LAST_ANSWER, ["chat input tool_call_response"]),
  // What a provider said when it refused, and everything that is never content.
  ErrorMessage: ["agent status", "chat status"],
  ...{ ErrorBody: NOWHERE, ErrorHeader: NOWHERE, McpEnvironment: NOWHERE, ModelName: NOWHERE },
  ...{ ProviderUser: NOWHERE, ProviderPassword: NOWHERE, ProviderKey: NOWHERE, ProviderHeader: NOWHERE },
  ...{
    RemoteUser: NOWHERE,
    RemotePassword: NOWHERE,
    GitAuthor: NOWHERE,
    GitAddress: NOWHERE,
  },
  ...{ EndpointUser: NOWHERE, EndpointPassword: NOWHERE, HeaderValue: NOWHERE },
  ...{ SecretVariable: NOWHERE, DatabaseUser: NOWHERE, DatabasePassword: NOWHERE, Variable: NOWHERE },
} satisfies Record<string, readonly string[]>

export type Word = keyof typeof WORDS

/** The word of a place. It is made of letters alone, so that no encoding of text changes it. */
export function word(place: Word): string {
  return `${STEM}${place}zq`
}

/** The places with all content on by the word itself, without those that are told nowhere. */
export function expectedPlaces(): Record<string, string[]> {
  const told = Object.entries(WORDS).filter(([, places]) => places.length > 0)
  return Object.fromEntries(told.map(([place, places]) => [`${STEM}${place}zq`, [...places]]))
}

/** Finds every word, in any case, and what is left of one that was cut. */
export const ANY_WORD = new RegExp(`${STEM}\\w*`, "gi")

/** The words in some bytes or text. */
export function wordsIn(bytes: Uint8Array | string): string[] {
  return [...new Set(Buffer.from(bytes).toString("latin1").match(ANY_WORD))]
}
