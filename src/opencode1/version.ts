import { fields, name } from "../host/guards.ts"

/** The version of the OpenCode that runs. */
export interface HostVersion {
  /** Undefined until OpenCode has answered. */
  current(): string | undefined
  /** The same, once it is known or will not be: never rejects, and never takes longer than some seconds. */
  readonly answered: Promise<string | undefined>
}

/** Measured: 3 to 60 ms, and a second while OpenCode starts its first prompt. */
const PATIENCE_MS = 3_000

/**
 * Asks OpenCode for its version, from a timer: nothing waits for the answer, which came before the first span
 * wherever it was measured. A session's own `version` is that of the OpenCode that created it.
 *
 * `GET /global/health` has no method in the client that plugins get, only in the one it is built on. Where that is
 * missing or fails, the version stays unknown.
 */
export function askHostVersion(client: unknown): HostVersion {
  const { promise: answered, resolve } = Promise.withResolvers<string | undefined>()
  let version: string | undefined
  const tell = (answer: string | undefined) => {
    version = answer
    resolve(answer)
  }
  const asking = setTimeout(() => void readVersion(client).then(tell, () => resolve(undefined)), 0)
  const waiting = setTimeout(() => resolve(undefined), PATIENCE_MS)
  asking.unref?.()
  waiting.unref?.()
  return { current: () => version, answered }
}

async function readVersion(client: unknown): Promise<string | undefined> {
  const get = fields(fields(client)?._client)?.get
  if (typeof get !== "function") return undefined
  const answer: unknown = await get({ url: "/global/health" })
  return name(fields(fields(answer)?.data)?.version)
}
