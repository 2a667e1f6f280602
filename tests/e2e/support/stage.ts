// One real OpenCode with this checkout's plugin, a scripted model and a receiver, shared by the tests of a file.
import { afterAll, beforeAll, expect, setDefaultTimeout } from "bun:test"
import { join } from "node:path"
import { renderFindings } from "../../conformance/finding.ts"
import { violations } from "../../conformance/trace.ts"
import type { Client } from "../../harness/client.ts"
import { type EventStream, subscribe } from "../../harness/events.ts"
import { createWorkspace, type Server, startServer } from "../../harness/opencode.ts"
import { type OtlpReceiver, type ReceivedSpan, startOtlpReceiver } from "../../harness/otlp-receiver.ts"
import { type ScriptedModel, startScriptedModel } from "../../harness/scripted-model.ts"
import { assertSound, type SoundOptions } from "../../harness/tree.ts"
import { createProject, type WorkspaceOptions } from "../../harness/workspace.ts"
import type { Bus } from "./bus.ts"
import { drawTraces, outdent } from "./draw.ts"

/** A script may wait for a human, a retry and a slow machine; nothing here takes a minute by itself. */
const TEST_MS = 90_000
const SPANS_MS = 15_000

/** All that `opencode serve` prints by itself. */
const SAID_BY_OPENCODE =
  /^Warning: OPENCODE_SERVER_PASSWORD is not set; server is unsecured.\nopencode server listening on http:\S+\n$/

export interface Stage {
  readonly server: Server
  readonly model: ScriptedModel
  readonly receiver: OtlpReceiver
  /**
   * Waits until the traces of a conversation are drawn exactly like this, and gives their spans in the order of
   * their start. When the file ends, the drawing is held against everything that came later.
   * @param drawing a list where OpenCode itself races, with every way in which it may come out.
   */
  traces(
    sessionId: string,
    drawing: string | readonly string[],
    options?: SoundOptions,
  ): Promise<ReceivedSpan[]>
  /** Makes another project directory, with its own `opencode.json`, that the same process serves. */
  project(name: string, options?: Omit<WorkspaceOptions, "model">): Promise<Client & Bus>
}

export type StageOptions = Omit<WorkspaceOptions, "model"> & { readonly env?: Record<string, string> }

/**
 * Starts the stage before the file's tests; call it once, at the top of the file. After them OpenCode disposes of
 * everything, which makes the plugin end and send what it still holds: then no span may have come that no test
 * has drawn, and OpenCode may have printed nothing but its address.
 */
export function useStage(options: StageOptions = {}): Stage {
  setDefaultTimeout(TEST_MS)
  const drawn = new Map<string, { drawing: string; options: SoundOptions }>()
  const streams: EventStream[] = []
  const started: { server?: Server; model?: ScriptedModel; receiver?: OtlpReceiver } = {}

  const stage: Stage = {
    get server() {
      return present(started.server)
    },
    get model() {
      return present(started.model)
    },
    get receiver() {
      return present(started.receiver)
    },
    async traces(sessionId, drawing, sound = {}) {
      const wanted = [drawing].flat().map(outdent)
      const spans = () => conversation(stage.receiver.spans, sessionId)
      const found = () => wanted.find((one) => one === drawTraces(spans()))
      await stage.receiver.waitFor(() => found() !== undefined, SPANS_MS).catch(() => {})
      const due = found() ?? wanted[0] ?? ""
      drawn.set(sessionId, { drawing: due, options: sound })
      expect(drawTraces(spans())).toBe(due)
      assertSound(spans(), sound)
      expect(renderFindings(violations(spans()))).toBe("")
      return spans()
    },
    async project(name, options = {}) {
      const { root, env } = stage.server.workspace
      const directory = join(root, name)
      await createProject(directory, root, env, { ...options, model: stage.model })
      const stream = await subscribe(stage.server.url, directory)
      streams.push(stream)
      return { ...stage.server.at(directory), events: stream.events, waitForEvent: stream.waitFor }
    },
  }

  beforeAll(async () => {
    started.model = await startScriptedModel()
    started.receiver = await startOtlpReceiver()
    const workspace = await createWorkspace({ ...options, model: started.model })
    const env = { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: started.receiver.tracesUrl, ...options.env }
    started.server = await startServer(workspace, env)
  }, 180_000)

  afterAll(async () => {
    try {
      await stage.server.disposeAll()
      const { spans, faults } = stage.receiver
      for (const [sessionId, { drawing, options }] of drawn) {
        expect(drawTraces(conversation(spans, sessionId))).toBe(drawing)
        assertSound(conversation(spans, sessionId), options)
      }
      const undrawn = spans.filter((span) => !drawn.has(String(span.attributes["gen_ai.conversation.id"])))
      expect(drawTraces(undrawn)).toBe("")
      expect(faults).toEqual([])
      expect(stage.server.stdout()).toMatch(SAID_BY_OPENCODE)
      expect(stage.server.stderr()).toBe("")
    } finally {
      for (const stream of streams) stream.close()
      await started.server?.stop()
      await started.model?.stop()
      await started.receiver?.stop()
    }
  }, 60_000)

  return stage
}

/** The n-th span of that name, in the order of their start. */
export function spanOf(spans: readonly ReceivedSpan[], name: string, nth = 0): ReceivedSpan {
  const span = spans.filter((one) => one.name === name)[nth]
  if (!span) throw new Error(`there is no span ${name} #${nth}`)
  return span
}

/** The events of that name on a span, each as its attributes. */
export function eventsOf(span: ReceivedSpan, name: string): Record<string, unknown>[] {
  return span.events.filter((event) => event.name === name).map((event) => event.attributes)
}

function present<T>(value: T | undefined): T {
  if (value === undefined) throw new Error("the stage is not there before the first test")
  return value
}

function conversation(spans: readonly ReceivedSpan[], sessionId: string): ReceivedSpan[] {
  return spans
    .filter((span) => span.attributes["gen_ai.conversation.id"] === sessionId)
    .sort((a, b) => a.startMs - b.startMs)
}
