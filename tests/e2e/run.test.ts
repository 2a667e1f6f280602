// `opencode run`: the whole trace is sent before the process ends, and a person sees what they see without it.
import { afterAll, afterEach, beforeAll, expect, setDefaultTimeout, test } from "bun:test"
import { createWorkspace, runOnce, type Workspace } from "../harness/opencode.ts"
import { type OtlpReceiver, startOtlpReceiver } from "../harness/otlp-receiver.ts"
import { type ScriptedModel, startScriptedModel } from "../harness/scripted-model.ts"
import { assertSound } from "../harness/tree.ts"
import type { WorkspaceOptions } from "../harness/workspace.ts"
import { drawTraces, outdent } from "./support/draw.ts"

setDefaultTimeout(120_000)

let model: ScriptedModel
let receiver: OtlpReceiver
const workspaces: Workspace[] = []

beforeAll(async () => {
  model = await startScriptedModel()
  receiver = await startOtlpReceiver()
})

afterEach(async () => {
  receiver.reset()
  for (const workspace of workspaces.splice(0)) await workspace.remove()
})

afterAll(async () => {
  await model?.stop()
  await receiver?.stop()
})

/** Runs a prompt in a workspace of its own; without `options`, with the plugin. */
async function run(prompt: string, options: WorkspaceOptions = {}) {
  const workspace = await createWorkspace({ model, ...options })
  workspaces.push(workspace)
  const env = { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: receiver.tracesUrl }
  const { durationMs, ...seen } = await runOnce(workspace, prompt, { env })
  return seen
}

test("the trace is sent before the end, and nothing else is printed", async () => {
  const list = { name: "bash", args: { command: "ls", description: "list" } }
  model.script("run once", [{ calls: [list] }, { say: "Ran." }])
  const traced = await run("run once")
  expect(drawTraces(receiver.spans)).toBe(
    outdent(`
      invoke_agent build prompt completed
        chat fake-1 tool_call
        execute_tool bash
        chat fake-1 stop
    `),
  )
  assertSound(receiver.spans)
  expect(traced).toEqual(await run("run once", { plugins: [] }))
  expect(traced).toMatchObject({ exitCode: 0, signal: null })
})

test("a failed request fails both the run and the process", async () => {
  model.script("run and fail", [{ status: 401 }])
  const traced = await run("run and fail")
  expect(drawTraces(receiver.spans)).toBe(
    outdent(`
      invoke_agent build ERROR (401) prompt error
        chat fake-1 ERROR (401) error
    `),
  )
  assertSound(receiver.spans)
  expect(traced).toEqual(await run("run and fail", { plugins: [] }))
  expect(traced).toMatchObject({ exitCode: 1, signal: null })
})
