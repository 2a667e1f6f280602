// The ways in which work starts: queued prompts, shell, commands, forks, reverts, prompts without an answer.
import { bash, type Scenario, settle, task, toolRunning } from "./scenario.ts"

/** Prompts that come while another is at work: during its last answer, and during a slow tool. */
export const queued: Scenario = {
  async run({ server, model, mark }) {
    const gate = Promise.withResolvers<void>()
    model.script("a long answer", [{ say: "This takes a while.", hold: gate.promise }])
    model.script("the next", [{ calls: [bash("echo next")] }, { say: "Next is done." }])
    model.script("slow one", [{ say: "Wait.", calls: [bash("sleep 2")] }, { say: "One is done." }])
    model.script("quick two", [{ calls: [bash("echo two")] }, { say: "Two is done." }])
    model.script("quick three", [{ say: "Three is done." }])
    const first = await server.createSession()
    mark("a prompt, and one more during its last answer")
    await server.promptAsync(first.id, "a long answer")
    await model.waitForRequest((request) => request.key === "a long answer")
    await server.promptAsync(first.id, "the next")
    gate.resolve()
    await server.waitForIdle(first.id)
    await settle()
    const second = await server.createSession()
    mark("a prompt")
    await server.promptAsync(second.id, "slow one")
    await toolRunning(server, second.id)
    mark("a second and a third while its tool runs")
    await server.promptAsync(second.id, "quick two")
    await server.promptAsync(second.id, "quick three")
    await server.waitForIdle(second.id)
    await settle()
  },
}

/** `!` commands: one that works, one that exits with 3, one after a prompt, one while a turn runs. */
export const shell: Scenario = {
  async run({ server, model, mark }) {
    model.script("hello", [{ say: "Hello." }])
    const session = await server.createSession()
    mark("shell in a new session")
    await server.shell(session.id, "echo shell")
    await settle()
    mark("shell that fails")
    await server.shell(session.id, "exit 3")
    await settle()
    mark("a prompt")
    await server.prompt(session.id, "hello")
    await settle()
    mark("shell after a prompt")
    await server.shell(session.id, "echo again")
    await settle()
    mark("a long shell command, aborted")
    const long = server.shell(session.id, "sleep 30").catch(() => {})
    const since = server.mark()
    await toolRunning(server, session.id, since)
    await server.abort(session.id)
    await long
    await settle()
  },
}

/** Slash commands: a plain one, one as a subtask, one that OpenCode does not know. */
export const command: Scenario = {
  config: {
    command: {
      greet: { template: "greet $ARGUMENTS", description: "greets" },
      dig: { template: "dig into $ARGUMENTS", description: "digs", subtask: true, agent: "general" },
    },
  },
  async run({ server, model, mark }) {
    model.script("greet", [{ calls: [bash("echo hi")] }, { say: "Hi." }])
    model.script("dig into", [{ say: "Found it." }])
    model.script("Summarize the task tool output", [{ say: "The task found it." }])
    const session = await server.createSession()
    mark("/greet")
    await server.command(session.id, "greet", "the world")
    await settle()
    mark("/dig as a subtask")
    await server.command(session.id, "dig", "the code")
    await settle()
    mark("/nowhere")
    await server.command(session.id, "nowhere").catch(() => {})
    await settle()
  },
}

/** Forks of a finished session, at a message, and of one that is at work. */
export const fork: Scenario = {
  async run({ server, model, mark }) {
    model.script("first", [{ calls: [bash("echo one")] }, { say: "One." }])
    model.script("second", [{ say: "Two." }])
    model.script("slow", [{ say: "Slowly.", calls: [bash("sleep 3")] }, { say: "Slow is done." }])
    const session = await server.createSession()
    mark("two prompts")
    await server.prompt(session.id, "first")
    await server.prompt(session.id, "second")
    await settle()
    mark("fork of the finished session")
    const copy = await server.fork(session.id)
    await settle()
    mark("a prompt in the fork")
    await server.prompt(copy.id, "second")
    await settle()
    mark("fork at the second prompt")
    const users = (await server.messages(session.id)).filter((message) => message.info.role === "user")
    await server.fork(session.id, String(users[1]?.info.id))
    await settle()
    mark("fork while a tool runs")
    const since = server.mark()
    await server.promptAsync(session.id, "slow")
    await toolRunning(server, session.id, since)
    const early = await server.fork(session.id)
    await settle()
    mark("a prompt in the early fork")
    await server.prompt(early.id, "second")
    await server.waitForIdle(session.id, since)
    await settle()
  },
}

/** A turn is taken back and restored; then taken back for good by a new prompt. */
export const revert: Scenario = {
  async run({ server, model, mark }) {
    model.script("first", [{ calls: [bash("echo one > made.txt")] }, { say: "One." }])
    model.script("second", [{ say: "Two." }])
    const session = await server.createSession()
    await server.prompt(session.id, "first")
    const made = await server.prompt(session.id, "second")
    await settle()
    mark("revert")
    await server.revert(session.id, String(made.info.parentID))
    mark("unrevert")
    await server.unrevert(session.id)
    mark("revert and prompt")
    await server.revert(session.id, String(made.info.parentID))
    await server.prompt(session.id, "second")
    await settle()
  },
}

/** A message that asks for no answer, then one that does. */
export const noreply: Scenario = {
  async run({ server, model, mark }) {
    model.script("an answer", [{ say: "Here it is." }])
    const session = await server.createSession()
    mark("noReply")
    await server.prompt(session.id, { text: "only for your information", noReply: true })
    await settle()
    mark("a prompt")
    await server.prompt(session.id, "an answer")
    await settle()
  },
}

/** A session and its subagent are deleted while they work. */
export const deleted: Scenario = {
  async run({ server, model, mark }) {
    model.script("delegate", [{ calls: [task("sleep a while")] }, { say: "Never said." }])
    model.script("sleep a while", [{ calls: [bash("sleep 30")] }])
    const session = await server.createSession()
    await server.promptAsync(session.id, "delegate")
    await server.waitForEvent(
      (event) => event.type === "session.created" && event.properties.sessionID !== session.id,
    )
    const child = (await server.children(session.id))[0]
    if (child) await toolRunning(server, child.id)
    mark("delete")
    await server.deleteSession(session.id)
    await settle(3_000)
  },
}

/** The instance is disposed and made again, between turns and in the middle of one. */
export const dispose: Scenario = {
  async run({ server, model, mark }) {
    model.script("hello", [{ say: "Hello." }])
    model.script("slow", [{ calls: [bash("sleep 30")] }, { say: "Done." }])
    const session = await server.createSession()
    await server.prompt(session.id, "hello")
    await settle()
    mark("dispose when idle")
    await server.dispose()
    await server.prompt(session.id, "hello")
    await settle()
    mark("dispose while a tool runs")
    const since = model.requests.length
    await server.promptAsync(session.id, "slow")
    await model.waitForRequest(
      (request) => request.key === "slow" && model.requests.indexOf(request) >= since,
    )
    await settle()
    await server.dispose()
    await settle()
    mark("the next life")
    await server.prompt(session.id, "hello")
    await settle()
  },
}
