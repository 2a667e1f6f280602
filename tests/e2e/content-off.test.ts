// Content off on the real OpenCode: no word of anybody's leaves the process or stays behind in the plugin's files.
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test"
import { join } from "node:path"
import { createWorkspace, type Server, startServer } from "../harness/opencode.ts"
import { type OtlpReceiver, startOtlpReceiver } from "../harness/otlp-receiver.ts"
import { type ScriptedModel, startScriptedModel } from "../harness/scripted-model.ts"
import { assertSound } from "../harness/tree.ts"
import { ENVIRONMENT, script, trouble, useGit, work, workspaceOptions } from "./support/everything.ts"
import { filesBelow, ourLines } from "./support/files.ts"
import { expectedPlaces, word, wordsIn } from "./support/words.ts"

setDefaultTimeout(120_000)

let model: ScriptedModel
let receiver: OtlpReceiver
let server: Server
let sessions: string[]
/** What waited on disk while the collector was down. */
let spooled: Map<string, Buffer>
/** The plugin's own lines in OpenCode's log. */
let log: string[]

beforeAll(async () => {
  model = await startScriptedModel()
  receiver = await startOtlpReceiver()
  script(model)
  const workspace = await createWorkspace(workspaceOptions(model))
  await useGit(workspace)
  const { port } = new URL(receiver.url)
  server = await startServer(workspace, {
    ...ENVIRONMENT,
    OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `http://${word("EndpointUser")}:${word("EndpointPassword")}@127.0.0.1:${port}/v1/traces`,
    OTEL_EXPORTER_OTLP_TRACES_HEADERS: `x-team=${word("HeaderValue")}`,
  })
  const state = join(workspace.home, "state/opencode-traces")
  receiver.respond(() => ({ status: 503, body: "" }))
  // First what needs the bus: it ends with the instance.
  const first = await trouble(server)
  await server.disposeAll()
  spooled = await filesBelow(state)
  receiver.respond()
  sessions = [...first, ...(await work(server))]
  await server.disposeAll()
  await receiver.waitFor((spans) =>
    sessions.every((id) => spans.some((span) => span.attributes["opencode.session.id"] === id)),
  )
  log = await ourLines(workspace)
}, 240_000)

afterAll(async () => {
  await server?.stop()
  await model?.stop()
  await receiver?.stop()
}, 60_000)

test("everything was said, and everything that was done arrived", async () => {
  // What the model was sent, and what OpenCode keeps of its sessions in its own database.
  const kept = await filesBelow(join(server.workspace.home, "data/opencode"))
  const heard = [...kept.values(), JSON.stringify(model.requests)].flatMap(wordsIn)
  expect(Object.keys(expectedPlaces()).filter((one) => !heard.includes(one))).toEqual([])
  expect(receiver.faults).toEqual([])
  assertSound(receiver.spans)
  const addresses = receiver.spans.map(({ attributes }) => attributes["vcs.repository.url.full"])
  expect(addresses).toContain("https://git.example/team/app")
})

describe("no word is in", () => {
  test("the requests to the collector", () => {
    expect(receiver.requests.length).toBeGreaterThan(0)
    expect(receiver.requests.flatMap(({ body, path }) => [...wordsIn(body), ...wordsIn(path)])).toEqual([])
  })

  test("the spool", () => {
    expect([...spooled.keys()].filter((path) => path.endsWith(".otlp"))).not.toEqual([])
    expect([...spooled].flatMap(([path, bytes]) => [...wordsIn(path), ...wordsIn(bytes)])).toEqual([])
  })

  test("what the plugin logs", () => {
    expect(log).not.toEqual([])
    expect(log.flatMap(wordsIn)).toEqual([])
  })

  test("what OpenCode prints", () => {
    expect(wordsIn(server.stdout() + server.stderr())).toEqual([])
  })
})

test("no path of the project, the home or the file system leaves either", () => {
  const { root } = server.workspace
  const bytes = Buffer.concat([...receiver.requests.map(({ body }) => body), ...spooled.values()])
  expect(bytes.includes(root)).toBe(false)
  expect(log.join("\n")).not.toContain(root)
})
