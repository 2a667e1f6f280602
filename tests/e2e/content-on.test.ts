// All content on, on the real OpenCode: every word is told where docs/privacy.md says, and nowhere else.
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test"
import { createWorkspace, type Server, startServer } from "../harness/opencode.ts"
import { type OtlpReceiver, startOtlpReceiver } from "../harness/otlp-receiver.ts"
import { type ScriptedModel, startScriptedModel } from "../harness/scripted-model.ts"
import { assertSound } from "../harness/tree.ts"
import { placesOf } from "../support/tellings.ts"
import { ENVIRONMENT, script, trouble, work, workspaceOptions } from "./support/everything.ts"
import { ANY_WORD, expectedPlaces } from "./support/words.ts"

setDefaultTimeout(120_000)

let model: ScriptedModel
let receiver: OtlpReceiver
let server: Server

beforeAll(async () => {
  model = await startScriptedModel()
  receiver = await startOtlpReceiver()
  script(model)
  const plugin = { pluginOptions: { captureContent: true } }
  server = await startServer(await createWorkspace({ ...workspaceOptions(model), ...plugin }), {
    ...ENVIRONMENT,
    OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: receiver.tracesUrl,
  })
  await trouble(server)
  await work(server)
  // Sends everything before it answers.
  await server.disposeAll()
}, 240_000)

afterAll(async () => {
  await server?.stop()
  await model?.stop()
  await receiver?.stop()
}, 60_000)

test("every word is told where it belongs and nowhere else", () => {
  assertSound(receiver.spans, { content: true })
  expect(placesOf(receiver.spans, ANY_WORD)).toEqual(expectedPlaces())
})
