// The presets for Weave and Langfuse side by side on one real OpenCode, content on: what a backend's server receives.
import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import { appendFile } from "node:fs/promises"
import { join } from "node:path"
import { renderFindings } from "../conformance/finding.ts"
import { violations } from "../conformance/trace.ts"
import type { BusEvent } from "../harness/events.ts"
import { type Json, record } from "../harness/json.ts"
import { createWorkspace, PLUGIN_SPEC, type Server, startServer } from "../harness/opencode.ts"
import { type OtlpReceiver, type ReceivedSpan, startOtlpReceiver } from "../harness/otlp-receiver.ts"
import { bash, task } from "../harness/scenarios/scenario.ts"
import { type ScriptedModel, startScriptedModel } from "../harness/scripted-model.ts"
import { renderTree } from "../harness/tree.ts"

const TRACE = "0af7651916cd43dd8448eb211c80319c"
const SPAN = "b7ad6b7169203331"
const WEAVE = "/agents/otel/v1/traces"
const LANGFUSE = "/api/public/otel/v1/traces"
const SECOND = "second.ts"
const SUMMARY = "The file was made."
const VERSION = "1.18.33"

let model: ScriptedModel
let receiver: OtlpReceiver
let server: Server
let conversation: string

/** The spans that came to one backend's address, in the order of their start. */
function spansAt(path: string): ReceivedSpan[] {
  const spans = receiver.requests.filter((request) => request.path === path).flatMap(({ spans }) => spans)
  return spans.toSorted((a, b) => a.startMs - b.startMs)
}

function named(path: string, name: string): ReceivedSpan[] {
  return spansAt(path).filter((span) => span.name === name)
}

function only(spans: ReceivedSpan[]): ReceivedSpan {
  const [span, ...more] = spans
  if (!span || more.length > 0) throw new Error(`not one span: ${spans.map(({ name }) => name).join(", ")}`)
  return span
}

/** The attributes under these names, where the span has them. */
function some({ attributes }: ReceivedSpan, names: readonly string[]): Json {
  return Object.fromEntries(Object.entries(attributes).filter(([name]) => names.includes(name)))
}

/** The update of a user message that tells of changes. */
function tellsLines({ type, properties }: BusEvent): boolean {
  const { diffs } = record(record(properties.info).summary)
  return type === "message.updated" && Array.isArray(diffs) && diffs.length > 0
}

/** How many runs of the user's own have ended. */
function roots(path: string): number {
  return spansAt(path).filter(
    ({ name }) => name === "invoke_agent build" || name === "invoke_agent compaction",
  ).length
}

beforeAll(async () => {
  const linesTold = Promise.withResolvers<unknown>()
  model = await startScriptedModel()
  model.script("make the file", [
    {
      think: "A file.",
      say: "First.",
      calls: [bash("printf 'a\\nb\\n' > made.txt")],
      usage: { prompt: 100, completion: 20, reasoning: 7 },
    },
    { calls: [task("look around")] },
    // OpenCode tells the lines of a step's changes some hundred milliseconds after it, and a run does not wait.
    { say: "Done.", hold: linesTold.promise },
  ])
  model.script("look around", [{ say: "Nothing there." }])
  model.summary({ say: SUMMARY })
  receiver = await startOtlpReceiver()
  const weave = {
    backend: "weave",
    captureContent: true,
    backendEnv: { WF_TRACE_SERVER_URL: receiver.url, WANDB_API_KEY: "wk", WEAVE_PROJECT: "team/app" },
  }
  const langfuse = {
    backend: "langfuse",
    captureContent: true,
    identity: { userId: "jo" },
    spanAttributes: { "langfuse.trace.tags": "cli,test" },
  }
  const workspace = await createWorkspace({
    model,
    plugins: (root) => [
      [PLUGIN_SPEC, weave],
      [`file://${join(root, "project", SECOND)}`, langfuse],
    ],
    files: { [SECOND]: `export { default } from "${PLUGIN_SPEC}"\n` },
    config: { permission: { bash: "ask" } },
  })
  const remote = '[remote "origin"]\n\turl = https://jo:ghp_secret@github.com/acme/app.git\n'
  await appendFile(join(workspace.project, ".git/config"), remote)
  server = await startServer(workspace, {
    TRACEPARENT: `00-${TRACE}-${SPAN}-01`,
    LANGFUSE_BASE_URL: receiver.url,
    LANGFUSE_PUBLIC_KEY: "pk",
    LANGFUSE_SECRET_KEY: "sk",
    LANGFUSE_TRACING_ENVIRONMENT: "ci",
  })
  const session = await server.createSession()
  conversation = session.id
  await server.promptAsync(session.id, "make the file")
  const asked = await server.waitForEvent(({ type }) => type === "permission.asked")
  await server.replyPermission(String(asked.properties.id), "once")
  linesTold.resolve(await server.waitForEvent(tellsLines))
  await server.waitForIdle(session.id)
  await server.summarize(session.id)
  await receiver.waitFor(() => roots(WEAVE) === 2 && roots(LANGFUSE) === 2)
}, 180_000)

