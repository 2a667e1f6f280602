// From TRACEPARENT in the environment to the root spans that a collector receives.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test"
import { type Link, type SpanContext, trace } from "@opentelemetry/api"
import { resolveConfig } from "../../../src/config/index.ts"
import plugin from "../../../src/index.ts"
import { inbound } from "../../../src/signals/inbound-context.ts"
import { type OtlpReceiver, startOtlpReceiver } from "../../harness/otlp-receiver.ts"

const TRACE = "0af7651916cd43dd8448eb211c80319c"
const SPAN = "b7ad6b7169203331"
const TRACEPARENT = `00-${TRACE}-${SPAN}-01`
const REMOTE = { traceId: TRACE, spanId: SPAN, isRemote: true, traceFlags: 1 }
const WEAVE = { backend: "weave", backendEnv: { WANDB_API_KEY: "k", WEAVE_PROJECT: "e/p" } }

describe("what root spans start in", () => {
  const cases: [name: string, options: object, parent: SpanContext | undefined, links: Link[]][] = [
    ["parent, where nothing says otherwise", {}, REMOTE, []],
    ["a link, where the backend asks for it", WEAVE, undefined, [{ context: REMOTE }]],
    ["a link, where the user does", { inboundContext: "link" }, undefined, [{ context: REMOTE }]],
    ["parent, where the user overrules the backend", { ...WEAVE, inboundContext: "parent" }, REMOTE, []],
    ["neither", { inboundContext: "ignore" }, undefined, []],
  ]
  test.each(cases)("%s", (_name, options, parent, links) => {
    const { config } = resolveConfig(options, { TRACEPARENT })
    const { context, links: found } = inbound(config)
    const spanContext = trace.getSpanContext(context)
    expect([spanContext]).toEqual([parent])
    expect([...found]).toEqual(links)
  })
})

describe("the whole plugin", () => {
  let receiver: OtlpReceiver
  const before = process.env.TRACEPARENT
  beforeAll(async () => {
    receiver = await startOtlpReceiver()
    process.env.TRACEPARENT = TRACEPARENT
  })
  beforeEach(() => receiver.reset())
  afterAll(async () => {
    if (before === undefined) Reflect.deleteProperty(process.env, "TRACEPARENT")
    else process.env.TRACEPARENT = before
    await receiver.stop()
  })

  async function rootOf(options: object) {
    const start: unknown = plugin.server
    if (typeof start !== "function") throw new Error("the entry has no server")
    const client = { app: { log: async () => ({}) }, tui: { showToast: async () => ({}) } }
    const directory = import.meta.dirname
    const hooks: object = await start(
      { client, directory, worktree: directory },
      { ...options, endpoint: receiver.url, spool: false },
    )
    const call = async (name: string, ...args: unknown[]) => {
      const hook: unknown = Reflect.get(hooks, name)
      if (typeof hook !== "function") throw new Error(`no hook ${name}`)
      await hook(...args)
    }
    const message = { id: "msg_1", sessionID: "ses_1", role: "user", time: { created: Date.now() } }
    await call("chat.message", { sessionID: "ses_1" }, { message, parts: [] })
    const info = { ...message, id: "msg_2", role: "assistant", parentID: "msg_1", agent: "build" }
    await call("event", { event: { type: "message.updated", properties: { sessionID: "ses_1", info } } })
    await call("dispose")
    const root = receiver.spans.find(({ name }) => name.startsWith("invoke_agent"))
    if (!root) throw new Error("nothing came")
    return root
  }

  test("links its roots for a backend that needs roots without parent", async () => {
    const { traceId, parentSpanId, links } = await rootOf(WEAVE)
    expect(traceId).not.toBe(TRACE)
    expect(parentSpanId ?? "").toBe("")
    expect(links).toEqual([expect.objectContaining({ traceId: TRACE, spanId: SPAN })])
  })

  test("makes its roots children otherwise", async () => {
    const { traceId, parentSpanId, links } = await rootOf({})
    expect({ traceId, parentSpanId, links }).toEqual({ traceId: TRACE, parentSpanId: SPAN, links: [] })
  })
})
