import { expect, test } from "bun:test"
import { version } from "../../../package.json"
import { resolveConfig } from "../../../src/config/index.ts"
import { pipelineConfig, spanLimits } from "../../../src/signals/traces.ts"

const { config } = resolveConfig(undefined, { HOME: "/home/me" })

test("the defaults in the pipeline's terms", () => {
  expect(pipelineConfig(config)).toEqual({
    endpoint: "http://localhost:4318/v1/traces",
    headers: {},
    compression: "none",
    tls: {},
    userAgent: `opencode-traces/${version}`,
    timeoutMs: 10_000,
    batch: { maxExportBatchSize: 64, maxQueueSize: 40_000, scheduleDelayMs: 1_000 },
    spool: {
      directory: "/home/me/.local/state/opencode-traces/spool",
      maxBytes: 67_108_864,
      maxAgeMs: 604_800_000,
    },
  })
})

test("what is set arrives, and the smaller time limit holds", () => {
  const set = resolveConfig(
    {
      spool: false,
      certificate: "/ca",
      clientKey: "/key",
      clientCertificate: "/cert",
      batch: { exportTimeoutMs: 5 },
    },
    {},
  )
  const pipeline = pipelineConfig(set.config)
  expect(pipeline.spool).toBeUndefined()
  expect(pipeline.tls).toEqual({ caFile: "/ca", keyFile: "/key", certFile: "/cert" })
  expect(pipeline.timeoutMs).toBe(5)
})

test("limits in the SDK's terms", () => {
  expect(spanLimits(config)).toEqual({
    attributeCountLimit: 128,
    attributeValueLengthLimit: Number.POSITIVE_INFINITY,
    eventCountLimit: 128,
    linkCountLimit: 128,
    attributePerEventCountLimit: 128,
    attributePerLinkCountLimit: 128,
  })
  const short = resolveConfig(
    {},
    { OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT: "64", OTEL_SPAN_LINK_COUNT_LIMIT: "0" },
  )
  expect(spanLimits(short.config)).toMatchObject({ attributeValueLengthLimit: 64, linkCountLimit: 0 })
})
