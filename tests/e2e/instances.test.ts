// One process, several lives of the plugin: one per project directory, and a new one after each disposal.
import { afterAll, describe, expect, test } from "bun:test"
import { PLUGIN_SPEC } from "../harness/opencode.ts"
import { type OtlpReceiver, startOtlpReceiver } from "../harness/otlp-receiver.ts"
import { bash, toolRunning } from "../harness/scenarios/scenario.ts"
import { drawTraces, outdent } from "./support/draw.ts"
import { useStage } from "./support/stage.ts"

const stage = useStage()
const receivers: OtlpReceiver[] = []

afterAll(async () => {
  for (const receiver of receivers) await receiver.stop()
})

const ANSWER = `
      invoke_agent build prompt completed
        chat fake-1 stop
`

/** A project directory whose plugin has options of its own. */
async function projectWithEndpoint(name: string) {
  const receiver = await startOtlpReceiver()
  receivers.push(receiver)
  const client = await stage.project(name, {
    plugins: [
      [PLUGIN_SPEC, { endpoint: receiver.tracesUrl, serviceName: name, agentName: `agent of ${name}` }],
    ],
  })
  return { receiver, client, name }
}

describe("two project directories in one process", () => {
  test("export by their own configuration, at the same time, and never by the other's", async () => {
    const { model } = stage
    const projects = [await projectWithEndpoint("left"), await projectWithEndpoint("right")]
    const gate = Promise.withResolvers<void>()
    for (const { name } of projects) {
      model.script(`work on the ${name}`, [
        { calls: [bash("echo one")] },
        { say: "Done.", gate: gate.promise },
      ])
    }
    const prompts = projects.map(async ({ client, name }) => {
      const session = await client.createSession()
      await client.prompt(session.id, `work on the ${name}`)
    })
    for (const { name } of projects) {
      await model.waitForRequest((request) => request.key === `work on the ${name}` && request.index === 1)
    }
    gate.resolve()
    await Promise.all(prompts)
    for (const { receiver, name } of projects) {
      const spans = await receiver.waitFor(4)
      expect(drawTraces(spans)).toBe(
        outdent(`
        invoke_agent agent of ${name} prompt completed
          chat fake-1 tool_call
          execute_tool bash
          chat fake-1 stop
        `),
      )
      expect(new Set(spans.map((span) => span.resource["service.name"]))).toEqual(new Set([name]))
    }
    for (const { client } of projects) await client.dispose()
    expect(projects.map(({ receiver }) => receiver.spans.length)).toEqual([4, 4])
  })
})

describe("an instance that is disposed of", () => {
  test("and made again works, and loses and doubles nothing", async () => {
    const { model } = stage
    model.script("say hello", [{ say: "Hello." }])
    const client = await stage.project("again")
    const session = await client.createSession()
    await client.prompt(session.id, "say hello")
    await client.dispose()
    await stage.traces(session.id, ANSWER)
    await client.prompt(session.id, "say hello")
    await client.dispose()
    await stage.traces(session.id, ANSWER + ANSWER)
    await client.prompt(session.id, "say hello")
    await stage.traces(session.id, ANSWER + ANSWER + ANSWER)
  })

  test("while a tool runs ends what is open, and its next life is clean", async () => {
    const { server, model } = stage
    model.script("be cut off", [{ calls: [bash("sleep 300")] }, { hang: true }])
    model.script("begin anew", [{ say: "New." }])
    const session = await server.createSession()
    await server.promptAsync(session.id, "be cut off")
    await toolRunning(server, session.id)
    await server.dispose()
    const cut = `
      invoke_agent build prompt interrupted orphan=shutdown
        chat fake-1 error orphan=shutdown
        execute_tool bash ERROR (cancelled) orphan=shutdown
    `
    await stage.traces(session.id, cut)
    const next = await server.createSession()
    await server.prompt(next.id, "begin anew")
    await stage.traces(next.id, ANSWER)
    await stage.traces(session.id, cut)
  })
})
