import { fields, name } from "./guards.ts"

/** The version of the OpenCode that runs. */
export interface HostVersion {
  /** Undefined until OpenCode has answered. */
  current(): string | undefined
}

/**
 * Asks OpenCode for its version, from a timer: nothing waits for the answer, which came within a second and before
 * the first span wherever it was measured. A session's own `version` is that of the OpenCode that created it.
 *
 * `GET /global/health` has no method in the client that plugins get, only in the one it is built on. Where that is
 * missing or fails, the version stays unknown.
 */
export function askHostVersion(client: unknown): HostVersion {
  let version: string | undefined
  const timer = setTimeout(() => {
    readVersion(client).then(
      (told) => {
        version = told
      },
      () => {},
    )
  }, 0)
  timer.unref?.()
  return { current: () => version }
}

async function readVersion(client: unknown): Promise<string | undefined> {
  const get = fields(fields(client)?._client)?.get
  if (typeof get !== "function") return undefined
  const answer: unknown = await get({ url: "/global/health" })
  return name(fields(fields(answer)?.data)?.version)
}
