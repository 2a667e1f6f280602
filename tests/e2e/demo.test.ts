// `npm run demo`, as a person starts it: it shows the trace, sends it on, cleans up, and says what failed.
import { afterAll, beforeAll, expect, test } from "bun:test"
import { mkdtemp, readdir, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { bunBinary } from "../../scripts/binaries.mjs"
import { type OtlpReceiver, startOtlpReceiver } from "../harness/otlp-receiver.ts"
import { end } from "../harness/process.ts"
import { assertSound, renderTree } from "../harness/tree.ts"
import { within } from "../harness/wait.ts"

const REPOSITORY = join(import.meta.dirname, "../..")

let receiver: OtlpReceiver
let scratch: string

beforeAll(async () => {
  receiver = await startOtlpReceiver()
  scratch = await mkdtemp(join(tmpdir(), "opencode-traces-demo-"))
})

afterAll(async () => {
  await receiver?.stop()
  await rm(scratch, { recursive: true, force: true })
})

async function demo(endpoint: string) {
  const env = {
    PATH: process.env.PATH ?? "",
    TMPDIR: scratch,
    OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: endpoint,
    OTEL_EXPORTER_OTLP_TRACES_HEADERS: "x-key=a%20key",
  }
  const child = Bun.spawn([bunBinary(), "demo/main.ts"], {
    ...{ cwd: REPOSITORY, env, stdin: "ignore", stdout: "pipe", stderr: "pipe" },
  })
  try {
    const texts = Promise.all([child.stdout.text(), child.stderr.text(), child.exited])
    const [stdout, stderr, exitCode] = await within(texts, 115_000, "the end of the demo")
    return { stdout, stderr, exitCode }
  } finally {
    await end(child)
  }
}

test("it shows the trace, sends the very same to the user's endpoint, and leaves nothing behind", async () => {
  const { stdout, stderr, exitCode } = await demo(receiver.tracesUrl)
  expect({ stderr, exitCode }).toEqual({ stderr: "", exitCode: 0 })
  assertSound(receiver.spans, { content: true })
  expect(renderTree(receiver.spans)).toBe(
    [
      "invoke_agent build",
      "  chat demo-large",
      "  execute_tool bash",
      "  execute_tool read",
      "  chat demo-large",
      "  invoke_agent explore",
      "    chat demo-small",
      "    execute_tool grep",
      "    chat demo-small",
      "  chat demo-large",
    ].join("\n"),
  )
  const shown = stdout.split("\n").filter((line) => / \d+\.\d\d s( |$)/.test(line))
  expect(shown.map((line) => line.replace(/^[│├└─ ]*|\s+\d+\.\d\d s.*$/g, ""))).toEqual(
    renderTree(receiver.spans)
      .split("\n")
      .map((line) => line.trim()),
  )
  expect(receiver.requests[0]?.headers["x-key"]).toBe("a key")
  expect(await readdir(scratch)).toEqual([])
}, 120_000)

test("an endpoint that refuses fails it, with the reason", async () => {
  receiver.respond(() => ({ status: 401 }))
  const { stderr, exitCode } = await demo(receiver.tracesUrl)
  expect(exitCode).toBe(1)
  expect(stderr).toContain("The demo failed:")
  expect(stderr).toContain("401")
  expect(await readdir(scratch)).toEqual([])
}, 120_000)
