// From the configuration to what a collector receives: who and what the spans are of.
import { afterAll, beforeAll, beforeEach, expect, test } from "bun:test"
import { hostname } from "node:os"
import { ROOT_CONTEXT } from "@opentelemetry/api"
import { resolveConfig } from "../../../src/config/index.ts"
import { createTelemetry, type TelemetryDeps } from "../../../src/signals/traces.ts"
import { type OtlpReceiver, type ReceivedSpan, startOtlpReceiver } from "../../harness/otlp-receiver.ts"

let receiver: OtlpReceiver

beforeAll(async () => {
  receiver = await startOtlpReceiver()
})
beforeEach(() => receiver.reset())
afterAll(() => receiver.stop())

const DEPS: TelemetryDeps = {
  report: (_level, message) => {
    throw new Error(message)
  },
  hostVersion: Promise.resolve(undefined),
  enrichers: [],
}

async function sent(options: object, deps: Partial<TelemetryDeps> = {}): Promise<ReceivedSpan> {
  const { config } = resolveConfig({ ...options, endpoint: receiver.url, spool: false }, {})
  const telemetry = createTelemetry(config, { ...DEPS, ...deps })
  telemetry.tracer.startSpan("one", { attributes: { own: 1 } }, ROOT_CONTEXT).end()
  await telemetry.shutdown()
  const [span] = receiver.spans
  if (!span) throw new Error("nothing came")
  return span
}

test("OpenCode's version is on the resource, also of spans that ended before it was told", async () => {
  const { promise, resolve } = Promise.withResolvers<string | undefined>()
  const { config } = resolveConfig({ endpoint: receiver.url, spool: false }, {})
  const telemetry = createTelemetry(config, { ...DEPS, hostVersion: promise })
  telemetry.tracer.startSpan("one", {}, ROOT_CONTEXT).end()
  resolve("1.18.33")
  await telemetry.shutdown()
  expect(receiver.spans[0]?.resource).toMatchObject({
    "service.name": "opencode",
    "service.version": "1.18.33",
  })
})

test("a version that is unknown, or not told yet, holds nothing up", async () => {
  expect((await sent({})).resource).not.toContainKey("service.version")
  receiver.reset()
  const never = new Promise<string | undefined>(() => {})
  expect((await sent({}, { hostVersion: never })).resource).not.toContainKey("service.version")
})

test("nobody is named unless asked for", async () => {
  const { attributes, resource } = await sent({})
  expect(attributes).toEqual({ own: 1 })
  expect(Object.keys(resource).toSorted()).toEqual([
    "service.name",
    "telemetry.sdk.language",
    "telemetry.sdk.name",
    "telemetry.sdk.version",
  ])
})

test("user and host where they are", async () => {
  const { attributes, resource } = await sent({ identity: { userId: "jo", hostName: true } })
  expect(attributes).toEqual({ own: 1, "user.id": "jo" })
  expect(resource).toMatchObject({ "host.name": hostname() })
})

test("the user's own attributes win", async () => {
  const options = {
    identity: { userId: "jo", hostName: true },
    spanAttributes: { "user.id": "other" },
    resourceAttributes: { "host.name": "box" },
  }
  const { attributes, resource } = await sent(options, {
    enrichers: [{ attributes: () => ({ "user.id": "third", added: true }) }],
  })
  expect(attributes).toEqual({ own: 1, "user.id": "other", added: true })
  expect(resource).toMatchObject({ "host.name": "box" })
})