afterAll(async () => {
  await server?.stop()
  await receiver?.stop()
  await model?.stop()
}, 30_000)

const resource = { "service.name": "opencode", "service.version": VERSION }

function withoutSdk({ resource }: ReceivedSpan): Json {
  return Object.fromEntries(Object.entries(resource).filter(([name]) => !name.startsWith("telemetry.sdk.")))
}

describe.each([
  [WEAVE, ["weave.*", "gen_ai.agent.id"]],
  [LANGFUSE, ["session.id", "gen_ai.usage.cost", "langfuse.trace.tags"]],
] as const)("at %s", (path, extra) => {
  test("both runs arrive whole and conform", () => {
    expect(renderTree(spansAt(path))).toBe(
      [
        "invoke_agent build",
        "  chat fake-1",
        "  execute_tool bash",
        "  chat fake-1",
        "  invoke_agent general",
        "    chat fake-1",
        "  chat fake-1",
        "invoke_agent compaction",
        "  chat fake-1",
      ].join("\n"),
    )
    const spans = spansAt(path).map((span) => ({
      ...span,
      events: span.events.filter(({ name }) => !name.startsWith("weave.")),
    }))
    expect(renderFindings(violations(spans, { content: true, extra }))).toBe("")
    expect(receiver.faults).toEqual([])
  })

  test("roots are roots: the trace that OpenCode was started in is a link", () => {
    for (const name of ["invoke_agent build", "invoke_agent compaction"]) {
      const root = only(named(path, name))
      expect(root.parentSpanId).toBeUndefined()
      expect(root.traceId).not.toBe(TRACE)
      expect(root.links).toMatchObject([{ traceId: TRACE, spanId: SPAN }])
    }
  })

  test("the run tells of its project, without path and credentials, and of what it changed", () => {
    const { attributes } = only(named(path, "invoke_agent build"))
    expect(attributes).toMatchObject({
      "gen_ai.agent.version": VERSION,
      "vcs.ref.head.name": "main",
      "vcs.ref.head.type": "branch",
      "vcs.repository.url.full": "https://github.com/acme/app",
      "vcs.repository.name": "app",
      "opencode.run.files_changed": 1,
      "opencode.run.lines_added": 2,
      "opencode.run.lines_removed": 0,
    })
    expect(attributes["vcs.ref.head.revision"]).toMatch(/^[0-9a-f]{40}$/)
    expect(attributes["opencode.project.id"]).toMatch(/^[0-9a-f]{40}$/)
    expect(JSON.stringify(attributes)).not.toContain(server.workspace.root)
    expect(JSON.stringify(attributes)).not.toContain("ghp_secret")
  })
})

