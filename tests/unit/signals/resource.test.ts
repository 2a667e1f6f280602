import { expect, test } from "bun:test"
import { resolveConfig } from "../../../src/config/index.ts"
import { createResource } from "../../../src/signals/traces.ts"

function attributes(options: unknown, ...rest: [version?: string, detected?: Record<string, string>]) {
  return createResource(resolveConfig(options, {}).config, ...rest).attributes
}

const sdk = {
  "telemetry.sdk.language": "nodejs",
  "telemetry.sdk.name": "opentelemetry",
  "telemetry.sdk.version": "2.12.0",
}

test("the service, its version and the SDK, and nothing of the process", () => {
  expect(attributes({})).toEqual({ ...sdk, "service.name": "opencode" })
  expect(attributes({}, "1.18.33")).toEqual({
    ...sdk,
    "service.name": "opencode",
    "service.version": "1.18.33",
  })
})

test("the user's attributes win over what is found, and that over nothing", () => {
  const options = {
    serviceName: "mine",
    resourceAttributes: { "service.version": "x", "vcs.ref.head.name": "y", n: 1 },
  }
  const detected = { "vcs.ref.head.name": "main", "vcs.repository.name": "r" }
  expect(attributes(options, "1.18.33", detected)).toEqual({
    ...sdk,
    "service.name": "mine",
    "service.version": "x",
    "vcs.ref.head.name": "y",
    "vcs.repository.name": "r",
    n: 1,
  })
})
