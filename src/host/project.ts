import type { Attributes } from "@opentelemetry/api"
import type { Config } from "../config/index.ts"
import * as names from "../genai/attributes.ts"
import type { Enricher } from "../signals/enricher.ts"
import { browserUrl, type Environment, readAuthor, readRepository, repositoryName } from "./git.ts"
import { fields, id, text } from "./guards.ts"

/** Longer ones are cut: these are names, and anyone can write anything into git's files. */
const LONGEST_VALUE = 1_000

/**
 * Adds to each run (a root `invoke_agent` span) OpenCode's project, and what git's files say of its folder.
 *
 * The files are read when a run begins and nothing waits for them: a run that ends carries what was read last.
 * @param host what OpenCode hands to a plugin: `{ project: { id }, directory }`. The path itself is never sent.
 */
export function projectEnricher(
  config: Pick<Config, "vcs" | "identity">,
  host: unknown,
  env: Environment,
): Enricher {
  const given = fields(host)
  const project = present({ [names.PROJECT_ID]: id(fields(given?.project)?.id) })
  const directory = text(given?.directory)
  const wanted = config.vcs || config.identity.gitAuthor
  let lastRead: Attributes = {}
  let reading = false

  async function refresh(directory: string): Promise<void> {
    reading = true
    try {
      lastRead = await readGitFacts(directory, config, env)
    } catch {
      // Facts of an earlier run are better than none, and no run may fail for want of them.
    } finally {
      reading = false
    }
  }

  return {
    started({ root }) {
      if (root && wanted && directory !== undefined && !reading) void refresh(directory)
    },
    attributes: ({ root, attributes }) =>
      root && attributes[names.OPERATION_NAME] === "invoke_agent" ? { ...project, ...lastRead } : {},
  }
}

/** `vcs.*` and `user.*`, as far as each is wanted and known. */
async function readGitFacts(
  directory: string,
  { vcs, identity }: Pick<Config, "vcs" | "identity">,
  env: Environment,
): Promise<Attributes> {
  const repository = await readRepository(directory)
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

/** Only what has a value, cut at its longest. */
function present(entries: Readonly<Record<string, string | undefined>>): Attributes {
  const set = Object.entries(entries).flatMap(([name, value]) =>
    value ? [[name, value.slice(0, LONGEST_VALUE)] as const] : [],
  )
  return Object.fromEntries(set)
}