describe("weave", () => {
  test("request and resource", () => {
    for (const { headers } of receiver.requests.filter(({ path }) => path === WEAVE)) {
      expect(headers).toMatchObject({ "wandb-api-key": "wk", "content-type": "application/x-protobuf" })
      expect(headers).not.toContainKey("authorization")
    }
    expect(withoutSdk(only(named(WEAVE, "invoke_agent build")))).toEqual({
      ...resource,
      "wandb.entity": "team",
      "wandb.project": "app",
    })
  })

  test("exactly these attributes are its own", () => {
    const own = spansAt(WEAVE).flatMap((span) => {
      const extra = Object.entries(span.attributes).filter(
        ([name]) => name.startsWith("weave.") || name === "gen_ai.agent.id",
      )
      return extra.length === 0 ? [] : [[span.name, Object.fromEntries(extra)] as const]
    })
    const subagent = only(named(WEAVE, "invoke_agent general"))
    expect(own).toEqual([
      ["chat fake-1", { "weave.usage.reasoning_tokens": 7 }],
      ["invoke_agent general", { "gen_ai.agent.id": String(subagent.attributes["opencode.session.id"]) }],
      [
        "invoke_agent compaction",
        {
          // The prompt and its three answers.
          "weave.compaction.items_before": 4,
          "weave.compaction.items_after": 2,
          "weave.compaction.summary": SUMMARY,
        },
      ],
    ])
    expect(subagent.attributes["opencode.session.id"]).not.toBe(conversation)
  })

  test("the permission in its words beside ours, at the same times", () => {
    const { events } = only(named(WEAVE, "execute_tool bash"))
    const [asked, replied, request, resolved, ...more] = events
    expect(more).toEqual([])
    expect([asked?.name, replied?.name]).toEqual(["opencode.permission.asked", "opencode.permission.replied"])
    expect(request).toEqual({ name: "weave.permission_request", timeMs: asked?.timeMs ?? 0, attributes: {} })
    expect(resolved).toEqual({
      name: "weave.permission_resolved",
      timeMs: replied?.timeMs ?? 0,
      attributes: { "weave.permission.approved": true },
    })
  })
})

describe("langfuse", () => {
  test("request and resource", () => {
    for (const { headers } of receiver.requests.filter(({ path }) => path === LANGFUSE)) {
      expect(headers).toMatchObject({
        authorization: `Basic ${btoa("pk:sk")}`,
        "x-langfuse-ingestion-version": "4",
        "content-type": "application/x-protobuf",
      })
      expect(headers).not.toContainKey("wandb-api-key")
    }
    expect(withoutSdk(only(named(LANGFUSE, "invoke_agent build")))).toEqual({
      ...resource,
      "langfuse.environment": "ci",
    })
  })

  test("session, user and tags on every span, the cost on requests alone, nothing of weave's", () => {
    const everywhere = { "session.id": conversation, "user.id": "jo", "langfuse.trace.tags": "cli,test" }
    for (const span of spansAt(LANGFUSE)) {
      const cost =
        span.name === "chat fake-1" ? { "gen_ai.usage.cost": span.attributes["opencode.cost"] } : {}
      expect(some(span, [...Object.keys(everywhere), "gen_ai.usage.cost"])).toEqual({
        ...everywhere,
        ...cost,
      })
      expect(Object.keys(span.attributes).filter((name) => name.startsWith("weave."))).toEqual([])
      expect(span.events.filter(({ name }) => name.startsWith("weave."))).toEqual([])
    }
    expect(named(LANGFUSE, "chat fake-1").map(({ attributes }) => attributes["gen_ai.usage.cost"])).toEqual([
      0.0006, 0.0006, 0.0006, 0.0006, 0.0006,
    ])
  })

  test("what was asked and answered, on the run", () => {
    const { attributes } = only(named(LANGFUSE, "invoke_agent build"))
    expect(attributes["gen_ai.input.messages"]).toContain("make the file")
    expect(attributes["gen_ai.output.messages"]).toContain("Done.")
  })
})
