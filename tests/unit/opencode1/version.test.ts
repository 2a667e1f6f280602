import { expect, test } from "bun:test"
import { askHostVersion } from "../../../src/opencode1/version.ts"

/** A client as OpenCode's: what plugins get, around the one that can ask for any path. */
function client(answer: () => unknown) {
  const asked: unknown[] = []
  const get = async (request: unknown) => {
    asked.push(request)
    return answer()
  }
  return { asked, client: { _client: { get } } }
}

test("OpenCode is asked after the plugin has loaded", async () => {
  const host = client(() => ({ data: { healthy: true, version: "1.18.33" } }))
  const version = askHostVersion(host.client)
  expect(host.asked).toEqual([])
  expect(version.current()).toBeUndefined()
  expect(await version.answered).toBe("1.18.33")
  expect(host.asked).toEqual([{ url: "/global/health" }])
  expect(version.current()).toBe("1.18.33")
})

test.each([
  ["rejects", () => Promise.reject(new Error("no"))],
  ["fails", () => ({ error: "no" })],
  ["is of another shape", () => ({ data: { version: 1 } })],
])("an answer that %s leaves the version unknown", async (_name, answer) => {
  const version = askHostVersion(client(answer).client)
  expect(await version.answered).toBeUndefined()
  expect(version.current()).toBeUndefined()
})

test.each([undefined, {}, { _client: {} }, { _client: { get: 1 } }])(
  "so does the client %p",
  async (host) => {
    const version = askHostVersion(host)
    expect(await version.answered).toBeUndefined()
    expect(version.current()).toBeUndefined()
  },
)
