// What is read here has the shapes that the recordings in tests/fixtures/streams show.
import { describe, expect, test } from "bun:test"
import { readRequest } from "../../../src/opencode1/chat-request.ts"

const INPUT = {
  sessionID: "ses_1",
  agent: "build",
  model: {
    id: "fake-1",
    providerID: "fake",
    api: { id: "fake-1-api", npm: "@ai-sdk/openai-compatible", url: "" },
    cost: { input: 3, output: 15, cache: { read: 0.3, write: 3.75 } },
  },
  provider: {
    source: "config",
    info: {},
    options: { baseURL: "http://127.0.0.1:4096/v1", apiKey: "secret" },
  },
  message: { id: "msg_1", role: "user", sessionID: "ses_1" },
}

const OUTPUT = { temperature: 0.5, topP: 1, topK: 40, maxOutputTokens: 8_000, options: {} }

function serverOf(url: unknown, provider: unknown = undefined): unknown {
  const model = { ...INPUT.model, api: { id: "m", url } }
  return readRequest({ ...INPUT, model, provider }, undefined)?.server
}

describe("a model request", () => {
  test("is read", () => {
    expect(readRequest(INPUT, OUTPUT)).toEqual({
      promptId: "msg_1",
      sessionId: "ses_1",
      agent: "build",
      model: "fake-1-api",
      providerId: "fake",
      temperature: 0.5,
      topP: 1,
      topK: 40,
      maxTokens: 8_000,
      server: { address: "127.0.0.1", port: 4096 },
      priced: true,
    })
  })

  test("needs its prompt and its session; whatever else is wrong is absent", () => {
    for (const missing of ["message", "sessionID"]) {
      expect(readRequest({ ...INPUT, [missing]: undefined }, OUTPUT)).toBeUndefined()
      expect(readRequest({ ...INPUT, [missing]: 1 }, OUTPUT)).toBeUndefined()
    }
    const wrong = { sessionID: "ses_1", message: { id: "msg_1" }, agent: 1, model: "m", provider: [] }
    expect(
      readRequest(wrong, { temperature: "hot", topP: Number.NaN, topK: 1.5, maxOutputTokens: "all" }),
    ).toEqual({
      promptId: "msg_1",
      sessionId: "ses_1",
      agent: undefined,
      model: undefined,
      providerId: undefined,
      temperature: undefined,
      topP: undefined,
      topK: undefined,
      maxTokens: undefined,
      server: undefined,
      priced: false,
    })
  })

  test("may name its agent by an object", () => {
    expect(readRequest({ ...INPUT, agent: { name: "plan" } }, OUTPUT)?.agent).toBe("plan")
  })

  test.each([
    ["https://api.anthropic.com/v1", { address: "api.anthropic.com", port: 443 }],
    ["http://localhost/v1", { address: "localhost", port: 80 }],
    ["http://localhost:11434", { address: "localhost", port: 11434 }],
    ["https://user:secret@host.example:8443/path?key=secret", { address: "host.example", port: 8443 }],
    ["https://[::1]:8080/v1", { address: "::1", port: 8080 }],
    ["not a url", undefined],
    ["file:///etc/passwd", undefined],
    [7, undefined],
  ])("to %p goes to %o", (url, server) => {
    expect(serverOf(url)).toEqual(server)
  })

  test("finds the server in the provider's options where the model has none", () => {
    const there = { address: "gateway.example", port: 443 }
    expect(serverOf("", { options: { baseURL: "https://gateway.example/v1" } })).toEqual(there)
    expect(serverOf(undefined, { info: { options: { baseURL: "https://gateway.example" } } })).toEqual(there)
  })

  test.each([
    [{ input: 3, output: 0 }, true],
    [{ input: 0, output: 15 }, true],
    [{ input: 0, output: 0, cache: { read: 0, write: 0 } }, false],
    [{ input: -1 }, false],
    [undefined, false],
  ])("at the prices %o is priced: %p", (cost, priced) => {
    expect(readRequest({ ...INPUT, model: { ...INPUT.model, cost } }, OUTPUT)?.priced).toBe(priced)
  })
})
