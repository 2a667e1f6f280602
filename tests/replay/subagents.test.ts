import { describe, test } from "bun:test"
import { expectReplay } from "../support/recorded-trees.ts"

describe("replayed: subagents", () => {
  test("subagents: two at once, a failing one, an abort while one runs, a subtask", async () => {
    await expectReplay(
      "subagents",
      `
      invoke_agent build [prompt completed]
        chat fake-1 [tool_call]
        invoke_agent general [subagent completed]
          chat fake-1 [tool_call]
          execute_tool glob ERROR (tool_error)
          chat fake-1 [stop]
        invoke_agent explore [subagent completed]
          chat fake-1 [stop]
        chat fake-1 [stop]
      invoke_agent build [prompt completed]
        chat fake-1 [tool_call]
        invoke_agent general ERROR (400) [subagent error]
          chat fake-1 ERROR (400) [error]
        chat fake-1 [stop]
      invoke_agent build [prompt interrupted]
        chat fake-1 [error]
        invoke_agent general [subagent interrupted]
          chat fake-1 [error]
      invoke_agent build [prompt completed]
        invoke_agent general [subagent completed]
          chat fake-1 [stop]
        chat fake-1 [stop]
    `,
    )
  })

  test("nested: three deep, a fourth refused for its depth; one by @mention", async () => {
    await expectReplay(
      "nested",
      `
      invoke_agent build [prompt completed]
        chat fake-1 [tool_call]
        invoke_agent general [subagent completed]
          chat fake-1 [tool_call]
          invoke_agent general [subagent completed]
            chat fake-1 [tool_call]
            invoke_agent general [subagent completed]
              chat fake-1 [tool_call]
              execute_tool task ERROR (tool_error)
              chat fake-1 [stop]
            chat fake-1 [stop]
          chat fake-1 [stop]
        chat fake-1 [stop]
      invoke_agent build [prompt completed]
        chat fake-1 [tool_call]
        invoke_agent general [subagent completed]
          chat fake-1 [stop]
        chat fake-1 [stop]
    `,
    )
  })

  test("resume-subagent: a subagent, and the same one resumed in the next turn", async () => {
    await expectReplay(
      "resume-subagent",
      `
      invoke_agent build [prompt completed]
        chat fake-1 [tool_call]
        invoke_agent general [subagent completed]
          chat fake-1 [tool_call]
          execute_tool bash [exit 0]
          chat fake-1 [stop]
        chat fake-1 [stop]
      invoke_agent build [prompt completed]
        chat fake-1 [tool_call]
        invoke_agent general [subagent completed]
          chat fake-1 [stop]
        chat fake-1 [stop]
    `,
    )
  })

  test("command: a slash command, one as a subtask, an unknown one", async () => {
    await expectReplay(
      "command",
      `
      invoke_agent build [command /greet completed]
        chat fake-1 [tool_call]
        execute_tool bash [exit 0]
        chat fake-1 [stop]
      invoke_agent build [command /dig completed]
        invoke_agent general [subagent completed]
          chat fake-1 [stop]
        chat fake-1 [stop]
    `,
    )
  })
})
