// Answers that end unusually, requests that never start, and tools from elsewhere.
import { join } from "node:path"
import { bunBinary } from "../../../scripts/binaries.mjs"
import type { Prompt } from "../client.ts"
import { bash, type Scenario, settle, task } from "./scenario.ts"

/** The provider filters an answer; another is cut at the output limit. */
export const contentFilter: Scenario = {
  async run({ server, model, mark }) {
    model.script("filtered", [{ say: "This is as far as", finish: "content_filter" }])
    model.script("endless", [{ say: "And so on and", finish: "length" }])
    const session = await server.createSession()
    mark("content filter")
    await server.prompt(session.id, "filtered").catch(() => {})
    await settle()
    mark("length")
    await server.prompt(session.id, "endless").catch(() => {})
    await settle()
  },
}

/** A model, a provider and an agent that do not exist, each in a session of its own. */
export const modelNotFound: Scenario = {
  async run({ server, model, mark }) {
    model.script("hello", [{ say: "Hello." }])
    const wrong: [string, Prompt][] = [
      ["model not found", { text: "hello", model: { providerID: "fake", modelID: "fake-9" } }],
      ["provider not found", { text: "hello", model: { providerID: "nobody", modelID: "x" } }],
      ["agent not found", { text: "hello", agent: "nobody" }],
    ]
    for (const [name, prompt] of wrong) {
      const session = await server.createSession()
      mark(name)
      // OpenCode answers these with HTTP 500; what it says on the bus is what matters.
      await server.prompt(session.id, prompt).catch(() => {})
      await settle()
    }
    const session = await server.createSession()
    mark("a clean turn")
    await server.prompt(session.id, "hello")
    await settle()
  },
}

/** A subagent is resumed by its `task_id` in a later turn. */
export const resumeSubagent: Scenario = {
  async run({ server, model, mark }) {
    model.script("start it", [{ calls: [task("look at the code")] }, { say: "It looked." }])
    model.script("look at the code", [{ calls: [bash("echo looking")] }, { say: "I looked." }])
    model.script("look again", [{ say: "Nothing new." }])
    const session = await server.createSession()
    mark("a subagent")
    await server.prompt(session.id, "start it")
    await settle()
    const child = (await server.children(session.id))[0]
    model.script("go on with it", [
      { calls: [task("look again", { task_id: child?.id })] },
      { say: "It looked again." },
    ])
    mark("the same subagent, resumed")
    await server.prompt(session.id, "go on with it")
    await settle()
  },
}

/** Subagents nested three deep, one @mentioned, one beyond the depth limit. */
export const nested: Scenario = {
  config: { subagent_depth: 3, agent: { general: { permission: { task: "allow" } } } },
  async run({ server, model, mark }) {
    model.script("level zero", [{ calls: [task("level one")] }, { say: "Zero." }])
    model.script("level one", [{ calls: [task("level two")] }, { say: "One." }])
    model.script("level two", [{ calls: [task("level three")] }, { say: "Two." }])
    model.script("level three", [{ calls: [task("level four")] }, { say: "Three." }])
    model.script("mentioned", [{ calls: [task("on request")] }, { say: "Asked." }])
    model.script("on request", [{ say: "Gladly." }])
    const session = await server.createSession()
    mark("three deep, and one too deep")
    await server.prompt(session.id, "level zero")
    await settle()
    mark("an @mention")
    await server.prompt(session.id, {
      parts: [
        { type: "text", text: "mentioned @general" },
        { type: "agent", name: "general", source: { value: "@general", start: 10, end: 18 } },
      ],
    })
    await settle()
  },
}

/** Tools of a real MCP server: one call that works, one that fails. */
export const mcp: Scenario = {
  config: {
    mcp: {
      local: { type: "local", command: [bunBinary(), join(import.meta.dirname, "../mcp-server.ts")] },
    },
  },
  async run({ server, model, mark }) {
    model.script("use the server", [
      { calls: [{ name: "local_echo", args: { text: "hello" } }] },
      { calls: [{ name: "local_fail", args: { text: "broken" } }] },
      { say: "One worked." },
    ])
    const session = await server.createSession()
    mark("MCP tools")
    await server.prompt(session.id, "use the server")
    await settle()
  },
}

/** An answer in a given JSON schema, which OpenCode asks for by a tool. */
export const structured: Scenario = {
  async run({ server, model, mark }) {
    model.script("as JSON", [{ calls: [{ name: "StructuredOutput", args: { answer: 42 } }] }])
    const session = await server.createSession()
    mark("json_schema")
    await server.prompt(session.id, {
      text: "as JSON",
      format: {
        type: "json_schema",
        schema: { type: "object", properties: { answer: { type: "number" } }, required: ["answer"] },
      },
    })
    await settle()
  },
}
