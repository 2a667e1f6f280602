import type { Attributes } from "@opentelemetry/api"
import type { Config } from "../config/index.ts"
import * as names from "../genai/attributes.ts"
import type { Enricher } from "../signals/enricher.ts"
import { readAuthor } from "./git-author.ts"
import { fields, id, text } from "./guards.ts"
import { browserUrl, repositoryName } from "./remote-url.ts"
import { readRepository } from "./repository.ts"

/** Longer ones are cut: these are names, and anyone can write anything into git's files. */
const LONGEST_VALUE = 1_000

/**
 * What surrounds a run, for roots: OpenCode's project, and what git's files say of the folder. They are read
 * when a run begins, and a run that ends carries what was read last, so that nothing waits for them.
 * @param host what OpenCode hands to a plugin: `{ project: { id }, directory }`. The path itself is never sent.
 */
export function createSurroundings(
  { vcs, identity }: Pick<Config, "vcs" | "identity">,
  host: unknown,
  env: Readonly<Record<string, string | undefined>>,
): Enricher {
  const given = fields(host)
  const project = present({ [names.PROJECT_ID]: id(fields(given?.project)?.id) })
  const directory = text(given?.directory)
  const wanted = directory !== undefined && (vcs || identity.gitAuthor)
  let known: Attributes = {}
  let reading = false

  async function read(folder: string): Promise<Attributes> {
    const repository = await readRepository(folder)
    const author = identity.gitAuthor ? await readAuthor(env, repository?.config) : undefined
    const url = repository?.remote && browserUrl(repository.remote)
    return present({
      ...(vcs && {
        [names.VCS_REF_NAME]: repository?.branch,
        [names.VCS_REF_TYPE]: repository?.branch && "branch",
        [names.VCS_REF_REVISION]: repository?.revision,
        [names.VCS_REPOSITORY_URL]: url,
        [names.VCS_REPOSITORY_NAME]: url && repositoryName(url),
      }),
      [names.USER_FULL_NAME]: author?.name,
      [names.USER_EMAIL]: author?.email,
    })
  }

  return {
    started({ root }) {
      if (!root || !wanted || reading) return
      reading = true
      read(directory)
        .then(
          (read) => {
            known = read
          },
          () => {},
        )
        .finally(() => {
          reading = false
        })
    },
    attributes: ({ root, attributes }) =>
      root && attributes[names.OPERATION_NAME] === "invoke_agent" ? { ...project, ...known } : {},
  }
}

function present(entries: Readonly<Record<string, string | undefined>>): Attributes {
  const set = Object.entries(entries).flatMap(([name, value]) =>
    value ? [[name, value.slice(0, LONGEST_VALUE)] as const] : [],
  )
  return Object.fromEntries(set)
}
