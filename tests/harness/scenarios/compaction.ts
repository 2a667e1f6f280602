import { bash, type Scenario, settle } from "./scenario.ts"

const tiny = { providerID: "fake", modelID: "fake-tiny" }

/** The context fills up in mid-turn, by the reported tokens and by a refused request; later prompts go on. */
export const compactionAuto: Scenario = {
  config: { model: "fake/fake-tiny" },
  async run({ server, model, mark }) {
    model.script("long work", [
      { say: "First.", calls: [bash("echo one")], usage: { prompt: 11_000, completion: 20 } },
      { say: "Second.", calls: [bash("echo two")] },
      { say: "All done." },
    ])
    model.script("short work", [{ say: "Short." }])
    model.script("too much", [
      {
        status: 400,
        body: '{"error":{"message":"maximum context length is 12000 tokens","code":"context_length_exceeded"}}',
        failTimes: 2,
        say: "It fits now.",
      },
    ])
    const session = await server.createSession()
    mark("the context is full after the first step")
    await server.prompt(session.id, { text: "long work", model: tiny })
    await settle()
    mark("the next prompt")
    await server.prompt(session.id, { text: "short work", model: tiny })
    await settle()
    mark("the provider refuses the request for its length, and refuses it again after the compaction")
    await server.prompt(session.id, { text: "too much", model: tiny })
    await settle()
  },
}

/** The user asks for a compaction, then goes on. */
export const compactionManual: Scenario = {
  async run({ server, model, mark }) {
    model.script("first", [{ calls: [bash("echo one")] }, { say: "One." }])
    model.script("second", [{ say: "Two." }])
    const session = await server.createSession()
    mark("a prompt")
    await server.prompt(session.id, "first")
    await settle()
    mark("summarize")
    await server.summarize(session.id)
    await settle()
    mark("the next prompt")
    await server.prompt(session.id, "second")
    await settle()
    mark("summarize fails")
    model.summary({ status: 400 })
    await server.summarize(session.id).catch(() => {})
    await settle()
  },
}
