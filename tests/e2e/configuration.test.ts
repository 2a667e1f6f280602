// Configuration on the real binary: what options and variables lead to, and where the user is told what was wrong.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test"
import type { Json } from "../harness/json.ts"
import { createWorkspace, type RunResult, runOnce } from "../harness/opencode.ts"
import { type OtlpReceiver, startOtlpReceiver } from "../harness/otlp-receiver.ts"
import { type ScriptedModel, startScriptedModel } from "../harness/scripted-model.ts"
import { assertSound } from "../harness/tree.ts"
import { ourMessages } from "./support/files.ts"

const TRACE = "0af7651916cd43dd8448eb211c80319c"
const SPAN = "b7ad6b7169203331"
const RUN_MS = 120_000

let model: ScriptedModel
let receiver: OtlpReceiver

beforeAll(async () => {
  model = await startScriptedModel()
  model.script("greet me", [{ say: "Hello." }])
  receiver = await startOtlpReceiver()
})
beforeEach(() => receiver.reset())
afterAll(async () => {
  await model?.stop()
  await receiver?.stop()
})

/** One `opencode run` with these options and variables; answers with its result and our lines in its log. */
async function run(pluginOptions: Json, env: Record<string, string>) {
  const workspace = await createWorkspace({ model, pluginOptions })
  try {
    const result = await runOnce(workspace, "greet me", { env })
    return { result, log: await ourMessages(workspace) }
  } finally {
    await workspace.remove()
  }
}

/** OpenCode's own words and nothing else. */
function expectUndisturbed(result: RunResult): void {
  expect({ exitCode: result.exitCode, stdout: result.stdout }).toEqual({ exitCode: 0, stdout: "Hello.\n" })
  expect(Bun.stripANSI(result.stderr).trim()).toBe("> build · fake-1")
}

describe("on a real OpenCode", () => {
  test(
    "bad values are named in its log, the good ones hold, and nothing is printed",
    async () => {
      const options = {
        endpoit: "http://nowhere",
        timeoutMs: "soon",
        headers: { "x-team": "a", "bad name": "topsecret" },
        resourceAttributes: { team: "tools" },
      }
      const { result, log } = await run(options, {
        OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: receiver.tracesUrl,
        OTEL_EXPORTER_OTLP_TRACES_HEADERS: "authorization=Basic%20dTpw==,broken",
        OTEL_RESOURCE_ATTRIBUTES: "deployment.environment.name=ci",
        OTEL_TRACES_SAMPLER: "sometimes",
      })
      expectUndisturbed(result)
      expect(log.toSorted()).toEqual([
        "WARN: OTEL_EXPORTER_OTLP_TRACES_HEADERS: got *** (6 characters), expected key=value entries separated by commas, with %XX for special characters; using the other entries.",
        'WARN: OTEL_TRACES_SAMPLER: got "sometimes", expected one of always_on, always_off, traceidratio, parentbased_always_on, parentbased_always_off, parentbased_traceidratio; using parentbased_always_on.',
        'WARN: endpoit: got an unknown option, expected a known one (did you mean "endpoint"?); using nothing: it is ignored.',
        'WARN: headers "bad name": got *** (9 characters), expected a valid header name; using the other headers.',
        'WARN: timeoutMs: got "soon", expected a positive whole number; using 10000.',
      ])
      const names = receiver.spans.map(({ name }) => name)
      expect(names.toSorted()).toEqual(["chat fake-1", "invoke_agent build"])
      for (const { headers, path } of receiver.requests) {
        expect({ path, ...headers }).toMatchObject({
          path: "/v1/traces",
          authorization: "Basic dTpw==",
          "x-team": "a",
        })
      }
      assertSound(receiver.spans)
      expect(receiver.spans[0]?.resource).toMatchObject({
        "service.name": "opencode",
        team: "tools",
        "deployment.environment.name": "ci",
      })
      expect(
        Object.keys(receiver.spans[0]?.resource ?? {}).filter((key) => key.startsWith("process")),
      ).toEqual([])
    },
    RUN_MS,
  )

  test(
    "a preset leads to its backend, and a TRACEPARENT becomes a link there",
    async () => {
      const { result, log } = await run(
        { backend: "weave" },
        {
          WF_TRACE_SERVER_URL: receiver.url,
          WANDB_API_KEY: "wk",
          WEAVE_PROJECT: "team/app",
          TRACEPARENT: `00-${TRACE}-${SPAN}-01`,
        },
      )
      expectUndisturbed(result)
      expect(log).toEqual([])
      expect(receiver.requests[0]?.path).toBe("/agents/otel/v1/traces")
      expect(receiver.requests[0]?.headers["wandb-api-key"]).toBe("wk")
      const root = receiver.spans.find(({ name }) => name === "invoke_agent build")
      assertSound(receiver.spans, { extra: ["weave.*", "gen_ai.agent.id"] })
      expect(root?.parentSpanId).toBeUndefined()
      expect(root?.links).toMatchObject([{ traceId: TRACE, spanId: SPAN }])
      expect(root?.resource).toMatchObject({ "wandb.entity": "team", "wandb.project": "app" })
    },
    RUN_MS,
  )

  test.each([
    ["OTEL_SDK_DISABLED", "TRUE"],
    ["OTEL_TRACES_EXPORTER", "none"],
  ])(
    "%s=%s sends nothing and says nothing",
    async (name, value) => {
      const { result, log } = await run(
        { typo: 1 },
        { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: receiver.tracesUrl, [name]: value },
      )
      expectUndisturbed(result)
      expect(log).toEqual([])
      expect(receiver.requests).toEqual([])
    },
    RUN_MS,
  )
})
