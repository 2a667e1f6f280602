import type { Attributes } from "@opentelemetry/api"
import type { Config } from "../config/index.ts"
import { createRedactor } from "../content/masking.ts"
import {
  allows,
  type ContentKind,
  type ContentPolicy,
  capturesAnything,
  resolvePolicy,
  type ToolUse,
} from "../content/policy.ts"
import { type ContentFilter, createContentFilter } from "../content/truncation.ts"
import { customMasker } from "../content/user-patterns.ts"
import * as names from "./attributes.ts"
import { systemInstructions, toolArguments, toolResult } from "./messages.ts"
import { RunTranscript, type Speaker, type StepTranscript } from "./transcript.ts"

/**
 * Content on spans, for users who switched it on: what the policy allows, secrets masked, cut to size. Where content
 * is off there is no `Capture`, and nothing of it is kept anywhere.
 */
export interface Capture {
  /** Gathers what one run was asked and what it answered. */
  transcript(speaker: Speaker): RunTranscript
  /** For an `invoke_agent` span. `title` is the session's, for roots. */
  agent(transcript: RunTranscript, finish: string, title: string | undefined): Attributes
  /** For a `chat` span. `instructions` is the system prompt, where this chat is the one to carry it. */
  chat(transcript: StepTranscript, finish: string, instructions: readonly string[]): Attributes
  /** For an `execute_tool` span. `output` is absent where the tool did not succeed. */
  tool(use: ToolUse, output: unknown): Attributes
  /** What someone wrote, for a span's status. Nothing where the policy does not allow it. */
  text(kind: ContentKind, value: string | undefined, tool?: ToolUse): string | undefined
}

/**
 * What puts content on spans, or nothing where the configuration captures none. A pattern of `redact` that cannot be
 * used may have been meant to protect anything, so then nothing is captured either.
 *
 * Waits only for the engine that runs the user's patterns to load, some milliseconds, and only where there are any.
 */
export async function contentCapture(
  config: Config,
  env: Readonly<Record<string, string | undefined>>,
  alert: (level: "error", message: string) => void,
): Promise<Capture | undefined> {
  const policy = resolvePolicy(config.captureContent)
  if (!capturesAnything(policy)) return undefined
  const custom = await customMasker(config.redact)
  for (const { index, reason } of custom.problems) {
    alert("error", `redact[${index}] cannot be used: ${reason}. No content is captured until it is mended`)
  }
  if (custom.problems.length > 0) return undefined
  const redactor = createRedactor({ env, secrets: Object.values(config.headers), custom: custom.mask })
  const longest = Math.min(config.maxValueBytes, config.limits.attributeValueLength ?? config.maxValueBytes)
  return createCapture(
    policy,
    createContentFilter(redactor, { maxValueBytes: longest, maxSpanBytes: config.maxSpanBytes }),
  )
}

/** Captures what the policy allows, all of it through the filter. */
export function createCapture(policy: ContentPolicy, filter: ContentFilter): Capture {
  function titled(title: string | undefined): Attributes {
    if (title === undefined || !allows(policy, "prompts")) return {}
    const masked = filter.text(title)
    return { [names.SESSION_TITLE]: masked, [names.CONVERSATION_NAME]: masked }
  }

  return {
    transcript: (speaker) => new RunTranscript(policy, speaker),
    agent: (transcript, finish, title) => ({
      ...filter.attributes({
        [names.INPUT_MESSAGES]: transcript.input(),
        [names.OUTPUT_MESSAGES]: transcript.output(finish),
      }),
      ...titled(title),
    }),
    chat: (transcript, finish, instructions) =>
      filter.attributes({
        [names.INPUT_MESSAGES]: transcript.input(),
        [names.OUTPUT_MESSAGES]: transcript.output(finish),
        [names.SYSTEM_INSTRUCTIONS]: allows(policy, "systemInstructions")
          ? systemInstructions(instructions)
          : undefined,
      }),
    tool: (use, output) =>
      filter.attributes({
        [names.TOOL_CALL_ARGUMENTS]:
          use.input !== undefined && allows(policy, "toolArguments", use)
            ? toolArguments(use.input)
            : undefined,
        [names.TOOL_CALL_RESULT]:
          output !== undefined && allows(policy, "toolResults", use) ? toolResult(output) : undefined,
      }),
    text: (kind, value, tool) =>
      value !== undefined && allows(policy, kind, tool) ? filter.text(value) : undefined,
  }
}
