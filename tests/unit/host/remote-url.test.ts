import { describe, expect, test } from "bun:test"
import { browserUrl, repositoryName } from "../../../src/host/remote-url.ts"

describe("the address of a remote", () => {
  test.each([
    ["https://github.com/acme/app.git", "https://github.com/acme/app"],
    ["https://github.com/acme/app/", "https://github.com/acme/app"],
    [
      "https://user:glpat-secret@gitlab.example.com/group/sub/app.git",
      "https://gitlab.example.com/group/sub/app",
    ],
    ["https://token@dev.azure.com/acme/p/_git/app?x=token#token", "https://dev.azure.com/acme/p/_git/app"],
    ["http://git.example.com:8080/app.git", "http://git.example.com:8080/app"],
    ["git@github.com:acme/app.git", "https://github.com/acme/app"],
    ["github.com:acme/app", "https://github.com/acme/app"],
    ["ssh://git@git.example.com:2222/acme/app.git", "https://git.example.com/acme/app"],
    ["git://git.example.com/app.git", "https://git.example.com/app"],
  ])("%s", (remote, url) => {
    expect(browserUrl(remote)).toBe(url)
  })

  test.each([
    ["a path", "/home/me/repos/app.git"],
    ["a relative path", "../app.git"],
    ["a drive", "C:\\repos\\app"],
    ["a drive with slashes", "C:/repos/app"],
    ["a file", "file:///home/me/app.git"],
    ["a host of the ssh configuration", "git@work:acme/app.git"],
    ["a short name of git's configuration", "gh:acme/app"],
    ["another transport", "codecommit::us-east-1://app"],
    ["a host alone", "https://github.com/"],
    ["nothing", ""],
  ])("is not told of %s", (_name, remote) => {
    expect(browserUrl(remote)).toBeUndefined()
  })

  test("names the repository by its last part", () => {
    expect(repositoryName("https://gitlab.example.com/group/sub/app")).toBe("app")
  })
})
