/**
 * The plugin's options: `"plugin": [["opencode-traces", { … }]]` in `opencode.json`. One schema gives the
 * types, the validation and the README's table.
 */
import * as v from "valibot"
import { BACKEND_NAMES } from "../backends/index.ts"
import type { CONTENT_KINDS } from "./capture-options.ts"
import { DEFAULTS } from "./defaults.ts"
import { SAMPLERS } from "./limits.ts"
import {
  attributes,
  count,
  flag,
  MOST_ENTRIES,
  names,
  noList,
  option,
  orBoolean,
  patterns,
  text,
  texts,
} from "./option-kinds.ts"

const batch = v.strictObject({
  maxQueueSize: count(1, DEFAULTS.batch.maxQueueSize, "Ended spans that wait in memory at most."),
  maxExportBatchSize: count(1, DEFAULTS.batch.maxExportBatchSize, "Spans in one request at most."),
  scheduleDelayMs: count(
    0,
    DEFAULTS.batch.scheduleDelayMs,
    "How long an ended span may wait before it is sent.",
  ),
  exportTimeoutMs: count(1, DEFAULTS.batch.exportTimeoutMs, "Time for one export with its retries."),
})

const spool = v.strictObject({
  enabled: flag(DEFAULTS.spool.enabled, "Keep batches that cannot be delivered on disk and send them later."),
  directory: option(text, {
    type: "a path",
    default: "`$XDG_STATE_HOME/opencode-traces/spool`",
    description: "Where they are kept.",
  }),
  maxBytes: count(1, DEFAULTS.spool.maxBytes, "Size of the folder at most; the oldest batches go first."),
  maxAgeHours: count(1, DEFAULTS.spool.maxAgeHours, "How long a batch is kept."),
})

const identity = v.strictObject({
  userId: option(text, { type: "a string", default: "none", description: "Sent as `user.id`." }),
  gitAuthor: flag(DEFAULTS.identity.gitAuthor, "Send git's author as `user.full_name` and `user.email`."),
  hostName: flag(DEFAULTS.identity.hostName, "Send the machine's name as `host.name`."),
})

const toolRule = v.strictObject({
  arguments: v.optional(v.boolean()),
  result: v.optional(v.boolean()),
  paths: v.optional(v.pipe(v.array(v.pipe(text, v.nonEmpty())), v.minLength(1), v.maxLength(MOST_ENTRIES))),
})

const ruleList = v.pipe(v.array(noList(toolRule)), v.maxLength(MOST_ENTRIES))
const ruleOrList = v.lazy((input): typeof toolRule | typeof ruleList =>
  Array.isArray(input) ? ruleList : toolRule,
)
const toolRules = noList(v.pipe(v.record(v.pipe(text, v.nonEmpty()), ruleOrList), v.maxEntries(MOST_ENTRIES)))

const capture = v.strictObject({
  prompts: flag(false, "What the user wrote."),
  answers: flag(false, "What the model wrote."),
  reasoning: flag(false, "What the model thought."),
  toolArguments: flag(false, "What tools were called with."),
  toolResults: flag(false, "What tools answered."),
  systemInstructions: flag(false, "The system prompt."),
  tools: option(toolRules, {
    type: "rules by tool name",
    default: "`{}`",
    description:
      "For single tools, over the two switches above: " +
      '`{ "read": { "result": false, "paths": ["**/.env*"] } }`. With `paths`, only for calls that touch such a path. The name may be a glob, the rule a list of rules; the first that decides wins.',
  }),
}) satisfies v.GenericSchema<{ [Kind in (typeof CONTENT_KINDS)[number]]?: boolean | undefined }>

/** The options below an option, for the table and for the documentation of a dotted path. */
export const NESTED = Object.freeze({ batch, spool, identity, captureContent: capture })

