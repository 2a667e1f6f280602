// Each kind of content by itself, on every recording: it is told in its own places, and in no other.
import { expect, test } from "bun:test"
import type { ContentKind } from "../../src/content/policy.ts"
import { renderFindings } from "../conformance/finding.ts"
import { violations } from "../conformance/trace.ts"
import { testCapture } from "../support/capture.ts"
import { recordings, replay } from "../support/replay.ts"
import { tellings } from "../support/tellings.ts"

const PLACES: Readonly<Record<ContentKind, readonly string[]>> = {
  prompts: ["agent input text", "agent title", "chat input text"],
  answers: ["agent output text", "agent status", "chat output text", "chat output tool_call", "chat status"],
  reasoning: ["chat output reasoning"],
  toolArguments: ["chat output tool_call", "tool arguments"],
  toolResults: ["chat input tool_call_response", "tool result", "tool status"],
  systemInstructions: ["chat instructions"],
}

/** Places of all recordings where this capture tells what it would not tell without. */
function toldPlaces(kinds: Partial<Record<ContentKind, boolean>>): string[] {
  const places = recordings().flatMap((recording) => {
    const off = new Set(
      replay(recording)
        .spans()
        .flatMap(tellings)
        .map(({ place }) => place),
    )
    const on = replay(recording, undefined, { capture: testCapture(kinds) })
    expect(renderFindings(violations(on.spans(), { content: true }))).toBe("")
    return on
      .spans()
      .flatMap(tellings)
      .filter(({ place, content }) => !off.has(place) || (place.endsWith(" status") && content !== ""))
      .map(({ place }) => place)
  })
  return [...new Set(places)].toSorted()
}

for (const [kind, places] of Object.entries(PLACES)) {
  test(`${kind} alone`, () => expect(toldPlaces({ [kind]: true })).toEqual([...places]))
}

test("no kind: nothing", () => expect(toldPlaces({})).toEqual([]))

test("answers name the calls, arguments only where these are captured too", () => {
  const withArguments = (kinds: Partial<Record<ContentKind, boolean>>) =>
    replay("tools", undefined, { capture: testCapture(kinds) })
      .spans()
      .flatMap(tellings)
      .filter(({ place }) => place === "chat output tool_call")
      .map(({ content }) => content.includes('"arguments"'))
  expect(new Set(withArguments({ answers: true }))).toEqual(new Set([false]))
  expect(withArguments({ answers: true, toolArguments: true })).toContain(true)
})
