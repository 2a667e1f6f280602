import type { Hooks } from "@opencode-ai/plugin"
import { type Report, safely, safelyAwaited } from "../host/safe-hooks.ts"
import type { RunModel } from "../runs/run-model.ts"
import { onChatMessage } from "./chat-message.ts"
import { onChatHeaders, onChatParams } from "./chat-request.ts"
import { onCommand } from "./command.ts"
import { readMcpServers } from "./config-hook.ts"
import { onEvent } from "./event.ts"
import { onHistory } from "./history.ts"
import { onShellEnv } from "./shell-env.ts"
import { onSystemPrompt } from "./system-prompt.ts"

export interface HookDeps {
  readonly runs: RunModel
  /** Takes the names of the configured MCP servers. */
  readonly useMcpServers: (names: readonly string[]) => void
  /** Ends everything that is open and delivers it within a deadline. */
  readonly dispose: () => Promise<void>
  readonly report: Report
  /** Who gets the trace context: commands that OpenCode runs, and requests to these providers. */
  readonly propagation: { readonly commands: boolean; readonly providers: readonly string[] }
}

/**
 * The hooks of one plugin instance. Each one hands its arguments to a handler and is done: a hook that throws,
 * rejects or waits breaks or slows the user's prompt.
 */
export function createHooks({ runs, useMcpServers, dispose, report, propagation }: HookDeps): Hooks {
  return {
    config: safely("config", report, (config) => useMcpServers(readMcpServers(config))),
    event: safely("event", report, (input) => onEvent(runs, input)),
    "chat.message": safely("chat.message", report, (_input, output) => onChatMessage(runs, output)),
    "experimental.chat.system.transform": safely(
      "experimental.chat.system.transform",
      report,
      (input, output) => onSystemPrompt(runs, input, output),
    ),
    "experimental.chat.messages.transform": safely(
      "experimental.chat.messages.transform",
      report,
      (_input, output) => onHistory(runs, output),
    ),
    "chat.params": safely("chat.params", report, (input, output) => onChatParams(runs, input, output)),
    "chat.headers": safely("chat.headers", report, (input, output) =>
      onChatHeaders(runs, input, output, propagation.providers),
    ),
    "command.execute.before": safely("command.execute.before", report, (input) => onCommand(runs, input)),
    ...(propagation.commands && {
      "shell.env": safely("shell.env", report, (input, output) => onShellEnv(runs, input, output)),
    }),
    dispose: safelyAwaited("dispose", report, dispose),
  }
}
