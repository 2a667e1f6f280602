// Which step of which script a request is due, also where the history tells little.
import { expect, test } from "bun:test"
import type { Json } from "../../harness/json.ts"
import { chatRequest, kindOf, Scripts } from "../../harness/script.ts"

const user = (content: string): Json => ({ role: "user", content })
const assistant: Json = { role: "assistant", content: "…" }

function scripts(): Scripts {
  const made = new Scripts()
  made.set("list", [{ say: "a" }])
  made.set("list files", [{ say: "one" }, { say: "two" }, { say: "three" }])
  return made
}

/** Asks for the step that is due and serves it; gives its text. */
function answer(from: Scripts, messages: Json[], session = "s"): string | undefined {
  const due = from.due(session, messages)
  if (due) from.served(session, due.index)
  return due?.step.say
}

test("a request belongs to the longest key of the newest user message that has one", () => {
  expect(answer(scripts(), [user("please list files")])).toBe("one")
  expect(answer(scripts(), [user("list files"), assistant, user("now list")])).toBe("a")
  expect(answer(scripts(), [user("list files"), assistant, user("continue")])).toBe("two")
  expect(answer(scripts(), [user("nothing of that")])).toBeUndefined()
})

test("a step is asked for again until it was served", () => {
  const from = scripts()
  expect(from.due("s", [user("list files")])?.index).toBe(0)
  expect(from.due("s", [user("list files")])?.index).toBe(0)
  from.served("s", 0)
  // A broken attempt may have left a turn of its own in the history.
  expect(from.due("s", [user("list files"), assistant, assistant])?.index).toBe(1)
})

test("the same prompt again starts its script again", () => {
  const from = scripts()
  expect(answer(from, [user("list files")])).toBe("one")
  expect(answer(from, [user("list files"), assistant, user("list files")])).toBe("one")
})

test("after a compaction the session goes on where it was, with its prompt gone or there again", () => {
  for (const after of [
    [user("What did we do so far?"), assistant],
    [assistant, user("list files")],
  ]) {
    const from = scripts()
    expect(answer(from, [user("list files")])).toBe("one")
    from.compacted("s")
    expect(answer(from, after)).toBe("two")
    expect(answer(from, [...after, assistant])).toBe("three")
    expect(answer(from, [...after, assistant, user("list")])).toBe("a")
  }
})

test("sessions do not disturb each other; a fork goes on from its history", () => {
  const from = scripts()
  expect(answer(from, [user("list files")], "parent")).toBe("one")
  expect(answer(from, [user("list files")], "child")).toBe("one")
  expect(answer(from, [user("list files"), assistant, assistant], "fork")).toBe("three")
})

test("requests without tools are for a title or a summary", () => {
  const system = (content: string) => ({ role: "system", content })
  const request = (messages: Json[], tools: Json[] = []) => kindOf(chatRequest({ messages, tools }))
  expect(request([system("You are a title generator."), user("list files")])).toBe("title")
  expect(request([system("You summarise."), user("list files")])).toBe("summary")
  expect(request([user("list files")], [{ function: { name: "bash" } }])).toBe("step")
})
