import { ROOT_CONTEXT } from "@opentelemetry/api"
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
  type SpanProcessor,
} from "@opentelemetry/sdk-trace-base"
import { createHooks } from "../../src/opencode1/hooks.ts"
import { DEFAULT_RUN_SETTINGS, type RunDeps, type RunSettings } from "../../src/runs/deps.ts"
import { RunModel } from "../../src/runs/run-model.ts"
import type { TreeSpan } from "../harness/tree.ts"
import { FakeClock } from "./fake-clock.ts"
import { KIND, STATUS } from "./names.ts"

export interface TestPlugin {
  readonly hooks: ReturnType<typeof createHooks>
  readonly runs: RunModel
  readonly clock: FakeClock
  /** What the plugin reported of its own failures: must stay empty. */
  readonly reports: string[]
  /** The spans exported so far, as the harness's receiver would show them. */
  spans(): TreeSpan[]
  /** How often a root ended. */
  rootsEnded(): number
}

/** The real hooks and run model on the real SDK, with a clock that the test moves and an exporter in memory. */
export function testPlugin(
  settings: Partial<RunSettings> = {},
  more: Partial<RunDeps> = {},
  clock = new FakeClock(),
  processors: readonly SpanProcessor[] = [],
): TestPlugin {
  const exporter = new InMemorySpanExporter()
  const provider = new BasicTracerProvider({
    spanProcessors: [...processors, new SimpleSpanProcessor(exporter)],
  })
  const reports: string[] = []
  let mcpServers: readonly string[] = []
  let rootsEnded = 0
  const runs = new RunModel({
    tracer: provider.getTracer("test"),
    clock,
    settings: { ...DEFAULT_RUN_SETTINGS, ...settings },
    rootContext: ROOT_CONTEXT,
    rootLinks: [],
    mcpServers: () => mcpServers,
    capture: undefined,
    onRootEnded: () => {
      rootsEnded += 1
    },
    ...more,
  })
  const hooks = createHooks({
    runs,
    useMcpServers: (names) => {
      mcpServers = names
    },
    dispose: async () => runs.shutdown(),
    propagation: { commands: true, providers: ["traced"] },
    report: (level, message) => reports.push(`${level}: ${message}`),
  })
  return {
    hooks,
    runs,
    clock,
    reports,
    spans: () => exporter.getFinishedSpans().map(toTreeSpan),
    rootsEnded: () => rootsEnded,
  }
}

function ms([seconds, nanos]: readonly [number, number]): number {
  return seconds * 1000 + nanos / 1e6
}

function toTreeSpan(span: ReadableSpan): TreeSpan {
  const { traceId, spanId } = span.spanContext()
  return {
    name: span.name,
    traceId,
    spanId,
    parentSpanId: span.parentSpanContext?.spanId,
    kind: KIND[span.kind],
    startMs: ms(span.startTime),
    endMs: ms(span.endTime),
    status: STATUS[span.status.code],
    statusMessage: span.status.message ?? "",
    attributes: { ...span.attributes },
    events: span.events.map((event) => ({
      name: event.name,
      timeMs: ms(event.time),
      attributes: { ...event.attributes },
    })),
  }
}
