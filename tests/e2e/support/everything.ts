// A life of OpenCode in which every place that can hold text holds a word of its own.
import { appendFile } from "node:fs/promises"
import { join } from "node:path"
import { bunBinary } from "../../../scripts/binaries.mjs"
import { type Json, record } from "../../harness/json.ts"
import type { Server, Workspace } from "../../harness/opencode.ts"
import type { ScriptedModel } from "../../harness/scripted-model.ts"
import type { WorkspaceOptions } from "../../harness/workspace.ts"
import { asks } from "./bus.ts"
import { type Word, word } from "./words.ts"

const MCP_SERVER = join(import.meta.dirname, "../../harness/mcp-server.ts")

/**
 * The project and its configuration. Names of agents, commands, models, tools and MCP servers are identifiers
 * that a trace may carry: they hold no word. Texts, paths, descriptions and templates do.
 */
export function workspaceOptions(model: ScriptedModel): WorkspaceOptions {
  return { model, files: FILES, config: { ...CONFIG, provider: guarded(model) } }
}

const FILES = {
  "AGENTS.md": `# ${word("AgentsFile")}\n`,
  [`${word("PathRead")}.txt`]: `${word("FileContent")}\n`,
  "output.txt": `${word("CommandOutput")}\n`,
  "attached.txt": `${word("AttachedContent")}\n`,
}

const CONFIG = {
  permission: {
    "*": "allow",
    bash: { "*": "allow", "whoami*": "ask", [`rm ${word("PermissionRule")}*`]: "deny" },
  },
  agent: {
    scout: { mode: "subagent", description: word("AgentDescription"), prompt: word("AgentPrompt") },
  },
  command: {
    greet: { description: word("CommandDescription"), template: `greet them ${word("Template")} $ARGUMENTS` },
  },
  mcp: {
    local: {
      type: "local",
      command: [bunBinary(), MCP_SERVER],
      environment: { MCP_SETTING: word("McpEnvironment") },
    },
  },
}

/** The scripted model behind a URL with credentials, a key and a header. */
function guarded(model: ScriptedModel): Json {
  const provider = record(model.provider().fake)
  const models = Object.entries(record(provider.models)).map(([id, rest]) => [
    id,
    { ...record(rest), name: word("ModelName") },
  ])
  const baseURL = model.baseURL.replace("://", `://${word("ProviderUser")}:${word("ProviderPassword")}@`)
  const headers = { "x-note": word("ProviderHeader") }
  const options = { baseURL, apiKey: word("ProviderKey"), headers }
  return { fake: { ...provider, models: Object.fromEntries(models), options } }
}

/** What git knows of the project: an address with credentials, an author. */
export async function useGit({ project }: Workspace): Promise<void> {
  const url = `https://${word("RemoteUser")}:${word("RemotePassword")}@git.example/team/app.git`
  const author = `[user]\n\tname = ${word("GitAuthor")}\n\temail = ${word("GitAddress")}@mail.example\n`
  await appendFile(join(project, ".git/config"), `[remote "origin"]\n\turl = ${url}\n${author}`)
}

/** Variables of OpenCode's process, as people have them. */
export const ENVIRONMENT = {
  SERVICE_API_KEY: word("SecretVariable"),
  DATABASE_URL: `postgres://${word("DatabaseUser")}:${word("DatabasePassword")}@db.example/app`,
  HARMLESS: word("Variable"),
}

const bash = (command: string, about: Word) => ({
  name: "bash",
  args: { command, description: word(about) },
})
const tiny = { providerID: "fake", modelID: "fake-tiny" }

/** A provider's refusal, with words in every part of it. */
const REFUSAL = {
  status: 400,
  headers: { "x-request-note": word("ErrorHeader") },
  body: JSON.stringify({ error: { message: word("ErrorMessage"), type: "x", note: word("ErrorBody") } }),
}

