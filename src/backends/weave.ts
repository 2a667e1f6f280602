import type { Attributes } from "@opentelemetry/api"
import * as names from "../genai/attributes.ts"
import {
  absent,
  type Backend,
  baseFrom,
  type Environment,
  type Given,
  type Preset,
  type PresetEndpoint,
  present,
  under,
} from "./backend.ts"
import { copied, type EndingSpan, type Extras, plainMessages, type SpanEvent } from "./extras.ts"

const SAAS: PresetEndpoint = { setting: "weave", value: "https://trace.wandb.ai" }
/** The path that feeds the Agents view; the classic `/otel/v1/traces` accepts spans and shows nothing there. */
const PATH = "agents/otel/v1/traces"

/** Observed on OpenCode 1.18: what a conversation begins with after a compaction, its request and the summary. */
const MESSAGES_AFTER = 2

/**
 * W&B Weave Agents: the column of reasoning tokens, the id that tells subagents of one name apart, the card of a
 * compaction, and permissions in the words that `weave-claude-code` uses.
 */
const extras: Extras = {
  attributes: ({ attributes }: EndingSpan) => ({
    ...copied(attributes, { "weave.usage.reasoning_tokens": names.USAGE_REASONING }),
    ...(attributes[names.SESSION_PARENT_ID] !== undefined &&
      copied(attributes, { [names.AGENT_ID]: names.SESSION_ID })),
    ...(attributes[names.RUN_TRIGGER] === "compaction" &&
      attributes[names.OUTCOME] === "completed" &&
      compaction(attributes)),
  }),

  event({ name, attributes }: SpanEvent) {
    if (name === names.EVENT_PERMISSION_ASKED) return { name: "weave.permission_request" }
    if (name !== names.EVENT_PERMISSION_REPLIED) return undefined
    return {
      name: "weave.permission_resolved",
      attributes: { "weave.permission.approved": attributes?.[names.KEY_REPLY] !== "reject" },
    }
  },
}

/** A compaction that failed replaced nothing, and gets no card. */
function compaction(attributes: Attributes): Attributes {
  const [summary] = plainMessages(attributes, names.OUTPUT_MESSAGES)
  return {
    ...copied(attributes, { "weave.compaction.items_before": names.COMPACTED_MESSAGES }),
    "weave.compaction.items_after": MESSAGES_AFTER,
    // Weave takes a text that begins like JSON apart and merges it into the span's tree.
    ...(summary && !/^\s*[{[]/.test(summary.text) && { "weave.compaction.summary": summary.text }),
  }
}

/**
 * W&B Weave Agents. It drops spans without entity and project, and recognises a finished turn by a span without
 * parent, so an inbound trace becomes a link.
 */
export const weave: Backend = {
  preset,
  extras,
}

function preset(env: Environment, given: Given): Preset {
  const base = baseUrl(env)
  const key = env.WANDB_API_KEY
  const [entity, project] = entityAndProject(env.WEAVE_PROJECT)
  const routed =
    given.headers.project_id ??
    ((entity ?? given.resourceAttributes["wandb.entity"]) !== undefined &&
      (project ?? given.resourceAttributes["wandb.project"]) !== undefined)
  return {
    endpoint: { setting: base.setting, value: under(base.value, PATH) },
    headers: given.headers.authorization ? {} : present({ "wandb-api-key": key }),
    resourceAttributes: present({ "wandb.entity": entity, "wandb.project": project }),
    inboundContext: "link",
    missing: absent({
      WANDB_API_KEY: key ?? given.headers["wandb-api-key"] ?? given.headers.authorization,
      'WEAVE_PROJECT ("entity/project")': routed,
    }),
  }
}

/** `WANDB_BASE_URL` names the API of W&B; only that of the public cloud has its traces on another host. */
function baseUrl(env: Environment): PresetEndpoint {
  const base = baseFrom(env, ["WF_TRACE_SERVER_URL", "WANDB_BASE_URL"], SAAS)
  const isCloudApi = base.setting === "WANDB_BASE_URL" && URL.parse(base.value)?.host === "api.wandb.ai"
  return isCloudApi ? { ...base, value: SAAS.value } : base
}

function entityAndProject(value: string | undefined): [string?, string?] {
  const parts = (value ?? "").split("/").map((part) => part.trim())
  const [entity, project] = parts
  return parts.length === 2 && entity && project ? [entity, project] : []
}
