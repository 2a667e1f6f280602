// Content on, on the real OpenCode: secrets are masked wherever they stand, secret files are left out.
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test"
import { join } from "node:path"
import { createWorkspace, type Server, startServer } from "../harness/opencode.ts"
import { type OtlpReceiver, startOtlpReceiver } from "../harness/otlp-receiver.ts"
import { type ScriptedModel, startScriptedModel } from "../harness/scripted-model.ts"
import { assertSound } from "../harness/tree.ts"
import { tellings } from "../support/tellings.ts"
import { told } from "./support/content.ts"
import { filesBelow, ourLines } from "./support/files.ts"
import { ENVIRONMENT, FIRST, PATTERN, SECRETS, TOLD, WRITTEN } from "./support/secrets.ts"

setDefaultTimeout(120_000)

/** Stands in files that hold nothing but secrets, and looks like none. */
const HIDDEN = "nobody-can-tell-this-is-secret"

let model: ScriptedModel
let receiver: OtlpReceiver
let server: Server
let spooled: Map<string, Buffer>
let log: string[]
/** The session in which secret files are opened. */
let opening: string

const bash = (command: string) => ({ name: "bash", args: { command, description: "run it" } })

function script(): void {
  const refusal = { status: 400, body: JSON.stringify({ error: { message: WRITTEN } }) }
  model.title({ say: FIRST.line })
  model.script("tell them", [
    {
      think: WRITTEN,
      say: WRITTEN,
      calls: [
        bash("cat output.txt"),
        bash(`true '${WRITTEN.replaceAll("'", "")}'`),
        bash("cat output.txt >&2; exit 1"),
      ],
    },
    { calls: [{ name: "read", args: { filePath: `/absent/${WRITTEN}` } }] },
    {
      calls: [
        {
          name: "task",
          args: { description: "a task", prompt: `pass on ${WRITTEN}`, subagent_type: "general" },
        },
      ],
    },
    refusal,
  ])
  model.script("pass on", [{ say: WRITTEN }])
  model.script("open the safe", [
    {
      calls: [
        { name: "read", args: { filePath: ".env" } },
        bash("sort < .env"),
        { name: "grep", args: { pattern: "nobody", path: ".env" } },
        { name: "write", args: { filePath: ".env.local", content: HIDDEN } },
        { name: "write", rawArgs: `{"filePath": ".env.local", "content": "${HIDDEN}` },
        { name: "edit", args: { filePath: ".env", oldString: HIDDEN, newString: `${HIDDEN}!` } },
      ],
    },
    { say: "Done." },
  ])
}

beforeAll(async () => {
  model = await startScriptedModel()
  receiver = await startOtlpReceiver()
  script()
  const workspace = await createWorkspace({
    model,
    pluginOptions: { captureContent: true, redact: [PATTERN] },
    files: { "AGENTS.md": WRITTEN, "output.txt": WRITTEN, ".env": `NOTE="${HIDDEN}"\n` },
  })
  server = await startServer(workspace, {
    ...ENVIRONMENT,
    OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: receiver.tracesUrl,
  })
  receiver.respond(() => ({ status: 503, body: WRITTEN }))
  const telling = await server.createSession()
  await server.prompt(telling.id, `tell them ${WRITTEN}`)
  await server.disposeAll()
  spooled = await filesBelow(join(workspace.home, "state/opencode-traces"))
  receiver.respond()
  opening = (await server.createSession()).id
  await server.prompt(opening, "open the safe")
  // Answers when every plugin has ended what it had open and sent it.
  await server.disposeAll()
  log = await ourLines(workspace)
}, 240_000)

afterAll(async () => {
  await server?.stop()
  await model?.stop()
  await receiver?.stop()
}, 60_000)

describe("no secret is in", () => {
  const secretsIn = (bytes: Uint8Array) =>
    SECRETS.map(({ secret }) => secret).filter((secret) =>
      [secret, JSON.stringify(secret).slice(1, -1)].some((form) => Buffer.from(bytes).includes(form)),
    )

  test("the requests to the collector", () => {
    expect(receiver.requests.flatMap(({ body }) => secretsIn(body))).toEqual([])
  })

  test("the spool", () => {
    expect([...spooled.keys()].filter((path) => path.endsWith(".otlp"))).not.toEqual([])
    expect([...spooled.values()].flatMap(secretsIn)).toEqual([])
  })

  test("what the plugin logs", () => {
    expect(log).not.toEqual([])
    expect(secretsIn(Buffer.from(log.join("\n")))).toEqual([])
  })
})

/** The text as it is, in JSON, and in JSON within JSON. */
function forms(text: string): string[] {
  const once = JSON.stringify(text).slice(1, -1)
  return [text, once, JSON.stringify(once).slice(1, -1)]
}

test("what stands around the secrets is told, in every place where there is content", () => {
  expect(receiver.faults).toEqual([])
  assertSound(receiver.spans, { content: true })
  const places = receiver.spans
    .flatMap(tellings)
    .filter(({ content }) => forms(TOLD).some((form) => content.includes(form)))
    .map(({ place }) => place)
  expect([...new Set(places)].toSorted()).toEqual([
    "agent input text",
    "agent output text",
    "agent status",
    "chat input text",
    "chat input tool_call_response",
    "chat instructions",
    "chat output reasoning",
    "chat output text",
    "chat output tool_call",
    "chat status",
    "tool arguments",
    "tool result",
    "tool status",
  ])
  const titles = receiver.spans.map(({ attributes }) => attributes["opencode.session.title"])
  expect(titles.filter((title) => title !== undefined)).toEqual([FIRST.masked, FIRST.masked])
})

test("what stands in files that hold nothing but secrets is told nowhere", () => {
  const spans = receiver.spans.filter(({ attributes }) => attributes["gen_ai.conversation.id"] === opening)
  const tools = told(spans).filter(({ span }) => span.startsWith("execute_tool"))
  // The search through a file is told by its arguments, what it found is not; nothing is told of what was written.
  expect(tools.toSorted((a, b) => a.span.localeCompare(b.span))).toEqual([
    { span: "execute_tool bash", args: { command: "sort < .env", description: "run it" } },
    { span: "execute_tool edit" },
    { span: "execute_tool grep", args: { pattern: "nobody", path: ".env" } },
    { span: "execute_tool read", args: { filePath: ".env" } },
    { span: "execute_tool write" },
    { span: "execute_tool write" },
  ])
  const places = spans.flatMap(tellings)
  expect(places.filter(({ content }) => content.includes(HIDDEN))).toEqual([])
  // Nor does the next request bring it back, though the model was given it.
  expect(places.filter(({ place }) => place === "chat input tool_call_response")).toEqual([])
  const given = model.requests.filter(({ key, index }) => key === "open the safe" && index === 1)
  expect(JSON.stringify(given.map(({ body }) => body))).toContain(`1: NOTE=\\"${HIDDEN}`)
})
