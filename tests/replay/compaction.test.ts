import { describe, test } from "bun:test"
import { expectReplay } from "../support/recorded-trees.ts"

describe("replayed: compaction", () => {
  test("compaction-auto: in mid-turn, by the tokens used and by refused requests: part of the turn", async () => {
    await expectReplay(
      "compaction-auto",
      `
      invoke_agent build [prompt completed]
        * opencode.compaction
        chat fake-tiny [tool_call]
        execute_tool bash [exit 0]
        invoke_agent compaction [compaction completed]
          chat fake-tiny [stop]
        chat fake-tiny [tool_call compacted]
        execute_tool bash [exit 0]
        chat fake-tiny [stop compacted]
      invoke_agent build [prompt completed]
        chat fake-tiny [stop compacted]
      invoke_agent build [prompt completed]
        * opencode.compaction
        * opencode.compaction
        chat fake-tiny ERROR (ContextOverflowError) [error compacted]
        invoke_agent compaction [compaction completed]
          chat fake-tiny [stop compacted]
        chat fake-tiny ERROR (ContextOverflowError) [error compacted]
        invoke_agent compaction [compaction completed]
          chat fake-tiny [stop compacted]
        chat fake-tiny [stop compacted]
    `,
    )
  })

  test("compaction-manual: by hand: work of its own, also when it fails", async () => {
    await expectReplay(
      "compaction-manual",
      `
      invoke_agent build [prompt completed]
        chat fake-1 [tool_call]
        execute_tool bash [exit 0]
        chat fake-1 [stop]
      invoke_agent compaction [compaction completed]
        * opencode.compaction
        chat fake-1 [stop]
      invoke_agent build [prompt completed]
        chat fake-1 [stop compacted]
      invoke_agent compaction ERROR (400) [compaction error]
        chat fake-1 ERROR (400) [error compacted]
    `,
    )
  })
})