/** What the model says and does. */
export function script(model: ScriptedModel): void {
  model.title({ say: word("Title") })
  model.summary({ say: word("Summary") })
  model.script("use tools", [
    {
      think: word("Reasoning"),
      say: word("Answer"),
      calls: [
        { name: "read", args: { filePath: `${word("PathRead")}.txt` } },
        bash("cat output.txt", "CommandAbout"),
        { name: "write", args: { filePath: `${word("PathWritten")}.txt`, content: word("Written") } },
        { name: "grep", args: { pattern: word("Pattern") } },
      ],
    },
    {
      calls: [
        { name: "read", args: { filePath: `/absent/${word("PathAbsent")}` } },
        bash(`echo ${word("Stderr")} >&2; exit 3`, "FailingAbout"),
        { name: "bash", rawArgs: `{"command": "${word("BrokenArguments")}` },
        { name: `bash ${word("MadeUpTool")}`, args: {} },
        { name: "local_echo", args: { text: word("McpText") } },
        { name: "local_fail", args: { text: word("McpFailure") } },
        {
          name: "todowrite",
          args: { todos: [{ content: word("Todo"), status: "pending", priority: "low" }] },
        },
        bash(`rm ${word("PermissionRule")}`, "DeniedAbout"),
      ],
    },
    { say: word("LastAnswer") },
  ])
  const task = {
    description: word("TaskDescription"),
    prompt: `scout it ${word("Task")}`,
    subagent_type: "scout",
  }
  model.script("delegate", [{ calls: [{ name: "task", args: task }] }, { say: word("AfterTask") }])
  model.script("scout it", [{ think: word("ScoutReasoning"), say: word("TaskResult") }])
  const options = [{ label: word("OptionLabel"), description: word("OptionDescription") }]
  const question = { question: word("Question"), header: word("Head"), options }
  model.script("ask me", [
    { calls: [{ name: "question", args: { questions: [question] } }] },
    { calls: [bash(`whoami # ${word("AskedPattern")}`, "AskedAbout")] },
    { say: word("AfterHumans") },
  ])
  model.script("refuse me", [REFUSAL])
  model.script("stumble", [
    { ...REFUSAL, status: 503, failTimes: 1, headers: { "retry-after-ms": "10" }, say: word("AfterRetry") },
  ])
  model.script("fill it up", [
    {
      say: word("BeforeSummary"),
      calls: [bash("true", "FullAbout")],
      usage: { prompt: 11_000, completion: 20 },
    },
    { say: word("AfterSummary") },
  ])
  model.script("greet them", [{ say: word("Greeting") }])
  model.script("as JSON", [{ calls: [{ name: "StructuredOutput", args: { answer: word("Structured") } }] }])
}

/** Plain work: prompts with files, tools of every kind, a subagent. Gives the sessions. */
export async function work(server: Server): Promise<string[]> {
  const session = await server.createSession({ title: word("GivenTitle") })
  const file = `file://${server.workspace.project}/attached.txt`
  await server.prompt(session.id, {
    text: `use tools ${word("Prompt")}`,
    system: word("SystemOverride"),
    parts: [
      { type: "file", mime: "text/plain", url: file, filename: `${word("FileName")}.txt` },
      {
        type: "file",
        mime: "text/plain",
        url: `data:text/plain;base64,${Buffer.from(word("Inline")).toString("base64")}`,
        filename: `${word("InlineName")}.txt`,
      },
    ],
  })
  const titled = await server.createSession()
  await server.prompt(titled.id, `delegate ${word("Delegation")}`)
  await server.prompt(titled.id, { text: word("NoReply"), noReply: true })
  await server.shell(titled.id, `cat output.txt # ${word("ShellCommand")}`)
  await server.command(titled.id, "greet", word("Arguments"))
  return [session.id, titled.id]
}

/** What goes wrong, what people are asked, and what happens by itself. Gives the sessions. */
export async function trouble(server: Server): Promise<string[]> {
  const session = await server.createSession()
  const asking = server.promptAsync(session.id, `ask me ${word("AskingPrompt")}`)
  const [question] = await asks(server, "question.asked", session.id)
  await server.replyQuestion(question ?? "", [[word("QuestionAnswer")]])
  const [permission] = await asks(server, "permission.asked", session.id)
  await server.replyPermission(permission ?? "", "reject", word("RejectReason"))
  await asking
  await server.waitForIdle(session.id)
  await server.prompt(session.id, `refuse me ${word("RefusedPrompt")}`)
  await server.prompt(session.id, `stumble ${word("StumblingPrompt")}`)
  const full = await server.createSession()
  await server.prompt(full.id, { text: `fill it up ${word("LongPrompt")}`, model: tiny })
  const schema: Json = {
    type: "object",
    description: word("Schema"),
    properties: { answer: { type: "string", description: word("SchemaField") } },
    required: ["answer"],
  }
  await server.prompt(full.id, {
    text: `as JSON ${word("JsonPrompt")}`,
    format: { type: "json_schema", schema },
  })
  return [session.id, full.id]
}
