/** `user@host:path`, git's short form of an SSH address. What looks like `C:` is a drive, not a host. */
const SHORT_SSH = /^(?:[^@/\s]+@)?([A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+):(?!\/)(.+)$/

/**
 * The address under which people find a remote's repository in a browser: `vcs.repository.url.full`. Without
 * credentials, query and `.git`, and over HTTPS where git goes over SSH. Nothing for paths, and for hosts without
 * a dot, which stand for something in the user's own configuration.
 */
export function browserUrl(remote: string): string | undefined {
  const short = SHORT_SSH.exec(remote)
  const url = URL.parse(short ? `ssh://${short[1]}/${short[2]}` : remote)
  if (!url || !["https:", "http:", "ssh:", "git:"].includes(url.protocol)) return undefined
  if (!url.hostname.includes(".")) return undefined
  const path = url.pathname.replace(/\/+$/, "").replace(/\.git$/, "")
  if (path === "") return undefined
  const overHttp = url.protocol === "https:" || url.protocol === "http:"
  return overHttp ? `${url.protocol}//${url.host}${path}` : `https://${url.hostname}${path}`
}

/** `vcs.repository.name`: the last part of the address. */
export function repositoryName(url: string): string | undefined {
  return url.split("/").at(-1) || undefined
}
