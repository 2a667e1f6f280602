import type { Plugin, PluginModule } from "@opencode-ai/plugin"
import { extrasFor } from "./backends/index.ts"
import { resolveConfig } from "./config/index.ts"
import { onProcessEnd } from "./export/process-end.ts"
import { contentCapture } from "./genai/capture.ts"
import { createMessenger, deliveryReport } from "./host/messenger.ts"
import { projectEnricher } from "./host/project.ts"
import { guarded } from "./host/safe-hooks.ts"
import { createHooks } from "./opencode1/hooks.ts"
import { askHostVersion } from "./opencode1/version.ts"
import { systemClock } from "./runs/clock.ts"
import { DEFAULT_RUN_SETTINGS } from "./runs/deps.ts"
import { RunModel } from "./runs/run-model.ts"
import { bridgeDiag } from "./signals/diag.ts"
import { inbound } from "./signals/inbound-context.ts"
import { createTelemetry } from "./signals/traces.ts"

/**
 * OpenCode calls this once per project directory, and again after a reload. Every call has its own state, which
 * `dispose` ends. OpenCode waits for it at start-up, so nothing here waits for the network or for git's files.
 */
const server: Plugin = async (input, options) => {
  const { config, problems } = resolveConfig(options, process.env)
  const messenger = createMessenger({ client: input.client })
  messenger.problems(problems)
  if (!config.enabled) return {}

  const version = askHostVersion(input.client)
  const extras = extrasFor(config.backend)
  const telemetry = createTelemetry(config, {
    report: deliveryReport(messenger, config),
    hostVersion: version.answered,
    enrichers: [projectEnricher(config, input, process.env), ...(extras ? [extras] : [])],
  })

  const { context, links } = inbound(config)
  let mcpServers: readonly string[] = []
  const runs = new RunModel({
    tracer: telemetry.tracer,
    clock: systemClock((action) => guarded("a timer", messenger.report, action)),
    settings: { ...DEFAULT_RUN_SETTINGS, agentName: config.agentName, providerNames: config.providerNames },
    rootContext: context,
    rootLinks: links,
    mcpServers: () => mcpServers,
    hostVersion: version.current,
    capture: await contentCapture(config, process.env, messenger.alert),
    onRootEnded: telemetry.flush,
  })

  const unbridge = bridgeDiag(messenger.report)
  const leave = onProcessEnd({
    endOpenSpans: () => runs.shutdown(),
    drain: telemetry.shutdown,
    saveNow: telemetry.saveNow,
  })

  return createHooks({
    runs,
    report: messenger.report,
    propagation: { commands: config.propagateToCommands, providers: config.propagateToProviders },
    useMcpServers: (names) => {
      mcpServers = names
    },
    async dispose() {
      try {
        runs.shutdown()
      } finally {
        await telemetry.shutdown()
        leave()
        unbridge()
        messenger.dispose()
      }
    },
  })
}

export default { id: "opencode-traces", server } satisfies PluginModule
