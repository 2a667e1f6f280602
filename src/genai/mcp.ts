/** OpenCode keeps letters, digits, `_` and `-` of a server's name and replaces everything else. */
function sanitize(server: string): string {
  return server.replace(/[^a-zA-Z0-9_-]/g, "_")
}

/**
 * The MCP server that a tool comes from, or nothing for any other tool.
 *
 * OpenCode offers the model an MCP tool as `{server}_{tool}`, so the longest configured server name that the
 * tool's name begins with is the one. No convention names an attribute for it yet: `opencode.mcp.server`.
 */
export function mcpServer(tool: string, servers: readonly string[]): string | undefined {
  return servers
    .filter((server) => tool.startsWith(`${sanitize(server)}_`))
    .sort((a, b) => b.length - a.length)[0]
}
