const SECRET_NAME =
  /(?:SECRET|TOKEN|PASSWORD|PASSWD|PASSPHRASE|CREDENTIALS?|API_?KEY|_KEY|_PWD|_PASS|_PAT|_AUTH)(?:_|\d|$)/i

/** Variables that hold where a secret is or what it is called, not the secret. */
const POINTER_NAME = /_(?:FILE|PATH|DIR|SOCK|SOCKET|NAME|TYPE|REGION)$/i

const LONGEST = 16_384
const MOST = 256

/**
 * The values of an environment that are secrets, longest first, so that none hides a part of a longer one:
 * what a secret-looking name holds, the values of header lists (`OTEL_EXPORTER_OTLP_HEADERS`), and the
 * password in any URL. At most 256, each of at most 16,384 UTF-16 units.
 */
export function environmentSecrets(env: Readonly<Record<string, string | undefined>>): readonly string[] {
  return secretValues(Object.entries(env).flatMap(([name, value]) => (value ? held(name, value) : [])))
}

/** Secrets fit to be searched for literally: without repeats, longest first, in each form text may hold them. */
export function secretValues(candidates: readonly string[]): readonly string[] {
  const distinct = new Set(candidates.filter(isTelling).flatMap(forms))
  return [...distinct].toSorted((a, b) => b.length - a.length).slice(0, MOST)
}

function held(name: string, value: string): readonly string[] {
  const passwords = [...value.matchAll(/:\/\/[^\s:@/]{0,256}:([^\s@/]{1,256})@/g)].map(
    (match) => match[1] ?? "",
  )
  if (/_HEADERS$/i.test(name)) return [...passwords, ...value.split(",").map(headerValue)]
  if (!SECRET_NAME.test(name) || POINTER_NAME.test(name)) return passwords
  return [...passwords, value.trim()]
}

/** `wandb-api-key=abc` and `Authorization=Basic abc` without name and scheme. */
function headerValue(entry: string): string {
  const value = entry.slice(entry.indexOf("=") + 1).trim()
  return value.split(/\s|%20/).at(-1) ?? value
}

/** Masking a word of the language everywhere would do more harm than a weak password is worth. */
function isTelling(value: string): boolean {
  if (value.length < 8 || value.length > LONGEST) return false
  if (/^[A-Za-z]+$/.test(value)) return value.length >= 16
  if (/^(?:\d{1,11}|[~.]?\/[\w./-]*)$/.test(value)) return false
  return true
}

/** As it is, as JSON writes it, and percent-encoded. */
function forms(value: string): readonly string[] {
  return [value, JSON.stringify(value).slice(1, -1), encodeURIComponent(value.toWellFormed())]
}