export const OptionsSchema = v.strictObject({
  enabled: flag(DEFAULTS.enabled, "`false` switches the plugin off."),
  endpoint: option(text, {
    type: "a URL",
    default: `\`${DEFAULTS.endpoint}\``,
    description: "Where traces go, over OTLP/HTTP. Without a path, `/v1/traces` is appended.",
  }),
  headers: option(texts, {
    type: "an object of strings",
    default: "none",
    description: 'Sent with every request: `{ "authorization": "Bearer {env:MY_TOKEN}" }`.',
    secret: true,
  }),
  backend: option(v.picklist(BACKEND_NAMES), {
    type: `one of ${BACKEND_NAMES.join(", ")}`,
    default: "none",
    description: "Sets endpoint, headers and resource for a backend, from that backend's own variables.",
  }),
  backendEnv: option(texts, {
    type: "an object of strings",
    default: "none",
    description:
      'The backend\'s own variables, where they are not in the environment: `{ "WANDB_API_KEY": "{env:MY_KEY}" }`.',
    secret: true,
  }),
  timeoutMs: count(1, DEFAULTS.timeoutMs, "Time for one request."),
  compression: option(v.picklist(["none", "gzip"]), {
    type: "one of none, gzip",
    default: `\`${DEFAULTS.compression}\``,
    description: "How requests are compressed.",
  }),
  certificate: option(text, {
    type: "a path",
    default: "none",
    description: "PEM file with the certificate authority of the endpoint.",
  }),
  clientKey: option(text, {
    type: "a path",
    default: "none",
    description: "PEM file with the client's private key, for mutual TLS.",
  }),
  clientCertificate: option(text, {
    type: "a path",
    default: "none",
    description: "PEM file with the client's certificate, for mutual TLS.",
  }),
  serviceName: option(text, {
    type: "a string",
    default: `\`${DEFAULTS.serviceName}\``,
    description: "`service.name` of the resource.",
  }),
  resourceAttributes: option(attributes, {
    type: "an object of strings, numbers and booleans",
    default: "none",
    description: "Further attributes of the resource.",
  }),
  spanAttributes: option(attributes, {
    type: "an object of strings, numbers and booleans",
    default: "none",
    description: "Set on every span.",
  }),
  agentName: option(text, {
    type: "a string",
    default: "OpenCode's agent",
    description: "`gen_ai.agent.name` of the runs.",
  }),
  captureContent: option(orBoolean(capture), {
    type: "true, false or an object",
    default: "`false`",
    description: "Send content. An object sends what it names as true, and nothing else:",
  }),
  redact: option(patterns, {
    type: "a list of regular expressions without lookaround and back-references",
    default: "`[]`",
    description:
      "Further texts to mask in content, beside well-known secrets. One that cannot be used switches content off.",
    secret: true,
  }),
  maxValueBytes: count(
    256,
    DEFAULTS.maxValueBytes,
    "Size of one attribute at most; longer content is shortened.",
  ),
  maxSpanBytes: count(1024, DEFAULTS.maxSpanBytes, "Size of all content of one span at most."),
  identity: option(noList(identity), {
    type: "an object",
    default: "nothing is sent",
    description: "Who ran OpenCode:",
  }),
  vcs: flag(
    DEFAULTS.vcs,
    "Send branch, revision and address of the git repository, without credentials, on every run.",
  ),
  providerNames: option(texts, {
    type: "an object of strings",
    default: "`{}`",
    description: '`gen_ai.provider.name` by OpenCode\'s provider id: `{ "my-proxy": "anthropic" }`.',
  }),
  sampler: option(v.picklist(SAMPLERS), {
    type: `one of ${SAMPLERS.join(", ")}`,
    default: `\`${DEFAULTS.sampler.type}\``,
    description: "Which traces are kept.",
  }),
  samplerArg: option(v.pipe(v.number(), v.minValue(0), v.maxValue(1)), {
    type: "a number from 0 to 1",
    default: String(DEFAULTS.sampler.ratio),
    description: "The share of traces that the `traceidratio` samplers keep.",
  }),
  batch: option(noList(batch), {
    type: "an object",
    default: "see below",
    description: "How spans are gathered:",
  }),
  flushTimeoutMs: count(0, DEFAULTS.flushTimeoutMs, "Time for the last export when OpenCode ends."),
  spool: option(orBoolean(spool), {
    type: "true, false or an object",
    default: `\`${DEFAULTS.spool.enabled}\``,
    description: "What happens to traces that cannot be delivered:",
  }),
  inboundContext: option(v.picklist(["parent", "link", "ignore"]), {
    type: "one of parent, link, ignore",
    default: `\`${DEFAULTS.inboundContext}\``,
    description: "How runs relate to a `TRACEPARENT` in the environment.",
  }),
  propagateToCommands: flag(
    DEFAULTS.propagateToCommands,
    "Give commands that OpenCode runs a `TRACEPARENT` of their tool call.",
  ),
  propagateToProviders: option(names, {
    type: "a list of strings",
    default: "`[]`",
    description: "OpenCode's ids of the providers whose requests carry a `traceparent` header.",
  }),
})

/** The options as they are after validation. */
export type Options = v.InferOutput<typeof OptionsSchema>
