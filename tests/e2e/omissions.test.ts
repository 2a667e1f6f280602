// OpenCode leaves out a hook or an event: the tree is still right.
import { describe, expect, test } from "bun:test"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { bash, task } from "../harness/scenarios/scenario.ts"
import { spanOf, useStage } from "./support/stage.ts"

const stage = useStage()

const OMITTING = pathToFileURL(join(import.meta.dirname, "../harness/omitting.ts")).href

const OMISSIONS: readonly (readonly string[])[] = [
  ["chat.message"],
  ["chat.params"],
  ["chat.params", "chat.headers"],
  ["session.created"],
  ["session.status"],
  ["session.idle"],
  ["chat.message", "chat.params", "chat.headers", "session.created", "session.updated", "session.status"],
]

describe("without", () => {
  for (const [nth, omit] of OMISSIONS.entries()) {
    test(omit.join(", "), async () => {
      const { model } = stage
      model.script(`work ${nth}`, [
        { calls: [bash("echo one"), task(`errand ${nth}`)] },
        { say: "Done.", usage: { prompt: 102, completion: 20, cached: 40, reasoning: 7 } },
      ])
      model.script(`errand ${nth}`, [{ calls: [bash("echo two")] }, { say: "Ran." }])
      const client = await stage.project(`omitting-${nth}`, { plugins: [[OMITTING, { omit }]] })
      const session = await client.createSession()
      await client.prompt(session.id, `work ${nth}`)
      await client.prompt(session.id, `work ${nth}`)
      const turn = `
      invoke_agent build prompt completed
        chat fake-1 tool_call
        execute_tool bash
        invoke_agent general subagent completed
          chat fake-1 tool_call
          execute_tool bash
          chat fake-1 stop
        chat fake-1 stop`
      const spans = await stage.traces(session.id, turn.repeat(2))
      const child = (await client.children(session.id))[0]?.id
      expect(spanOf(spans, "invoke_agent general").attributes["opencode.session.id"]).toBe(child)
      expect(spanOf(spans, "invoke_agent build").attributes).toMatchObject({
        "opencode.run.llm_calls": 4,
        "opencode.run.tool_calls": 2,
        "opencode.run.subagents": 1,
        "opencode.run.input_tokens": 402,
        "opencode.run.output_tokens": 80,
      })
    })
  }
})
