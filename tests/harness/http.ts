// What the two loopback servers of the harness share.
import type { IncomingMessage, Server, ServerResponse } from "node:http"

/** Starts listening on loopback, on a free port unless one is given; gives the port. */
export async function listen(server: Server, port = 0): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject)
    server.listen(port, "127.0.0.1", resolve)
  })
  const address = server.address()
  return typeof address === "object" && address !== null ? address.port : 0
}

/** Stops listening and closes every connection, also those that are in use. */
export function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}

/** The whole body of a request. */
export async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(Buffer.from(part))
  return Buffer.concat(parts)
}

/** The headers of a request, names in lower case, repeated ones joined. */
export function headersOf(request: IncomingMessage): Record<string, string> {
  const entries = Object.entries(request.headers)
  return Object.fromEntries(
    entries.map(([name, value]) => [name, Array.isArray(value) ? value.join(", ") : (value ?? "")]),
  )
}

/** Resolves when the connection is closed, by whomever; call it once for each response. */
export function closed(response: ServerResponse): Promise<void> {
  if (response.destroyed) return Promise.resolve()
  return new Promise((resolve) => response.once("close", () => resolve()))
}

/** Resolves after `ms`, or at once when `gone` does. Leaves no timer behind. */
export async function pause(ms: number | undefined, gone: Promise<void>): Promise<void> {
  if (!ms) return
  const { promise, resolve } = Promise.withResolvers<void>()
  const timer = setTimeout(resolve, ms)
  await Promise.race([promise, gone])
  clearTimeout(timer)
}
