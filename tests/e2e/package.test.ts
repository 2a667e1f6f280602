// The published package: what `npm pack` makes is what OpenCode loads, as the npm plugin it is for users.
import { afterAll, beforeAll, expect, test } from "bun:test"
import { cp, mkdir, mkdtemp, rm, symlink } from "node:fs/promises"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { name, version } from "../../package.json"
import { record } from "../harness/json.ts"
import { createWorkspace, runOnce, type Workspace } from "../harness/opencode.ts"
import { type OtlpReceiver, startOtlpReceiver } from "../harness/otlp-receiver.ts"
import { type ScriptedModel, startScriptedModel } from "../harness/scripted-model.ts"
import { assertSound, renderTree } from "../harness/tree.ts"

const REPOSITORY = join(import.meta.dirname, "../..")

let scratch: string
let packed: string
let model: ScriptedModel
let receiver: OtlpReceiver

async function run(command: string[], cwd: string): Promise<string> {
  const child = Bun.spawn(command, { cwd, stdin: "ignore", stdout: "pipe", stderr: "pipe" })
  const [out, err, code] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited])
  if (code !== 0) throw new Error(`${command.join(" ")} ended with ${code}: ${err}`)
  return out
}

/** Packs this repository and unpacks the tarball; gives the folder of the package. */
async function pack(into: string): Promise<string> {
  const [made] = JSON.parse(await run(["npm", "pack", "--json", "--pack-destination", into], REPOSITORY))
  await run(["tar", "-xzf", join(into, String(record(made).filename)), "-C", into], into)
  return join(into, "package")
}

/** Puts the package where OpenCode installs npm plugins to, with the dependencies that it declares. */
async function install(workspace: Workspace, spec: string): Promise<void> {
  const modules = join(workspace.env.XDG_CACHE_HOME ?? "", "opencode/packages", spec, "node_modules")
  await cp(packed, join(modules, name), { recursive: true })
  const manifest = record(await Bun.file(join(packed, "package.json")).json())
  for (const dependency of Object.keys(record(manifest.dependencies))) {
    await mkdir(dirname(join(modules, dependency)), { recursive: true })
    await symlink(join(REPOSITORY, "node_modules", dependency), join(modules, dependency))
  }
}

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), "opencode-traces-pack-"))
  packed = await pack(scratch)
  model = await startScriptedModel()
  receiver = await startOtlpReceiver()
}, 120_000)

afterAll(async () => {
  await model?.stop()
  await receiver?.stop()
  await rm(scratch, { recursive: true, force: true })
}, 30_000)

// Without a version, OpenCode asks for the latest one.
for (const spec of [`${name}@${version}`, `${name}@latest`]) {
  test(`OpenCode loads the package as ${spec}`, async () => {
    model.script("say hello", [{ say: "Hello." }])
    receiver.reset()
    const workspace = await createWorkspace({ model, plugins: [spec.replace("@latest", "")] })
    await install(workspace, spec)
    const env = { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: receiver.tracesUrl }
    const result = await runOnce(workspace, "say hello", { env })
    await workspace.remove()

    expect(result).toMatchObject({ exitCode: 0, stdout: "Hello.\n" })
    expect(renderTree(receiver.spans)).toBe(["invoke_agent build", "  chat fake-1"].join("\n"))
    assertSound(receiver.spans)
    expect(receiver.spans[0]?.scope).toEqual({ name, version })
  }, 120_000)
}

test("the package holds the plugin and what a package needs, and nothing of the tests", async () => {
  const files = await Array.fromAsync(new Bun.Glob("**/*").scan({ cwd: packed }))
  const tops = new Set(files.map((file) => file.split("/")[0]))
  expect([...tops].sort()).toEqual(["CHANGELOG.md", "LICENSE", "README.md", "package.json", "src"])
})
