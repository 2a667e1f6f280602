// With content off, nothing that was written leaves the process: every text of every recording is a canary.
import { expect, test } from "bun:test"
import type { TreeSpan } from "../harness/tree.ts"
import { testCapture } from "../support/capture.ts"
import { readStream, recordings, replay } from "../support/replay.ts"
import { strings } from "../support/strings.ts"

/**
 * The keys under which OpenCode has identifiers. A span may carry those: ids of sessions, messages and calls,
 * names of agents, tools, models, providers, commands, permissions and errors, states and finish reasons.
 * Whatever stands under any other key counts as content, known to this project or not.
 */
const IDENTIFIERS = new Set([
  ...["id", "sessionID", "sessionId", "parentID", "parentSessionId", "messageID", "partID", "callID"],
  ...["requestID", "task_id", "modelID", "providerID", "agent", "mode", "tool", "permission", "name", "type"],
  ...["status", "reason", "finish", "role"],
])

const SHORTEST = 8

/** Every text of the recording that could be recognised, and each line of it: half a text is a leak, too. */
function canaries(recording: string): Set<string> {
  const texts = readStream(recording)
    .flatMap((line) => strings(line.v))
    .filter(({ key }) => key !== "" && !IDENTIFIERS.has(key))
    .flatMap(({ text }) => [text, ...text.split("\n")])
    .map((text) => text.trim())
  return new Set(texts.filter((text) => text.length > SHORTEST))
}

/** Everything of the spans that is text, as one: names, attributes and events with their keys, descriptions. */
function told(spans: readonly TreeSpan[]): string {
  return strings(spans)
    .map(({ text }) => text)
    .join("\n")
}

for (const recording of recordings()) {
  test(`nothing that was written in ${recording} is exported`, () => {
    const planted = canaries(recording)
    expect(planted.size).toBeGreaterThan(10)
    const found = (exported: string) => [...planted].filter((canary) => exported.includes(canary))
    const plugin = replay(recording)
    expect(found(told(plugin.spans()))).toEqual([])
    // The same search finds what is there: the canaries were written, and with content on they are told.
    expect(found(told(replay(recording, undefined, { capture: testCapture() }).spans()))).not.toEqual([])
    expect(plugin.reports).toEqual([])
  })
}
