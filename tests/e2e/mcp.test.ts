// Tools from elsewhere, and tools that are nowhere.
import { describe, expect, test } from "bun:test"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { bunBinary } from "../../scripts/binaries.mjs"
import { PLUGIN_SPEC } from "../harness/opencode.ts"
import { spanOf, useStage } from "./support/stage.ts"

const MCP_SERVER = join(import.meta.dirname, "../harness/mcp-server.ts")
const CUSTOM_TOOLS = pathToFileURL(join(import.meta.dirname, "../harness/custom-tools.ts")).href

const stage = useStage({
  plugins: [PLUGIN_SPEC, CUSTOM_TOOLS],
  config: { mcp: { "local.server": { type: "local", command: [bunBinary(), MCP_SERVER] } } },
})

describe("a tool", () => {
  test("of an MCP server, on the real protocol: once well, once failing", async () => {
    const { server, model } = stage
    model.script("use the server", [
      { calls: [{ name: "local_server_echo", args: { text: "hello" } }] },
      { calls: [{ name: "local_server_fail", args: { text: "broken" } }] },
      { say: "One worked." },
    ])
    const session = await server.createSession()
    await server.prompt(session.id, "use the server")
    const spans = await stage.traces(
      session.id,
      `
      invoke_agent build prompt completed
        chat fake-1 tool_call
        execute_tool local_server_echo
        chat fake-1 tool_call
        execute_tool local_server_fail ERROR (tool_error)
        chat fake-1 stop
      `,
    )
    for (const tool of ["local_server_echo", "local_server_fail"]) {
      expect(spanOf(spans, `execute_tool ${tool}`).attributes).toMatchObject({
        "gen_ai.tool.name": tool,
        "gen_ai.tool.type": "function",
        "opencode.mcp.server": "local.server",
      })
    }
  })

  test("of another plugin: once well, once failing", async () => {
    const { server, model } = stage
    model.script("shout, then stumble", [
      { calls: [{ name: "shout" }] },
      { calls: [{ name: "stumble" }] },
      { say: "So it goes." },
    ])
    const session = await server.createSession()
    await server.prompt(session.id, "shout, then stumble")
    const spans = await stage.traces(
      session.id,
      `
      invoke_agent build prompt completed
        chat fake-1 tool_call
        execute_tool shout
        chat fake-1 tool_call
        execute_tool stumble ERROR (tool_error)
        chat fake-1 stop
      `,
    )
    expect(spanOf(spans, "execute_tool shout").attributes["opencode.mcp.server"]).toBeUndefined()
  })

  test("that the model made up keeps the name that the model called", async () => {
    const { server, model } = stage
    model.script("be inventive", [
      { calls: [{ name: "teleport", args: { to: "moon" } }] },
      { say: "No such thing." },
    ])
    const session = await server.createSession()
    await server.prompt(session.id, "be inventive")
    const spans = await stage.traces(
      session.id,
      `
      invoke_agent build prompt completed
        chat fake-1 tool_call
        execute_tool teleport ERROR (invalid_tool)
        chat fake-1 stop
      `,
    )
    expect(spanOf(spans, "execute_tool teleport").attributes["gen_ai.tool.name"]).toBe("teleport")
  })

  test("with arguments that are no JSON, and with arguments that do not fit", async () => {
    const { server, model } = stage
    model.script("mumble", [
      { calls: [{ name: "bash", rawArgs: '{"command": "ec' }] },
      { calls: [{ name: "bash", args: { command: 7 } }] },
      { say: "I mumbled." },
    ])
    const session = await server.createSession()
    await server.prompt(session.id, "mumble")
    const spans = await stage.traces(
      session.id,
      `
      invoke_agent build prompt completed
        chat fake-1 tool_call
        execute_tool bash ERROR (invalid_tool)
        chat fake-1 tool_call
        execute_tool bash ERROR (tool_error)
        chat fake-1 stop
      `,
    )
    expect(spanOf(spans, "execute_tool bash").attributes["gen_ai.tool.call.id"]).toBeString()
  })
})
