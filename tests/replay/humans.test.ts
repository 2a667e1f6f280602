import { describe, test } from "bun:test"
import { expectReplay } from "../support/recorded-trees.ts"

describe("replayed: people in the loop", () => {
  test("permissions: always and reject with another call pending, reject with a message, denied by a rule", async () => {
    await expectReplay(
      "permissions",
      `
      invoke_agent build [prompt completed]
        chat fake-1 [tool_call]
        execute_tool bash [exit 0]
          * opencode.permission.asked
          * opencode.permission.replied
        execute_tool bash [exit 0]
          * opencode.permission.asked
          * opencode.permission.replied
        chat fake-1 [stop]
      invoke_agent build [prompt rejected]
        chat fake-1 [tool_call]
        execute_tool bash ERROR (permission_denied)
          * opencode.permission.asked
          * opencode.permission.replied
        execute_tool bash ERROR (permission_denied)
          * opencode.permission.asked
          * opencode.permission.replied
      invoke_agent build [prompt rejected]
        chat fake-1 [tool_call]
        execute_tool bash ERROR (permission_denied)
          * opencode.permission.asked
          * opencode.permission.replied
        execute_tool bash ERROR (permission_denied)
          * opencode.permission.asked
          * opencode.permission.replied
      invoke_agent build [prompt completed]
        chat fake-1 [tool_call]
        execute_tool bash ERROR (permission_denied)
          * opencode.permission.asked
          * opencode.permission.replied
        chat fake-1 [stop]
      invoke_agent build [prompt completed]
        chat fake-1 [tool_call]
        execute_tool bash ERROR (permission_denied)
        chat fake-1 [stop]
    `,
    )
  })

  test("question: answered, dismissed, abandoned by an abort", async () => {
    await expectReplay(
      "question",
      `
      invoke_agent build [prompt completed]
        chat fake-1 [tool_call]
        execute_tool question
          * opencode.question.asked
          * opencode.question.replied
        chat fake-1 [stop]
      invoke_agent build [prompt rejected]
        chat fake-1 [tool_call]
        execute_tool question ERROR (cancelled)
          * opencode.question.asked
          * opencode.question.replied
      invoke_agent build [prompt interrupted]
        chat fake-1 [error]
        execute_tool question ERROR (cancelled)
          * opencode.question.asked
    `,
    )
  })

  test("abort: in retry backoff, while a permission is pending, with a prompt in the queue; then a clean turn", async () => {
    await expectReplay(
      "abort",
      `
      invoke_agent build [prompt interrupted]
        chat fake-1 [error]
          * opencode.retry
      invoke_agent build [prompt interrupted]
        chat fake-1 [error]
        execute_tool bash ERROR (cancelled)
          * opencode.permission.asked
      invoke_agent build [prompt interrupted]
        chat fake-1 [error]
        execute_tool bash ERROR (cancelled)
      invoke_agent build [prompt completed merged into root 5]
      invoke_agent build [prompt completed]
        chat fake-1 [stop]
    `,
    )
  })
})
