import { join } from "node:path"

/** How a child process ended. */
export interface Ended {
  readonly exitCode: number | null
  readonly signal: string | null
  readonly output: string
}

export interface Child {
  /** Resolves when the child has printed `text`; rejects when it ends without having done so. */
  until(text: string): Promise<void>
  kill(signal: NodeJS.Signals): void
  /** How it ended; it is killed after 20 s. */
  ended(): Promise<Ended>
}

/** Runs a script of this folder in the runtime of the tests, with its parameter as JSON. */
export function startChild(script: string, parameter: object): Child {
  const child = Bun.spawn([process.execPath, join(import.meta.dir, script), JSON.stringify(parameter)], {
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  })
  const waiting = new Set<() => void>()
  let output = ""

  async function collect(stream: ReadableStream<Uint8Array>): Promise<void> {
    const decoder = new TextDecoder()
    for await (const chunk of stream) {
      output += decoder.decode(chunk, { stream: true })
      for (const check of waiting) check()
    }
  }
  const collected = Promise.all([collect(child.stdout), collect(child.stderr)])

  return {
    until: (text) =>
      new Promise((resolve, reject) => {
        const check = () => {
          if (!output.includes(text)) return
          waiting.delete(check)
          resolve()
        }
        waiting.add(check)
        check()
        child.exited.then(() => reject(new Error(`the child ended before "${text}": ${output}`)), reject)
      }),
    kill: (signal) => child.kill(signal),
    async ended() {
      const timer = setTimeout(() => child.kill("SIGKILL"), 20_000)
      await child.exited
      clearTimeout(timer)
      await collected
      return {
        exitCode: child.exitCode,
        signal: child.signalCode === null ? null : String(child.signalCode),
        output,
      }
    },
  }
}
