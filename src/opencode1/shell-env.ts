import { fields, id } from "../host/guards.ts"
import { assign, traceHeaders } from "../host/propagation.ts"
import type { RunModel } from "../runs/run-model.ts"

/**
 * `shell.env`: right before a `bash` call or a `!` shell command starts its process; a terminal of the UI has no
 * call. The command gets the `TRACEPARENT` of its own call and nothing else.
 */
export function onShellEnv(runs: RunModel, input: unknown, output: unknown): void {
  const shell = fields(input)
  const sessionId = id(shell?.sessionID)
  const callId = id(shell?.callID)
  if (!sessionId || !callId) return
  const context = runs.commandStarted(sessionId, callId)
  const traceparent = context && traceHeaders(context).traceparent
  if (traceparent) assign(fields(output)?.env, { TRACEPARENT: traceparent })
}
