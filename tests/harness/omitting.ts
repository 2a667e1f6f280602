// An OpenCode plugin that wraps ours and keeps some hooks and events from it, as versions and failures of OpenCode do.
// The option `omit` names them: hooks (`chat.params`) and event types (`session.created`).
import plugin from "../../src/index.ts"
import { list, record, string } from "./json.ts"

type Server = typeof plugin.server

const server: Server = async (input, options) => {
  const { omit, ...own } = record(options)
  const omitted = new Set(list(omit).map(string))
  const hooks = await plugin.server(input, own)
  const kept = Object.fromEntries(Object.entries(hooks).filter(([name]) => !omitted.has(name)))
  const { event } = hooks
  return {
    ...kept,
    ...(event && { event: async (told) => void (omitted.has(told.event.type) || event(told)) }),
  }
}

export default { id: "omitting", server }
