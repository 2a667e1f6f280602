// Requests that fail for good: the chat and the run say why, in few words.
import { describe, expect, test } from "bun:test"
import { bash } from "../harness/scenarios/scenario.ts"
import { eventsOf, spanOf, useStage } from "./support/stage.ts"

const stage = useStage()

const CLEAN_TURN = `
      invoke_agent build prompt completed
        chat fake-1 stop
`

/** Sends a prompt that fails, then one that does not, in the same session. */
async function failThenRecover(
  prompt: string | { text: string; agent?: string; model?: Model },
): Promise<string> {
  const { server, model } = stage
  model.script("go on", [{ say: "Fine." }])
  const session = await server.createSession()
  await server.prompt(session.id, prompt).catch(() => {})
  // Named, because a session keeps the model that it was asked for last.
  await server.prompt(session.id, { text: "go on", model: { providerID: "fake", modelID: "fake-1" } })
  return session.id
}

type Model = { providerID: string; modelID: string }

describe("a request that fails", () => {
  for (const status of [400, 401, 404]) {
    test(`with ${status}`, async () => {
      stage.model.script(`answer ${status}`, [{ status }])
      const session = await failThenRecover(`answer ${status}`)
      const spans = await stage.traces(
        session,
        `
        invoke_agent build ERROR (${status}) prompt error
          chat fake-1 ERROR (${status}) error
        invoke_agent build prompt completed
          chat fake-1 stop
        `,
      )
      expect(spans.map((span) => span.statusMessage)).toEqual(["", "", "", ""])
      expect(spanOf(spans, "chat fake-1").attributes["gen_ai.response.model"]).toBeUndefined()
    })
  }

  test("with 429 until OpenCode gives up, after five retries", async () => {
    stage.model.script("over quota", [{ status: 429, headers: { "retry-after-ms": "10" } }])
    const session = await failThenRecover("over quota")
    const spans = await stage.traces(
      session,
      `
      invoke_agent build ERROR (429) prompt error
        chat fake-1 ERROR (429) error
          * opencode.retry
          * opencode.retry
          * opencode.retry
          * opencode.retry
          * opencode.retry
      ${CLEAN_TURN}`,
    )
    const attempts = eventsOf(spanOf(spans, "chat fake-1"), "opencode.retry").map((event) => event.attempt)
    expect(attempts).toEqual([1, 2, 3, 4, 5])
  })

  test("in the second step", async () => {
    stage.model.script("fail later", [{ calls: [bash("echo one")] }, { status: 400 }])
    const session = await failThenRecover("fail later")
    await stage.traces(
      session,
      `
      invoke_agent build ERROR (400) prompt error
        chat fake-1 tool_call
        execute_tool bash
        chat fake-1 ERROR (400) error
      ${CLEAN_TURN}`,
    )
  })

  test("by the content filter, after the message was complete", async () => {
    stage.model.script("say it", [{ say: "This is as far as", finish: "content_filter" }])
    const session = await failThenRecover("say it")
    await stage.traces(
      session,
      `
      invoke_agent build ERROR (ContentFilterError) prompt error
        chat fake-1 ERROR (ContentFilterError) content_filter
      ${CLEAN_TURN}`,
    )
  })

  for (const missing of [
    { providerID: "fake", modelID: "fake-9" },
    { providerID: "nobody", modelID: "x" },
  ]) {
    test(`for ${missing.providerID}/${missing.modelID}, which does not exist: a run without a chat`, async () => {
      const session = await failThenRecover({ text: "who is there", model: missing })
      const spans = await stage.traces(
        session,
        `
        invoke_agent build ERROR (ProviderModelNotFoundError) prompt error
        invoke_agent build prompt completed
          chat fake-1 stop
        `,
      )
      const root = spanOf(spans, "invoke_agent build").attributes
      expect(root["gen_ai.request.model"]).toBe(missing.modelID)
    })
  }

  test("for an agent that does not exist: there was no message, so there is no trace", async () => {
    const session = await failThenRecover({ text: "who is there", agent: "nobody" })
    await stage.traces(session, CLEAN_TURN)
  })

  test("while another session is at work: that one knows nothing of it", async () => {
    const { server, model } = stage
    const gate = Promise.withResolvers<void>()
    model.script("steady work", [{ say: "Steady.", gate: gate.promise }])
    const session = await server.createSession()
    await server.promptAsync(session.id, "steady work")
    await model.waitForRequest((request) => request.key === "steady work")
    stage.model.script("fail beside it", [{ status: 400 }])
    const other = await failThenRecover("fail beside it")
    gate.resolve()
    await stage.traces(session.id, CLEAN_TURN)
    await stage.traces(
      other,
      `
      invoke_agent build ERROR (400) prompt error
        chat fake-1 ERROR (400) error
      ${CLEAN_TURN}`,
    )
  })

  test("in a subagent: the parent goes on", async () => {
    const { server, model } = stage
    model.script("delegate trouble", [
      {
        calls: [
          { name: "task", args: { description: "try", prompt: "run into it", subagent_type: "general" } },
        ],
      },
      { say: "It failed." },
    ])
    model.script("run into it", [{ status: 400 }])
    const session = await server.createSession()
    await server.prompt(session.id, "delegate trouble")
    await stage.traces(
      session.id,
      `
      invoke_agent build prompt completed
        chat fake-1 tool_call
        invoke_agent general ERROR (400) subagent error
          chat fake-1 ERROR (400) error
        chat fake-1 stop
      `,
    )
  })
})
