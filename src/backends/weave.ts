import { under } from "../config/endpoint.ts"
import type { Environment } from "../config/environment.ts"
import { absent, type Backend, baseFrom, type PresetEndpoint, present } from "./backend.ts"

const SAAS: PresetEndpoint = { setting: "weave", value: "https://trace.wandb.ai" }
/** The path that feeds the Agents view; the classic `/otel/v1/traces` accepts spans and shows nothing there. */
const PATH = "agents/otel/v1/traces"

/**
 * W&B Weave Agents. It drops spans without entity and project, and tells a finished turn by a span without
 * parent, so an inbound trace becomes a link.
 */
export const weave: Backend = (env, given) => {
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
