import { describe, test } from "bun:test"
import { expectReplay } from "../support/recorded-trees.ts"

describe("replayed: how the model answers", () => {
  test("tools: two tools at once, a made-up tool, arguments that are not JSON, a 400, a 503 that is tried again", async () => {
    await expectReplay(
      "tools",
      `
      invoke_agent build [prompt completed]
        chat fake-1 [tool_call]
        execute_tool read
        execute_tool bash [exit 0]
        chat fake-1 [tool_call]
        execute_tool read ERROR (tool_error)
        chat fake-1 [stop]
      invoke_agent build [prompt completed]
        chat fake-1 [tool_call]
        execute_tool nosuchtool ERROR (invalid_tool)
        execute_tool read ERROR (invalid_tool)
        chat fake-1 [stop]
      invoke_agent build ERROR (400) [prompt error]
        chat fake-1 ERROR (400) [error]
      invoke_agent build [prompt completed]
        chat fake-1 [stop]
          * opencode.retry
    `,
    )
  })

  test("errors: permissions, broken calls, a 400, retries, aborts; the last run still waits when the instance closes", async () => {
    await expectReplay(
      "errors",
      `
      invoke_agent build [prompt completed]
        chat fake-1 [tool_call]
        execute_tool bash [exit 0]
          * opencode.permission.asked
          * opencode.permission.replied
        chat fake-1 [stop]
      invoke_agent build [prompt rejected]
        chat fake-1 [tool_call]
        execute_tool bash ERROR (permission_denied)
          * opencode.permission.asked
          * opencode.permission.replied
      invoke_agent build [prompt completed]
        chat fake-1 [tool_call]
        execute_tool nosuchtool ERROR (invalid_tool)
        execute_tool read ERROR (invalid_tool)
        chat fake-1 [stop]
      invoke_agent build ERROR (400) [prompt error]
        chat fake-1 ERROR (400) [error]
      invoke_agent build [prompt completed]
        chat fake-1 [stop]
          * opencode.retry
      invoke_agent build [prompt interrupted]
        chat fake-1 [error]
      invoke_agent build [prompt interrupted]
        chat fake-1 [tool_call]
        execute_tool read
        execute_tool glob ERROR (tool_error)
        chat fake-1 [error]
      invoke_agent build [prompt interrupted shutdown]
        chat fake-1 [error shutdown]
          * opencode.retry
          * opencode.retry
          * opencode.retry
          * opencode.retry
    `,
    )
  })

  test("content-filter: an answer that is filtered, one that is cut at the output limit", async () => {
    await expectReplay(
      "content-filter",
      `
      invoke_agent build ERROR (ContentFilterError) [prompt error]
        chat fake-1 ERROR (ContentFilterError) [content_filter]
      invoke_agent build [prompt completed]
        chat fake-1 [length]
    `,
    )
  })

  test("structured: an answer in a JSON schema", async () => {
    await expectReplay(
      "structured",
      `
      invoke_agent build [prompt completed]
        chat fake-1 [tool_call json]
        execute_tool StructuredOutput
    `,
    )
  })

  test("mcp: tools of an MCP server: one that works, one that fails", async () => {
    await expectReplay(
      "mcp",
      `
      invoke_agent build [prompt completed]
        chat fake-1 [tool_call]
        execute_tool local_echo [of local]
        chat fake-1 [tool_call]
        execute_tool local_fail ERROR (tool_error) [of local]
        chat fake-1 [stop]
    `,
      { mcp: { local: { type: "local" }, lo: { type: "remote" } } },
    )
  })

  test("model-not-found: a model and a provider that do not exist fail without a request; an agent that does not exist leaves nothing", async () => {
    await expectReplay(
      "model-not-found",
      `
      invoke_agent build ERROR (ProviderModelNotFoundError) [prompt error]
      invoke_agent build ERROR (ProviderModelNotFoundError) [prompt error]
      invoke_agent build [prompt completed]
        chat fake-1 [stop]
    `,
    )
  })
})
