import {
  createServer as createHttpServer,
  type IncomingHttpHeaders,
  type RequestListener,
  type ServerResponse,
} from "node:http"
import { createServer as createHttpsServer, type ServerOptions } from "node:https"
import { gunzipSync } from "node:zlib"
import { namesIn } from "./spans.ts"

/** How the collector treats one request. Only `accept` and `partial` take its spans; `flood` never stops. */
export type Answer =
  | { readonly do: "accept" }
  | { readonly do: "partial"; readonly rejected: number; readonly message: string; readonly json?: boolean }
  | { readonly do: "status"; readonly status: number; readonly headers?: Record<string, string> }
  | { readonly do: "hang" | "drop" | "flood" }
  | { readonly do: "trickle" | "break"; readonly status: number }

export interface Received {
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: Uint8Array
}

export interface Collector {
  readonly endpoint: string
  /** Every request, refused ones included. */
  readonly requests: Received[]
  /** Names of the spans that were accepted, in order of arrival. */
  readonly accepted: string[]
  /** Decides what happens to the requests from now on. */
  answer: (request: Received, index: number) => Answer
  /** Resolves when `condition` holds; it is checked after every request. Rejects after 10 s. */
  until(condition: () => boolean): Promise<void>
  close(): Promise<void>
}

export const ACCEPT: Answer = { do: "accept" }

/** `ExportTraceServiceResponse { partial_success { rejected_spans, error_message } }` for small values. */
function partialSuccess(rejected: number, message: string): Uint8Array {
  const text = Buffer.from(message)
  const inner = Buffer.concat([Buffer.from([0x08, rejected, 0x12, text.length]), text])
  return Buffer.concat([Buffer.from([0x0a, inner.length]), inner])
}

function respond(answer: Answer, response: ServerResponse): void {
  switch (answer.do) {
    case "accept":
      response.writeHead(200, { "content-type": "application/x-protobuf" }).end()
      return
    case "partial": {
      const json = JSON.stringify({
        partialSuccess: { rejectedSpans: String(answer.rejected), errorMessage: answer.message },
      })
      response.writeHead(200, { "content-type": answer.json ? "application/json" : "application/x-protobuf" })
      response.end(answer.json ? json : partialSuccess(answer.rejected, answer.message))
      return
    }
    case "status":
      response.writeHead(answer.status, answer.headers).end("details that nobody should see")
      return
    case "hang":
      return
    case "flood": {
      response.writeHead(200, { "content-type": "application/x-protobuf" })
      const pour = () => {
        while (!response.destroyed && response.write(new Uint8Array(16_384).fill(0xff))) {
          // Until the connection takes no more.
        }
      }
      response.on("drain", pour)
      pour()
      return
    }
    case "drop":
      response.socket?.destroy()
      return
    case "break":
      response.writeHead(answer.status, { "content-length": "1000" })
      response.write("x", () => response.socket?.destroy())
      return
    case "trickle": {
      response.writeHead(answer.status)
      const timer = setInterval(() => response.write("x"), 20)
      response.on("close", () => clearInterval(timer))
    }
  }
}

/** A collector on the loopback interface. With TLS options it speaks HTTPS. */
export async function startCollector(tls?: ServerOptions): Promise<Collector> {
  const waiting = new Set<() => void>()
  const requests: Received[] = []
  const accepted: string[] = []

  const listener: RequestListener = (incoming, response) => {
    const chunks: Buffer[] = []
    incoming.on("data", (chunk: Buffer) => chunks.push(chunk))
    incoming.on("end", () => {
      const raw = Buffer.concat(chunks)
      const body = incoming.headers["content-encoding"] === "gzip" ? gunzipSync(raw) : raw
      const request = { path: incoming.url ?? "", headers: incoming.headers, body }
      const answer = collector.answer(request, requests.length)
      requests.push(request)
      const taken = answer.do === "accept" || answer.do === "partial"
      if (taken) accepted.push(...namesIn(body))
      respond(answer, response)
      for (const check of waiting) check()
    })
  }
  const server = tls ? createHttpsServer(tls, listener) : createHttpServer(listener)
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const address = server.address()
  if (!address || typeof address === "string") throw new Error("the collector has no port")

  const collector: Collector = {
    endpoint: `${tls ? "https" : "http"}://127.0.0.1:${address.port}/v1/traces`,
    requests,
    accepted,
    answer: () => ACCEPT,
    until(condition) {
      return new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          waiting.delete(check)
          reject(new Error(`not reached: ${requests.length} requests, ${accepted.length} spans accepted`))
        }, 10_000)
        const check = () => {
          if (!condition()) return
          waiting.delete(check)
          clearTimeout(timer)
          resolve()
        }
        waiting.add(check)
        check()
      })
    },
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
  return collector
}

/** An address on which nothing listens. */
export async function deadEndpoint(): Promise<string> {
  const collector = await startCollector()
  await collector.close()
  return collector.endpoint
}
