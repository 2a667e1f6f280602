import { expect, test } from "bun:test"
import { parseGitConfig } from "../../../src/host/git-config.ts"

test("sections, subsections, quotes and comments as git reads them", () => {
  const text = `
# a comment
[core]
\trepositoryformatversion = 0
[Remote "origin"]
\tURL = https://example.com/first.git
\turl = https://example.com/second.git ; the last one counts
[remote "a.b \\"c\\""]
\turl = "https://example.com/#quoted" # not this
[branch "feature/x"]
\tremote = origin
[user]
\tname = "Jo \\"the\\" Dev"
\temail = jo@example.com
\tuseConfigOnly
[broken
=
`
  expect(Object.fromEntries(parseGitConfig(text))).toEqual({
    "core.repositoryformatversion": "0",
    "remote.origin.url": "https://example.com/second.git",
    'remote.a.b "c".url': "https://example.com/#quoted",
    "branch.feature/x.remote": "origin",
    "user.name": 'Jo "the" Dev',
    "user.email": "jo@example.com",
  })
})

test("anything else is an empty configuration", () => {
  expect(parseGitConfig("").size).toBe(0)
  expect(parseGitConfig("\0\0]][[==").size).toBe(0)
})
