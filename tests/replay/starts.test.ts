import { describe, test } from "bun:test"
import { expectReplay } from "../support/recorded-trees.ts"

describe("replayed: how work starts, and where it does not", () => {
  test("queued: a prompt during the last answer of another; two prompts while a tool runs, answered as one", async () => {
    await expectReplay(
      "queued",
      `
      invoke_agent build [prompt completed]
        chat fake-1 [stop]
      invoke_agent build [prompt completed]
        chat fake-1 [tool_call]
        execute_tool bash [exit 0]
        chat fake-1 [stop]
      invoke_agent build [prompt completed]
        chat fake-1 [tool_call]
        execute_tool bash [exit 0]
      invoke_agent build [prompt completed merged into root 5]
      invoke_agent build [prompt completed]
        chat fake-1 [stop]
    `,
    )
  })

  test("shell: shell commands are runs without a model; the last one is aborted", async () => {
    await expectReplay(
      "shell",
      `
      invoke_agent build [shell completed]
        execute_tool bash
      invoke_agent build [shell completed]
        execute_tool bash
      invoke_agent build [prompt completed]
        chat fake-1 [stop]
      invoke_agent build [shell completed]
        execute_tool bash
      invoke_agent build [shell interrupted]
        execute_tool bash ERROR (cancelled)
    `,
    )
  })

  test("noreply: a message that asks for no answer leaves nothing", async () => {
    await expectReplay(
      "noreply",
      `
      invoke_agent build [prompt completed]
        chat fake-1 [stop]
    `,
    )
  })

  test("fork: copies are no work, finished or not; prompts in the forks are", async () => {
    await expectReplay(
      "fork",
      `
      invoke_agent build [prompt completed]
        chat fake-1 [tool_call]
        execute_tool bash [exit 0]
        chat fake-1 [stop]
      invoke_agent build [prompt completed]
        chat fake-1 [stop]
      invoke_agent build [prompt completed]
        chat fake-1 [stop]
      invoke_agent build [prompt completed]
        chat fake-1 [tool_call]
        execute_tool bash [exit 0]
        chat fake-1 [stop]
      invoke_agent build [prompt completed]
        chat fake-1 [stop]
    `,
    )
  })

  test("revert: taking a turn back and restoring it is no work", async () => {
    await expectReplay(
      "revert",
      `
      invoke_agent build [prompt completed]
        chat fake-1 [tool_call]
        execute_tool bash [exit 0]
        chat fake-1 [stop]
      invoke_agent build [prompt completed]
        chat fake-1 [stop]
      invoke_agent build [prompt completed]
        chat fake-1 [stop]
    `,
    )
  })

  test("deleted: a session that is deleted while its subagent works ends as it stands", async () => {
    await expectReplay(
      "deleted",
      `
      invoke_agent build [prompt interrupted session_deleted]
        chat fake-1 [error session_deleted]
        invoke_agent general [subagent interrupted]
          chat fake-1 [error]
          execute_tool bash ERROR (cancelled)
    `,
    )
  })

  test("dispose: an instance that is disposed in mid-turn ends what is open; the next one works", async () => {
    await expectReplay(
      "dispose",
      `
      invoke_agent build [prompt completed]
        chat fake-1 [stop]
      invoke_agent build [prompt completed]
        chat fake-1 [stop]
      invoke_agent build [prompt interrupted shutdown]
        chat fake-1 [error shutdown]
        execute_tool bash ERROR (cancelled) [shutdown]
      invoke_agent build [prompt completed]
        chat fake-1 [stop]
    `,
    )
  })
})
