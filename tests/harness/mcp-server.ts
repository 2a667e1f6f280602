// A small MCP server on stdio (JSON-RPC 2.0, one message a line) with two tools: `echo` and `fail`.
import { createInterface } from "node:readline"
import { type Json, parse, record, string } from "./json.ts"

const schema = { type: "object", properties: { text: { type: "string" } }, required: ["text"] }
const tools = [
  { name: "echo", description: "Gives back the text", inputSchema: schema },
  { name: "fail", description: "Fails with the text", inputSchema: schema },
]

function call(params: Json): Json {
  const text = string(record(params.arguments).text) ?? ""
  const content = [{ type: "text", text }]
  return params.name === "echo" ? { content } : { content, isError: true }
}

function result(method: string | undefined, params: Json): Json {
  if (method === "initialize") {
    const serverInfo = { name: "test-server", version: "1.0.0" }
    return { protocolVersion: params.protocolVersion, capabilities: { tools: {} }, serverInfo }
  }
  if (method === "tools/list") return { tools }
  if (method === "tools/call") return call(params)
  return {}
}

for await (const line of createInterface({ input: process.stdin })) {
  const message = record(parse(line))
  // A notification has no id and gets no answer.
  if (message.id === undefined) continue
  const answer = {
    jsonrpc: "2.0",
    id: message.id,
    result: result(string(message.method), record(message.params)),
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`)
}
