// Records scenarios on the real OpenCode into tests/fixtures/streams:
//   node scripts/bun.mjs tests/harness/record.ts [name…]      (all of them without a name)
import { appendFileSync } from "node:fs"
import { mkdir, writeFile } from "node:fs/promises"
import { hostname } from "node:os"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { parse, record, string } from "./json.ts"
import { createWorkspace, startServer, type Workspace } from "./opencode.ts"
import { scenarios } from "./scenarios/index.ts"
import type { Scenario } from "./scenarios/scenario.ts"
import { startScriptedModel } from "./scripted-model.ts"

const RECORDER = pathToFileURL(join(import.meta.dirname, "recorder.ts")).href
const FIXTURES = join(import.meta.dirname, "../fixtures/streams")

/** Events that come by the dozen at start-up and say nothing about anybody's work. */
const NOISE = new Set(["plugin.added", "server.connected", "server.heartbeat", "file.watcher.updated"])

/** Puts neutral names where this machine's paths, ports and names are, and drops the noise. */
function neutral(text: string, workspace: Workspace): string {
  const named = text
    .replaceAll(workspace.project, "/home/dev/app")
    .replaceAll(workspace.home, "/home/dev")
    .replaceAll(workspace.root, "/home")
    .replace(new RegExp(`\\b${RegExp.escape(hostname())}\\b`, "g"), "machine")
    .replace(/127\.0\.0\.1:\d+/g, "127.0.0.1:4096")
  const kept = named.split("\n").filter((line) => {
    const { k, v } = record(parse(line))
    return k !== "event" || !NOISE.has(string(record(v).type) ?? "")
  })
  return kept.join("\n")
}

async function recordScenario(name: string, scenario: Scenario): Promise<number> {
  const model = await startScriptedModel()
  const workspace = await createWorkspace({
    plugins: (root) => [[RECORDER, { file: join(root, "recording.jsonl") }]],
    model,
    config: scenario.config ?? {},
  })
  const file = join(workspace.root, "recording.jsonl")
  const server = await startServer(workspace)
  try {
    const mark = (text: string) =>
      appendFileSync(file, `${JSON.stringify({ t: Date.now(), k: "MARK", v: text })}\n`)
    await scenario.run({ server, model, mark })
    const recording = neutral(await Bun.file(file).text(), workspace)
    await mkdir(FIXTURES, { recursive: true })
    await writeFile(join(FIXTURES, `${name}.jsonl`), recording)
    return recording.split("\n").length - 1
  } finally {
    await server.stop()
    await model.stop()
  }
}

const wanted = process.argv.slice(2)
let failed = 0
for (const name of wanted.length > 0 ? wanted : Object.keys(scenarios)) {
  const scenario = scenarios[name]
  try {
    if (!scenario) throw new Error(`no such scenario; there are ${Object.keys(scenarios).join(", ")}`)
    process.stdout.write(`${name}: ${await recordScenario(name, scenario)} lines\n`)
  } catch (error) {
    failed += 1
    process.stdout.write(`${name}: ${error instanceof Error ? error.message : String(error)}\n`)
  }
}
process.exit(failed > 0 ? 1 : 0)
