import { expect, test } from "bun:test"
import { FileChanges } from "../../../src/runs/file-changes.ts"
import { replay } from "../../support/replay.ts"
import { Stage } from "../../support/stage.ts"

const CHANGED = ["opencode.run.files_changed", "opencode.run.lines_added", "opencode.run.lines_removed"]

test("nothing is known before anything is told, and lines alone are no change", () => {
  const changes = new FileChanges()
  expect(changes.known).toBeUndefined()
  changes.recordLines("u", { added: 0, removed: 0 })
  expect(changes.known).toBeUndefined()
})

test("files count once, lines are those of every message, and only when they are of the newest change", () => {
  const changes = new FileChanges()
  changes.recordFiles(["/p/a", "/p/b"])
  expect(changes.known).toEqual({ files: 2, lines: undefined })
  changes.recordLines("u1", { added: 3, removed: 1 })
  expect(changes.known).toEqual({ files: 2, lines: { added: 3, removed: 1 } })
  changes.recordFiles(["/p/b", "/p/c"])
  expect(changes.known).toEqual({ files: 3, lines: undefined })
  changes.recordLines("u2", { added: 2, removed: 2 })
  changes.recordLines("u1", { added: 4, removed: 1 })
  expect(changes.known).toEqual({ files: 3, lines: { added: 6, removed: 3 } })
})

test("a run has what its steps changed, its subagents' and compactions' included", () => {
  const stage = new Stage()
  stage.session("s").prompt("u").step("a1", "u")
  stage.model.outputSeen("a1", { type: "changed", files: ["/p/a"] })
  stage.task("p1", "a1", "child").session("child", { parentId: "s" })
  stage.prompt("cu", { sessionId: "child" }).step("ca", "cu", { sessionId: "child" })
  stage.model.outputSeen("ca", { type: "changed", files: ["/p/a", "/p/b"] })
  stage.model.promptChanged("cu", { added: 100, removed: 100 })
  stage.finish("ca").idle("child").called("p1", "a1", { tool: "task", childSessionId: "child" })
  stage.model.promptChanged("u", { added: 5, removed: 2 })
  stage.finish("a1", { finish: "stop" }).idle()
  expect(stage.run("u").attributes).toMatchObject({
    "opencode.run.files_changed": 2,
    "opencode.run.lines_added": 5,
    "opencode.run.lines_removed": 2,
  })
  expect(Object.keys(stage.run("cu").attributes).filter((key) => CHANGED.includes(key))).toEqual([])
})

test("a real run that made a file of one line", () => {
  const told = replay("revert")
    .spans()
    .filter(({ name }) => name.startsWith("invoke_agent"))
    .map(({ attributes }) => CHANGED.map((key) => attributes[key]))
  expect(told).toEqual([
    [1, 1, 0],
    [undefined, undefined, undefined],
    [undefined, undefined, undefined],
  ])
})
