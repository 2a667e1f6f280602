import { fields } from "../host/guards.ts"

/** At most so many MCP server names are kept; a tool's name is compared with each of them. */
const MAX_SERVERS = 200

/** `config`: once, before anything runs, with OpenCode's merged configuration: the names of its MCP servers. */
export function readMcpServers(config: unknown): readonly string[] {
  return Object.keys(fields(fields(config)?.mcp) ?? {}).slice(0, MAX_SERVERS)
}
