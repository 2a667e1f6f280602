// What a lifecycle test compares: the traces as text, with how each span came about and ended.
import { list } from "../../harness/json.ts"
import { renderTree, type TreeSpan } from "../../harness/tree.ts"

function text(value: unknown): string {
  return typeof value === "string" ? value : ""
}

/** Agents: trigger and outcome. Chats: finish reasons. All: why a span is where it is, when not by itself. */
function note({ attributes }: TreeSpan): string {
  const orphan = text(attributes["opencode.orphan_reason"])
  return [
    text(attributes["opencode.run.trigger"]),
    text(attributes["opencode.outcome"]),
    list(attributes["gen_ai.response.finish_reasons"]).map(text).join(","),
    attributes["gen_ai.conversation.compacted"] === true ? "compacted" : "",
    orphan && `orphan=${orphan}`,
  ]
    .filter((word) => word !== "")
    .join(" ")
}

/**
 * The traces as `renderTree` draws them, events included, with a note on each line:
 *
 *     invoke_agent build prompt completed
 *       chat fake-1 tool_call
 *       execute_tool bash
 *         * opencode.permission.asked
 */
export function drawTraces(spans: readonly TreeSpan[]): string {
  return renderTree(spans, { events: true, note })
}

/** A drawing in a test stands as deep as the code around it: takes that depth away, and the empty ends. */
export function outdent(drawing: string): string {
  const lines = drawing.split("\n").filter((line) => line.trim() !== "")
  const depth = Math.min(...lines.map((line) => line.length - line.trimStart().length))
  return lines.map((line) => line.slice(depth)).join("\n")
}
