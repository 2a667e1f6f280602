import type { Plugin, PluginModule } from "@opencode-ai/plugin"
import { ROOT_CONTEXT } from "@opentelemetry/api"
import { createHooks } from "./hooks.ts"
import { text } from "./host/guards.ts"
import { systemClock } from "./runs/clock.ts"
import { DEFAULT_RUN_SETTINGS } from "./runs/deps.ts"
import { RunModel } from "./runs/model.ts"
import { createTelemetry } from "./telemetry/telemetry.ts"

/** OpenCode calls this once per project directory, and again after a reload: every call makes a life of its own. */
const server: Plugin = async (_input, options) => {
  const telemetry = createTelemetry({ url: text(options?.endpoint), headers: {}, deadlineMs: 2000 })
  let mcpServers: readonly string[] = []
  const runs = new RunModel({
    tracer: telemetry.tracer,
    clock: systemClock(),
    settings: DEFAULT_RUN_SETTINGS,
    rootContext: ROOT_CONTEXT,
    rootLinks: [],
    mcpServers: () => mcpServers,
    onRootEnded: telemetry.flush,
  })
  return createHooks({
    runs,
    useMcpServers: (names) => {
      mcpServers = names
    },
    dispose: () => {
      runs.shutdown()
      return telemetry.shutdown()
    },
    report: () => {},
  })
}

export default { id: "opencode-traces", server } satisfies PluginModule
