// OpenCode asks the human for leave: the wait is the call's, and so is the answer.
import { describe, expect, test } from "bun:test"
import { bash, task } from "../harness/scenarios/scenario.ts"
import { asks, childOf } from "./support/bus.ts"
import { eventsOf, spanOf, useStage } from "./support/stage.ts"

const stage = useStage({
  config: { permission: { "*": "allow", bash: { "*": "ask", "rm *": "deny", "ls*": "allow" } } },
})

const asked = { permission: "bash" }

function replied(reply: string) {
  return { permission: "bash", reply, wait_ms: expect.any(Number) }
}

describe("a permission", () => {
  test("allowed once", async () => {
    const { server, model } = stage
    model.script("just once", [{ calls: [bash("echo once")] }, { say: "It ran." }])
    const session = await server.createSession()
    await server.promptAsync(session.id, "just once")
    const [id = ""] = await asks(server, "permission.asked", session.id)
    await server.replyPermission(id, "once")
    const spans = await stage.traces(
      session.id,
      `
      invoke_agent build prompt completed
        chat fake-1 tool_call
        execute_tool bash
          * opencode.permission.asked
          * opencode.permission.replied
        chat fake-1 stop
      `,
    )
    const call = spanOf(spans, "execute_tool bash")
    expect(eventsOf(call, "opencode.permission.asked")).toEqual([asked])
    expect(eventsOf(call, "opencode.permission.replied")).toEqual([replied("once")])
    const [from, to] = call.events.map((event) => event.timeMs)
    expect(call.attributes["opencode.permission.wait_ms"]).toBe((to ?? 0) - (from ?? 0))
  })

  test("allowed always settles the others that it covers", async () => {
    const { server, model } = stage
    const calls = [bash("printf one"), bash("printf two"), bash("printf three")]
    model.script("from now on", [{ calls }, { calls: [bash("printf four")] }, { say: "All ran." }])
    const session = await server.createSession()
    await server.promptAsync(session.id, "from now on")
    const [id = ""] = await asks(server, "permission.asked", session.id, 3)
    await server.replyPermission(id, "always")
    const spans = await stage.traces(
      session.id,
      `
      invoke_agent build prompt completed
        chat fake-1 tool_call
        execute_tool bash
          * opencode.permission.asked
          * opencode.permission.replied
        execute_tool bash
          * opencode.permission.asked
          * opencode.permission.replied
        execute_tool bash
          * opencode.permission.asked
          * opencode.permission.replied
        chat fake-1 tool_call
        execute_tool bash
        chat fake-1 stop
      `,
    )
    for (const nth of [0, 1, 2]) {
      const call = spanOf(spans, "execute_tool bash", nth)
      expect(eventsOf(call, "opencode.permission.replied")).toEqual([replied("always")])
      expect(call.attributes["opencode.permission.wait_ms"]).toBeNumber()
    }
    expect(spanOf(spans, "execute_tool bash", 3).attributes["opencode.permission.wait_ms"]).toBeUndefined()
  })

  test("rejected, which rejects the others that wait, and ends the run", async () => {
    const { server, model } = stage
    model.script("do both", [{ calls: [bash("whoami"), bash("date")] }, { say: "Never said." }])
    const session = await server.createSession()
    await server.promptAsync(session.id, "do both")
    const [id = ""] = await asks(server, "permission.asked", session.id, 2)
    await server.replyPermission(id, "reject")
    const spans = await stage.traces(
      session.id,
      `
      invoke_agent build prompt rejected
        chat fake-1 tool_call
        execute_tool bash ERROR (permission_denied)
          * opencode.permission.asked
          * opencode.permission.replied
        execute_tool bash ERROR (permission_denied)
          * opencode.permission.asked
          * opencode.permission.replied
      `,
    )
    for (const nth of [0, 1]) {
      const call = spanOf(spans, "execute_tool bash", nth)
      expect(eventsOf(call, "opencode.permission.replied")).toEqual([replied("reject")])
    }
  })

  test("rejected with a message: the model goes on, so the run was not rejected", async () => {
    const { server, model } = stage
    model.script("another way", [
      { calls: [bash("hostname")] },
      { calls: [bash("ls")] },
      { say: "So I did." },
    ])
    const session = await server.createSession()
    await server.promptAsync(session.id, "another way")
    const [id = ""] = await asks(server, "permission.asked", session.id)
    await server.replyPermission(id, "reject", "list the files instead")
    await stage.traces(
      session.id,
      `
      invoke_agent build prompt completed
        chat fake-1 tool_call
        execute_tool bash ERROR (permission_denied)
          * opencode.permission.asked
          * opencode.permission.replied
        chat fake-1 tool_call
        execute_tool bash
        chat fake-1 stop
      `,
    )
  })

  test("denied by a rule: nobody is asked, and the model goes on", async () => {
    const { server, model } = stage
    model.script("break it", [{ calls: [bash("rm -rf nothing")] }, { say: "I may not." }])
    const session = await server.createSession()
    await server.prompt(session.id, "break it")
    const spans = await stage.traces(
      session.id,
      `
      invoke_agent build prompt completed
        chat fake-1 tool_call
        execute_tool bash ERROR (permission_denied)
        chat fake-1 stop
      `,
    )
    expect(spanOf(spans, "execute_tool bash").attributes["opencode.permission.wait_ms"]).toBeUndefined()
  })

  test("of a subagent stays in the subagent", async () => {
    const { server, model } = stage
    model.script("let another ask", [{ calls: [task("ask yourself")] }, { say: "It asked." }])
    model.script("ask yourself", [{ calls: [bash("uname")] }, { say: "Allowed." }])
    const session = await server.createSession()
    await server.promptAsync(session.id, "let another ask")
    const [id = ""] = await asks(server, "permission.asked", await childOf(server, session.id))
    await server.replyPermission(id, "once")
    const spans = await stage.traces(
      session.id,
      `
      invoke_agent build prompt completed
        chat fake-1 tool_call
        invoke_agent general subagent completed
          chat fake-1 tool_call
          execute_tool bash
            * opencode.permission.asked
            * opencode.permission.replied
          chat fake-1 stop
        chat fake-1 stop
      `,
    )
    for (const name of ["invoke_agent build", "invoke_agent general"]) {
      expect(spanOf(spans, name).attributes["opencode.permission.wait_ms"]).toBeUndefined()
    }
  })

  test("rejected in a subagent rejects the subagent, and its parent goes on", async () => {
    const { server, model } = stage
    model.script("let another try", [{ calls: [task("try yourself")] }, { say: "It may not." }])
    model.script("try yourself", [{ calls: [bash("uptime")] }, { say: "Never said." }])
    const session = await server.createSession()
    await server.promptAsync(session.id, "let another try")
    const [id = ""] = await asks(server, "permission.asked", await childOf(server, session.id))
    await server.replyPermission(id, "reject")
    await stage.traces(
      session.id,
      `
      invoke_agent build prompt completed
        chat fake-1 tool_call
        invoke_agent general subagent rejected
          chat fake-1 tool_call
          execute_tool bash ERROR (permission_denied)
            * opencode.permission.asked
            * opencode.permission.replied
        chat fake-1 stop
      `,
    )
  })

  describe("to delegate", () => {
    /** A session in a project where `task` asks; gives the id of its request. */
    async function askedSession(key: string, prompt: string) {
      stage.model.script(key, [{ calls: [task(prompt)] }, { say: "I could." }])
      stage.model.script(prompt, [{ say: "Done." }])
      const client = await stage.project(prompt.replaceAll(" ", "-"), {
        config: { permission: { "*": "allow", task: "ask" } },
      })
      const session = await client.createSession()
      await client.promptAsync(session.id, key)
      const [id = ""] = await asks(client, "permission.asked", session.id)
      return { client, session, id }
    }

    test("given, belongs to the subagent that the call became", async () => {
      const { client, session, id } = await askedSession("may I delegate", "with leave")
      await client.replyPermission(id, "once")
      const spans = await stage.traces(
        session.id,
        `
        invoke_agent build prompt completed
          chat fake-1 tool_call
          invoke_agent general subagent completed
            * opencode.permission.asked
            * opencode.permission.replied
            chat fake-1 stop
          chat fake-1 stop
        `,
      )
      const subagent = spanOf(spans, "invoke_agent general")
      const [asking, replying] = subagent.events.map((event) => event.timeMs)
      expect(subagent.startMs).toBe(asking ?? 0)
      expect(subagent.attributes["opencode.permission.wait_ms"]).toBe((replying ?? 0) - (asking ?? 0))
    })

    test("refused, stays with the call", async () => {
      const { client, session, id } = await askedSession("may I not delegate", "without leave")
      await client.replyPermission(id, "reject")
      await stage.traces(
        session.id,
        `
        invoke_agent build prompt rejected
          chat fake-1 tool_call
          execute_tool task ERROR (permission_denied)
            * opencode.permission.asked
            * opencode.permission.replied
        `,
      )
    })
  })
})
