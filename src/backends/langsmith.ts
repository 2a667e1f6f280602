import type { Attributes } from "@opentelemetry/api"
import * as names from "../genai/attributes.ts"
import {
  absent,
  type Backend,
  baseFrom,
  type Environment,
  type Given,
  type Preset,
  present,
  under,
} from "./backend.ts"
import { copied, type Extras, plainMessages } from "./extras.ts"

/** LangSmith's kinds of run; it knows no agents, and takes what it does not know for a chain. */
const KINDS: Readonly<Record<string, string>> = { invoke_agent: "chain", chat: "llm", execute_tool: "tool" }

/** Two attributes each, of the 128 that a span may have. */
const MOST_MESSAGES = 20

/**
 * LangSmith, whose documented mapping (September 2025) lists neither `gen_ai.input.messages` nor agents: the kind of
 * run, the thread, the provider under its former name, and content where the user switched it on, in the
 * numbered form that it does list.
 */
const extras: Extras = {
  attributes: ({ attributes }) => ({
    "langsmith.span.kind": KINDS[String(attributes[names.OPERATION_NAME])] ?? "chain",
    ...copied(attributes, {
      "langsmith.metadata.thread_id": names.CONVERSATION_ID,
      "langsmith.metadata.user_id": names.USER_ID,
      "gen_ai.system": names.PROVIDER_NAME,
      "input.value": names.TOOL_CALL_ARGUMENTS,
      "output.value": names.TOOL_CALL_RESULT,
    }),
    ...numbered("gen_ai.prompt", attributes, names.INPUT_MESSAGES),
    ...numbered("gen_ai.completion", attributes, names.OUTPUT_MESSAGES),
  }),
}

function numbered(prefix: string, attributes: Attributes, name: string): Attributes {
  const entries = plainMessages(attributes, name)
    .slice(0, MOST_MESSAGES)
    .flatMap(({ role, text }, index) => [
      [`${prefix}.${index}.role`, role] as const,
      [`${prefix}.${index}.content`, text] as const,
    ])
  return Object.fromEntries(entries)
}

/** LangSmith. A self-hosted one is named with its API path (`https://host/api/v1`). */
export const langsmith: Backend = {
  preset,
  extras,
}

function preset(env: Environment, given: Given): Preset {
  const base = baseFrom(env, ["LANGSMITH_ENDPOINT"], {
    setting: "langsmith",
    value: "https://api.smith.langchain.com",
  })
  const key = env.LANGSMITH_API_KEY
  return {
    endpoint: { setting: base.setting, value: under(base.value, "otel/v1/traces") },
    headers: present({ "x-api-key": key, "langsmith-project": env.LANGSMITH_PROJECT }),
    resourceAttributes: {},
    missing: absent({ LANGSMITH_API_KEY: key ?? given.headers["x-api-key"] }),
  }
}
