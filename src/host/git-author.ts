import { join } from "node:path"
import { parseGitConfig } from "./git-config.ts"
import { readText } from "./git-files.ts"

/** Whom git would name as the author of a commit made now. */
export interface Author {
  readonly name: string | undefined
  readonly email: string | undefined
}

type Environment = Readonly<Record<string, string | undefined>>

/** The author by git's own order: the environment, the repository's configuration, the user's. Never rejects. */
export async function readAuthor(
  env: Environment,
  repository: ReadonlyMap<string, string> | undefined,
): Promise<Author> {
  const own = await userConfig(env)
  const from = (key: string) => repository?.get(`user.${key}`) ?? own.get(`user.${key}`)
  return {
    name: env.GIT_AUTHOR_NAME || from("name"),
    email: env.GIT_AUTHOR_EMAIL || from("email"),
  }
}

/** `~/.gitconfig` over `$XDG_CONFIG_HOME/git/config`. */
async function userConfig({ HOME, XDG_CONFIG_HOME }: Environment): Promise<ReadonlyMap<string, string>> {
  const xdg = XDG_CONFIG_HOME || (HOME && join(HOME, ".config"))
  const paths = [xdg && join(xdg, "git/config"), HOME && join(HOME, ".gitconfig")]
  const texts = await Promise.all(paths.map((path) => (path ? readText(path) : undefined)))
  return new Map(texts.flatMap((text) => [...parseGitConfig(text ?? "")]))
}
