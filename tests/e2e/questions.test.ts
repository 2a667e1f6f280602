// The model asks the human a question: the `question` tool waits for the answer.
import { describe, expect, test } from "bun:test"
import { asks } from "./support/bus.ts"
import { eventsOf, spanOf, useStage } from "./support/stage.ts"

const stage = useStage()

const options = [
  { label: "A", description: "the first" },
  { label: "B", description: "the second" },
]
const ask = { name: "question", args: { questions: [{ question: "Which one?", header: "Choice", options }] } }

/** A session whose model asks; gives its id and the question's. */
async function askedSession(key: string): Promise<{ session: string; question: string }> {
  const { server, model } = stage
  model.script(key, [{ calls: [ask] }, { say: "Thank you." }])
  const session = await server.createSession()
  await server.promptAsync(session.id, key)
  const [question = ""] = await asks(server, "question.asked", session.id)
  return { session: session.id, question }
}

describe("a question", () => {
  test("that is answered", async () => {
    const { session, question } = await askedSession("ask and hear")
    await stage.server.replyQuestion(question, [["A"]])
    const spans = await stage.traces(
      session,
      `
      invoke_agent build prompt completed
        chat fake-1 tool_call
        execute_tool question
          * opencode.question.asked
          * opencode.question.replied
        chat fake-1 stop
      `,
    )
    const call = spanOf(spans, "execute_tool question")
    expect(eventsOf(call, "opencode.question.asked")).toEqual([{}])
    const [reply] = eventsOf(call, "opencode.question.replied")
    expect(reply).toEqual({ reply: "answer", wait_ms: expect.any(Number) })
    expect(call.attributes["opencode.question.wait_ms"]).toBe(Number(reply?.wait_ms))
    expect(call.attributes["opencode.permission.wait_ms"]).toBeUndefined()
  })

  test("that is dismissed stops the run", async () => {
    const { session, question } = await askedSession("ask in vain")
    await stage.server.rejectQuestion(question)
    const spans = await stage.traces(
      session,
      `
      invoke_agent build prompt rejected
        chat fake-1 tool_call
        execute_tool question ERROR (cancelled)
          * opencode.question.asked
          * opencode.question.replied
      `,
    )
    const [reply] = eventsOf(spanOf(spans, "execute_tool question"), "opencode.question.replied")
    expect(reply).toEqual({ reply: "reject", wait_ms: expect.any(Number) })
  })

  test("that an abort leaves unanswered was not dismissed", async () => {
    const { session } = await askedSession("ask too late")
    await stage.server.abort(session)
    const spans = await stage.traces(
      session,
      `
      invoke_agent build prompt interrupted
        chat fake-1 error
        execute_tool question ERROR (cancelled)
          * opencode.question.asked
      `,
    )
    expect(spanOf(spans, "execute_tool question").attributes["opencode.question.wait_ms"]).toBeNumber()
  })
})
