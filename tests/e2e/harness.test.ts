// The harness itself, on the real binary: scripts are followed, and the recorder sees what happens.
import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { type Json, list, parse, record } from "../harness/json.ts"
import { createWorkspace, runOnce, type Server, startServer } from "../harness/opencode.ts"
import { isAlive } from "../harness/process.ts"
import { type ScriptedModel, startScriptedModel } from "../harness/scripted-model.ts"

const RECORDER = pathToFileURL(join(import.meta.dirname, "../harness/recorder.ts")).href

let model: ScriptedModel
let server: Server
let recording: string

async function hooks(): Promise<Json[]> {
  const text = await Bun.file(recording).text()
  return text
    .trim()
    .split("\n")
    .map((line) => record(parse(line)))
}

beforeAll(async () => {
  model = await startScriptedModel()
  const workspace = await createWorkspace({
    plugins: (root) => [[RECORDER, { file: join(root, "recording.jsonl") }]],
    model,
  })
  recording = join(workspace.root, "recording.jsonl")
  server = await startServer(workspace)
}, 120_000)

afterAll(async () => {
  await server?.stop()
  await model?.stop()
}, 30_000)

describe("the harness", () => {
  test("a plain turn is answered by its script and priced by its usage", async () => {
    const usage = { prompt: 102, completion: 20, cached: 40, reasoning: 7 }
    model.script("say hello", [{ think: "a greeting", say: "Hello there.", usage }])
    const session = await server.createSession()
    const answer = await server.prompt(session.id, "Please say hello.")

    expect(answer.parts.filter((part) => part.type === "text").map((part) => part.text)).toEqual([
      "Hello there.",
    ])
    expect(answer.info.tokens).toEqual({
      ...{ total: 122, input: 62, output: 13, reasoning: 7 },
      cache: { read: 40, write: 0 },
    })
    expect(answer.info.cost).toBeCloseTo((62 * 3 + 20 * 15 + 40 * 0.3) / 1e6, 12)
    const seen = (await hooks()).map((line) => line.k)
    expect(seen).toContain("chat.message")
    expect(seen).toContain("chat.params")
  }, 60_000)

  test("tool calls run and the next step follows, bash and the bundled ripgrep included", async () => {
    model.script("look around", [
      {
        calls: [
          { name: "bash", args: { command: "echo from-bash", description: "say it" } },
          { name: "glob", args: { pattern: "*.md" } },
        ],
      },
      { say: "Done." },
    ])
    const session = await server.createSession()
    const answer = await server.prompt(session.id, "look around")
    expect(answer.info.finish).toBe("stop")

    const parts = (await server.messages(session.id)).flatMap((message) => message.parts)
    const tools = parts.filter((part) => part.type === "tool")
    expect(tools.map((part) => [part.tool, record(part.state).status])).toEqual([
      ["bash", "completed"],
      ["glob", "completed"],
    ])
    expect(record(tools[0]?.state).output).toContain("from-bash")
    expect(record(tools[1]?.state).output).toContain("README.md")
  }, 60_000)

  test("a subagent follows a script of its own", async () => {
    const task = { description: "explore", prompt: "count the files", subagent_type: "general" }
    model.script("delegate it", [{ calls: [{ name: "task", args: task }] }, { say: "Counted." }])
    model.script("count the files", [{ say: "There are two." }])
    const session = await server.createSession()
    await server.prompt(session.id, "delegate it")

    const children = await server.children(session.id)
    expect(children).toHaveLength(1)
    const asked = model.requests.find((request) => request.key === "count the files")
    expect(asked).toMatchObject({ session: children[0]?.id, parent: session.id, index: 0, attempt: 1 })
  }, 60_000)

  test("a refused request fails the turn", async () => {
    model.script("refuse me", [{ status: 400 }])
    const session = await server.createSession()
    const answer = await server.prompt(session.id, "refuse me")
    expect(record(answer.info.error)).toMatchObject({ name: "APIError", data: { statusCode: 400 } })
  }, 60_000)

  test("a broken connection and a 503 are tried again", async () => {
    model.script("stumble", [
      { calls: [{ name: "bash", args: { command: "true", description: "nothing" } }], drop: 1 },
      { say: "five", status: 503, failTimes: 1, headers: { "retry-after-ms": "10" } },
    ])
    const session = await server.createSession()
    await server.prompt(session.id, "stumble")
    const tries = model.requests.filter((request) => request.key === "stumble")
    expect(tries.map((request) => [request.index, request.attempt])).toEqual([
      [0, 1],
      [0, 2],
      [1, 1],
      [1, 2],
    ])
  }, 60_000)

  test("opencode run ends with the answer on its standard output", async () => {
    model.script("one shot", [{ say: "Shot." }])
    const workspace = await createWorkspace({ plugins: [], model })
    const result = await runOnce(workspace, "one shot")
    await workspace.remove()
    expect(result).toMatchObject({ exitCode: 0, signal: null })
    expect(result.stdout).toContain("Shot.")
  }, 120_000)

  test("stop leaves no process and no folder behind", async () => {
    model.script("sleep long", [
      { calls: [{ name: "bash", args: { command: "sleep 600", description: "wait" } }] },
    ])
    const workspace = await createWorkspace({ plugins: [], model })
    const own = await startServer(workspace)
    const session = await own.createSession()
    await own.promptAsync(session.id, "sleep long")
    await own.waitForEvent((event) => record(record(event.properties.part).state).status === "running")
    await own.stop()
    expect(isAlive(own.pid)).toBe(false)
    expect(await Bun.file(join(workspace.project, "opencode.json")).exists()).toBe(false)
    expect(list(await Array.fromAsync(new Bun.Glob("*").scan(workspace.root)).catch(() => []))).toEqual([])
  }, 120_000)
})
