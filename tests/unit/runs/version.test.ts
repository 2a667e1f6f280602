import { expect, test } from "bun:test"
import { Stage } from "../../support/stage.ts"

const version = (stage: Stage) =>
  stage.prompt("u").whole("a", "u").idle().run("u").attributes["gen_ai.agent.version"]

test("the version is that of the OpenCode that runs, whichever one created the session", () => {
  const stage = new Stage({}, { hostVersion: () => "1.18.33" })
  expect(version(stage.session("s", { version: "1.17.0", created: false }))).toBe("1.18.33")
})

test("while that is unknown, a session created here tells it, and else the session's own is taken", () => {
  const unknown = { hostVersion: () => undefined }
  const created = new Stage({}, unknown).session("s", { version: "1.17.0", created: false })
  expect(version(created.session("other", { version: "1.18.33" }))).toBe("1.18.33")
  expect(version(new Stage({}, unknown).session("s", { version: "1.17.0", created: false }))).toBe("1.17.0")
})
