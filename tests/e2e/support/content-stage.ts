// One real OpenCode with content capture on, for the tests of a file that compare what its spans tell.
import { afterAll, beforeAll, setDefaultTimeout } from "bun:test"
import { list, record, string } from "../../harness/json.ts"
import { createWorkspace, type Server, startServer } from "../../harness/opencode.ts"
import { type OtlpReceiver, type ReceivedSpan, startOtlpReceiver } from "../../harness/otlp-receiver.ts"
import { type ScriptedModel, startScriptedModel } from "../../harness/scripted-model.ts"
import { assertSound, type SoundOptions } from "../../harness/tree.ts"
import type { WorkspaceOptions } from "../../harness/workspace.ts"
import { type Told, text, told } from "./content.ts"

export interface ContentStage {
  readonly server: Server
  readonly model: ScriptedModel
  readonly receiver: OtlpReceiver
  /** Waits for that many spans of a conversation, holds them against every rule, and gives what they tell. */
  told(sessionId: string, count: number, options?: SoundOptions): Promise<Told[]>
  /** The spans of a conversation so far. */
  spans(sessionId: string): ReceivedSpan[]
  /** The system prompt that the model was really given with the first request of a script. */
  systemPrompt(key: string): unknown
}

/** Starts the stage before the file's tests; call it once, at the top of the file. */
export function useContentStage(options: Omit<WorkspaceOptions, "model">): ContentStage {
  setDefaultTimeout(60_000)
  const started: { server?: Server; model?: ScriptedModel; receiver?: OtlpReceiver } = {}
  const project = () => present(started.server).workspace.project

  const stage: ContentStage = {
    get server() {
      return present(started.server)
    },
    get model() {
      return present(started.model)
    },
    get receiver() {
      return present(started.receiver)
    },
    spans: (sessionId) =>
      stage.receiver.spans.filter((span) => span.attributes["gen_ai.conversation.id"] === sessionId),
    async told(sessionId, count, sound = {}) {
      await stage.receiver.waitFor(() => stage.spans(sessionId).length >= count, 15_000)
      assertSound(stage.spans(sessionId), { content: true, ...sound })
      return told(stage.spans(sessionId), { [project()]: "$PROJECT" })
    },
    systemPrompt(key) {
      const request = stage.model.requests.find((one) => one.key === key)
      const system = list(request?.body.messages)
        .map(record)
        .filter(({ role }) => role === "system")
      return system.map(({ content }) => text((string(content) ?? "").replaceAll(project(), "$PROJECT")))
    },
  }

  beforeAll(async () => {
    started.model = await startScriptedModel()
    started.receiver = await startOtlpReceiver()
    const workspace = await createWorkspace({ ...options, model: started.model })
    const env = { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: started.receiver.tracesUrl }
    started.server = await startServer(workspace, env)
  }, 180_000)

  afterAll(async () => {
    await started.server?.stop()
    await started.model?.stop()
    await started.receiver?.stop()
  }, 60_000)

  return stage
}

function present<T>(value: T | undefined): T {
  if (value === undefined) throw new Error("the stage is not there before the first test")
  return value
}
