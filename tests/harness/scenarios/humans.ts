// Questions, permissions and aborts: what a person does while OpenCode works.
import type { Server } from "../opencode.ts"
import { bash, type Scenario, settle, toolRunning } from "./scenario.ts"

const ask = {
  name: "question",
  args: {
    questions: [
      {
        question: "Which one?",
        header: "Choice",
        options: [
          { label: "A", description: "the first" },
          { label: "B", description: "the second" },
        ],
      },
    ],
  },
}

/** The id of the next request of this type after `since` events. */
async function asked(server: Server, type: string, since: number): Promise<string> {
  const event = await server.waitForEvent((e) => e.type === type && server.events.indexOf(e) >= since)
  return String(event.properties.id)
}

/** The `question` tool: answered, rejected, abandoned by an abort. */
export const question: Scenario = {
  async run({ server, model, mark }) {
    for (const key of ["ask one", "ask two", "ask three"]) {
      model.script(key, [{ calls: [ask] }, { say: "Thank you." }])
    }
    const session = await server.createSession()
    mark("answered")
    let since = server.mark()
    await server.promptAsync(session.id, "ask one")
    await server.replyQuestion(await asked(server, "question.asked", since), [["A"]])
    await server.waitForIdle(session.id, since)
    await settle()
    mark("rejected")
    since = server.mark()
    await server.promptAsync(session.id, "ask two")
    await server.rejectQuestion(await asked(server, "question.asked", since))
    await server.waitForIdle(session.id, since)
    await settle()
    mark("aborted while pending")
    since = server.mark()
    await server.promptAsync(session.id, "ask three")
    await asked(server, "question.asked", since)
    await server.abort(session.id)
    await settle()
  },
}

/** Two calls wait; one answer settles both: allowed always, then rejected. A rule denies a third. */
export const permissions: Scenario = {
  config: { permission: { bash: { "*": "ask", "rm *": "deny" } } },
  async run({ server, model, mark }) {
    model.script("both", [{ calls: [bash("echo one"), bash("echo two")] }, { say: "Both ran." }])
    model.script("neither", [{ calls: [bash("pwd"), bash("whoami")] }, { say: "Neither ran." }])
    model.script("one only", [{ calls: [bash("id")] }, { say: "Then another way." }])
    model.script("forbidden", [{ calls: [bash("rm -rf nothing")] }, { say: "It is not allowed." }])
    const session = await server.createSession()
    const both = async () => {
      const since = server.mark()
      return {
        since,
        asked: async () => {
          const first = await asked(server, "permission.asked", since)
          await server.waitForEvent((e) => {
            const late = server.events.indexOf(e) >= since && e.type === "permission.asked"
            return late && e.properties.id !== first
          })
          return first
        },
      }
    }
    mark("always, with another pending")
    const yes = await both()
    await server.promptAsync(session.id, "both")
    await server.replyPermission(await yes.asked(), "always")
    await server.waitForIdle(session.id, yes.since)
    await settle()
    mark("reject, with another pending")
    const no = await both()
    await server.promptAsync(session.id, "neither")
    await server.replyPermission(await no.asked(), "reject")
    await server.waitForIdle(session.id, no.since)
    await settle()
    mark("reject with a message")
    const told = server.mark()
    await server.promptAsync(session.id, "neither")
    const first = await asked(server, "permission.asked", told)
    await server.replyPermission(first, "reject", "use another way")
    await server.waitForIdle(session.id, told)
    await settle()
    mark("reject with a message, alone")
    const alone = server.mark()
    await server.promptAsync(session.id, "one only")
    await server.replyPermission(await asked(server, "permission.asked", alone), "reject", "use another way")
    await server.waitForIdle(session.id, alone)
    await settle()
    mark("denied by rule")
    await server.prompt(session.id, "forbidden")
    await settle()
  },
}

/** Aborts: in retry backoff, while a permission is pending, with a queued prompt; then a clean turn. */
export const abort: Scenario = {
  config: { permission: { bash: { "*": "allow", "date*": "ask" } } },
  async run({ server, model, mark }) {
    model.script("overloaded", [{ status: 503, headers: { "retry-after": "60" } }])
    model.script("needs leave", [{ calls: [bash("date")] }, { say: "Never said." }])
    model.script("slow", [{ calls: [bash("sleep 30")] }, { say: "Never said." }])
    model.script("behind it", [{ say: "Queued and answered." }])
    model.script("afterwards", [{ say: "Clean." }])
    const session = await server.createSession()
    mark("in retry backoff")
    await server.promptAsync(session.id, "overloaded")
    await server.waitForEvent((event) => event.type === "session.status" && isRetry(event.properties.status))
    await server.abort(session.id)
    await settle()
    mark("while a permission is pending")
    let since = server.mark()
    await server.promptAsync(session.id, "needs leave")
    await asked(server, "permission.asked", since)
    await server.abort(session.id)
    await settle()
    mark("with a queued prompt")
    since = server.mark()
    await server.promptAsync(session.id, "slow")
    await toolRunning(server, session.id, since)
    await server.promptAsync(session.id, "behind it")
    await settle(500)
    await server.abort(session.id)
    await settle()
    mark("a clean turn")
    await server.prompt(session.id, "afterwards")
    await settle()
  },
}

function isRetry(status: unknown): boolean {
  return typeof status === "object" && status !== null && "type" in status && status.type === "retry"
}
