// A scratch home and project in which a real OpenCode can run without touching anything of the user's.
import { mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { delimiter, dirname, join } from "node:path"
import { pathToFileURL } from "node:url"
import { rgPath } from "@vscode/ripgrep"
import type { Json } from "./json.ts"
import type { ScriptedModel } from "./scripted-model.ts"

/** A plugin as `opencode.json` names it: a spec, or a spec with options. */
export type PluginEntry = string | [spec: string, options: Json]

export type WorkspaceOptions = {
  /** The model that answers; without it the configuration names no provider. */
  model?: ScriptedModel
  /** Options for the plugin of this checkout. */
  pluginOptions?: Json
  /** Replaces the list of plugins; a function gets the workspace's root, for options that are paths. */
  plugins?: PluginEntry[] | ((root: string) => PluginEntry[])
  /** Merged over the default `opencode.json`, key by key at the top level. */
  config?: Json
  /** Files of the project by relative path. */
  files?: Record<string, string>
}

export type Workspace = {
  root: string
  home: string
  /** The project folder, a git repository with one commit; `opencode.json` is in it. */
  project: string
  /** The whole environment for OpenCode: nothing of the caller's but the PATH. */
  env: Record<string, string>
  write(path: string, text: string): Promise<void>
  remove(): Promise<void>
}

/** The plugin of this checkout as a spec. */
export const PLUGIN_SPEC = pathToFileURL(join(import.meta.dirname, "../../src/index.ts")).href

/** OpenCode's own switches that keep it from loading anything over the network, and quiet. */
const SWITCHES = {
  OPENCODE_DISABLE_MODELS_FETCH: "1",
  OPENCODE_DISABLE_AUTOUPDATE: "1",
  OPENCODE_DISABLE_LSP_DOWNLOAD: "1",
  NO_COLOR: "1",
  TERM: "dumb",
  LANG: "C.UTF-8",
}

function configuration(options: WorkspaceOptions, root: string): Json {
  const plugins = typeof options.plugins === "function" ? options.plugins(root) : options.plugins
  return {
    $schema: "https://opencode.ai/config.json",
    plugin: plugins ?? [[PLUGIN_SPEC, options.pluginOptions ?? {}]],
    autoupdate: false,
    share: "disabled",
    lsp: false,
    formatter: false,
    model: "fake/fake-1",
    small_model: "fake/fake-small",
    permission: { "*": "allow" },
    provider: options.model?.provider() ?? {},
    ...options.config,
  }
}

async function git(project: string, env: Record<string, string>, ...args: string[]): Promise<void> {
  const author = ["-c", "user.name=Test", "-c", "user.email=test@example.com", "-c", "commit.gpgsign=false"]
  const child = Bun.spawn(["git", ...author, ...args], {
    cwd: project,
    env,
    stdout: "ignore",
    stderr: "pipe",
  })
  if ((await child.exited) !== 0)
    throw new Error(`git ${args[0]} failed: ${await new Response(child.stderr).text()}`)
}

/**
 * Where a plugin is configured, OpenCode installs its plugin types (64 MB) into the configuration folder before
 * it starts, unless the lock file there names them. They are not needed to run, so the folder only says so:
 * no start waits for the network.
 */
async function seedConfigFolder(folder: string): Promise<void> {
  const dependencies = { "@opencode-ai/plugin": "*" }
  const lock = { lockfileVersion: 3, packages: { "": { dependencies } } }
  await mkdir(join(folder, "node_modules"), { recursive: true })
  await writeFile(join(folder, "package.json"), JSON.stringify({ dependencies }))
  await writeFile(join(folder, "package-lock.json"), JSON.stringify(lock))
}

/** Makes a project folder: a git repository with one commit, which holds `opencode.json` and the given files. */
export async function createProject(
  directory: string,
  root: string,
  env: Record<string, string>,
  options: WorkspaceOptions,
): Promise<void> {
  const files = {
    "opencode.json": JSON.stringify(configuration(options, root), null, 2),
    "README.md": "# A project to work in\n",
    ...options.files,
  }
  for (const [path, text] of Object.entries(files)) await writeInto(directory, path, text)
  await git(directory, env, "init", "--quiet", "--initial-branch=main")
  await git(directory, env, "add", "--all")
  await git(directory, env, "commit", "--quiet", "--message=start")
}

async function writeInto(directory: string, path: string, text: string): Promise<void> {
  const file = join(directory, path)
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, text)
}

/** Makes the folders, the project and its `opencode.json`. The caller removes it, or `Server.stop` does. */
export async function createWorkspace(options: WorkspaceOptions = {}): Promise<Workspace> {
  const root = await realpath(await mkdtemp(join(tmpdir(), "opencode-traces-")))
  const home = join(root, "home")
  const project = join(root, "project")
  const folder = (name: string) => join(home, name)
  const env: Record<string, string> = {
    PATH: [dirname(rgPath), process.env.PATH ?? ""].join(delimiter),
    HOME: home,
    XDG_CONFIG_HOME: folder("config"),
    XDG_DATA_HOME: folder("data"),
    XDG_STATE_HOME: folder("state"),
    XDG_CACHE_HOME: folder("cache"),
    TMPDIR: folder("tmp"),
    ...SWITCHES,
  }
  for (const name of ["config", "data", "state", "cache", "tmp"])
    await mkdir(folder(name), { recursive: true })
  await seedConfigFolder(join(folder("config"), "opencode"))

  await createProject(project, root, env, options)

  return {
    root,
    home,
    project,
    env,
    write: (path, text) => writeInto(project, path, text),
    remove: () => rm(root, { recursive: true, force: true, maxRetries: 5 }),
  }
}
