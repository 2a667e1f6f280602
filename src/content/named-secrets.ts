import { isPlaceholder, mask } from "./placeholder.ts"

/** Names whose value is a secret, as the end of a longer name: `apiKey`, `X-Api-Key`, `client_secret`. */
const NAME =
  "(?:passw(?:or)?d|passphrase|pwd|secret|token|credentials?|" +
  "(?:api|access|private|secret|account|encryption|signing|auth|master)[_-]?key)"

/** The same for environment variables, which may go on after the word: `DB_PASS`, `STRIPE_KEY_2`. */
const VARIABLE =
  "(?:SECRET|TOKEN|PASSWORD|PASSWD|PASSPHRASE|CREDENTIALS?|_PWD|_PASS|_PAT|_AUTH|API_?KEY|_KEY)"

const PASSWORD_NAME = /passw|pwd|phrase|secret/i

/** One way to recognise a secret by what stands before it. Group 1 is kept, group `secret` is masked. */
interface Context {
  readonly kind: string
  readonly pattern: string
  readonly flags: "g" | "gi"
  /** False for what only looks like a secret. `before` is the text of group 1. */
  readonly accepts: (secret: string, before: string) => boolean
}

/**
 * Secrets without a format of their own. Each pattern begins with a literal and holds only bounded runs,
 * so the work is linear; none has a lookbehind (see `token-formats.ts`).
 */
const CONTEXTS: readonly Context[] = [
  {
    // postgres://app:hunter2@db/main, https://user:token@host
    kind: "password",
    pattern: "(:\\/\\/[^\\s:@/\"'`<>\\\\]{0,256}:)([^\\s@/\"'`<>\\\\]{1,256})(?=@)",
    flags: "g",
    accepts: () => true,
  },
  {
    // https://<token>@host, https://<token>:x-oauth-basic@github.com
    kind: "token",
    pattern: "(:\\/\\/)([^\\s:@/\"'`<>\\\\]{16,256})(?=(?::x-oauth-basic|:REDACTED\\(password\\))?@)",
    flags: "g",
    accepts: (secret) => looksGenerated(secret),
  },
  {
    // Authorization: Bearer …, "authorization": "Basic …", bare Bearer …
    kind: "authorization",
    pattern:
      "((?:\\bauthorization[\"'\\\\]{0,3}\\s{0,4}[:=]\\s{0,4}[\"'`\\\\]{0,3}(?:[A-Za-z0-9-]{3,20}\\s{1,4})?)|" +
      "\\bbearer\\s{1,4})([A-Za-z0-9+/=_.~:-]{8,4096})",
    flags: "gi",
    accepts: (secret) => looksGenerated(secret),
  },
  {
    // Cookie: session=…; the whole header
    kind: "cookie",
    pattern:
      "(\\b(?:set-)?cookie[\"'\\\\]{0,3}\\s{0,4}:\\s{0,4}[\"'`\\\\]{0,3})([\\w.%-]{1,64}=[^\\r\\n\"'`\\\\]{8,4096})",
    flags: "gi",
    accepts: (secret) => looksGenerated(secret),
  },
  {
    // .npmrc: //registry/:_authToken=…
    kind: "secret",
    pattern: "(_(?:authToken|auth|password)=[\"']?)([^\\s\"'`<>;,]{6,4096})",
    flags: "g",
    accepts: (secret) => looksGenerated(secret),
  },
  {
    // STRIPE_KEY=…, export DB_PASSWORD='…', docker run -e API_TOKEN=…
    kind: "env",
    pattern: `(${VARIABLE}(?:_[A-Z0-9_]{0,40}|S|\\d{1,3})?=\\\\?["']?)([^\\s"'\`$<>(){}|;&,\\\\]{4,4096})`,
    flags: "g",
    accepts: (secret, before) =>
      !/_(?:FILE|PATH|DIR|URL|ID|NAME|TYPE)=/.test(before) && !/^\d{1,5}$/.test(secret),
  },
  {
    // "password": "hunter2", apiKey = '…', also with the quotes escaped
    kind: "secret",
    pattern: `(${NAME}\\\\?["']?\\s{0,4}(?::=?|=>?)\\s{0,4}\\\\?["'\`])([^"'\`\\s\\\\,;:)\\]}=>+][^"'\`\\s\\\\]{5,4095})(?=\\\\?["'\`])`,
    flags: "gi",
    accepts: (secret, before) =>
      PASSWORD_NAME.test(before) ? /[^A-Za-z_.-]/.test(secret) : secret.length >= 8 && looksGenerated(secret),
  },
  {
    // token: 3f9c2ab1… without quotes (YAML, headers, INI); identifiers look alike, so ask for more
    kind: "secret",
    pattern: `(${NAME}\\\\?["']?\\s{0,4}[:=]\\s{0,4})([^\\s"'\`,;(){}<>\\[\\]$&|\\\\]{8,4096})`,
    flags: "gi",
    accepts: (secret) => looksRandom(secret),
  },
  {
    // ?access_token=…&sig=…
    kind: "secret",
    pattern:
      "([?&](?:(?:access|refresh|id|auth|security)[_-]?token|token|api[_-]?key|password|(?:client[_-]?)?secret|" +
      "sig|signature|x-amz-signature|x-amz-security-token)=)([^&\\s\"'`<>#\\\\]{8,4096})",
    flags: "gi",
    accepts: (secret) => looksGenerated(secret),
  },
  {
    // --password hunter2, --token=…
    kind: "secret",
    pattern: `(--[a-z-]{0,30}${NAME}(?:=|\\s{1,4})["']?)([^\\s"'\`$<>&|;(){}-][^\\s"'\`$<>&|;(){}]{3,4096})`,
    flags: "gi",
    accepts: (secret, before) => looksGenerated(secret) || (/passw/i.test(before) && before.endsWith("=")),
  },
  {
    // curl -u user:password
    kind: "password",
    pattern: "(\\s(?:-u|--user)(?:=|\\s{1,4})[\"']?[^\\s:\"']{1,128}:)([^\\s\"'$<{]{4,256})",
    flags: "g",
    accepts: (secret) => !/^\d+$/.test(secret),
  },
]

const SECRET_KEY = new RegExp(`${NAME}$`, "i")

/** A function that masks secrets that are recognised by the text around them. Compiles its expressions once. */
export function assignmentMasker(): (text: string) => string {
  const rules = CONTEXTS.map(({ kind, pattern, flags, accepts }) => {
    const replace = (found: string, before: string, secret: string) =>
      isPlaceholder(secret) || !accepts(secret, before) ? found : before + mask(kind)
    return { expression: new RegExp(pattern, flags), replace }
  })
  return (text) =>
    rules.reduce((masked, { expression, replace }) => masked.replace(expression, replace), text)
}

/** True where a property of this name holding this text is a secret: `{ "password": "…" }`. */
export function isSecretProperty(key: string, value: string): boolean {
  if (value.length === 0 || !SECRET_KEY.test(key) || isPlaceholder(value)) return false
  return PASSWORD_NAME.test(key) ? !/\s/.test(value) : value.length >= 8 && looksGenerated(value)
}

/** Rough and cheap: letters and digits together, as in nearly every generated secret and few identifiers. */
function looksGenerated(value: string): boolean {
  return /\d/.test(value) && /[A-Za-z]/.test(value)
}

/**
 * Digits in several places, as chance scatters them. Names have them in one or two: `sessionToken2`,
 * `Uint8ArrayFromBase64`, `config.v1.token`.
 */
function looksRandom(value: string): boolean {
  if (value.length < 12 || !looksGenerated(value)) return false
  return (value.match(/\d+/g)?.length ?? 0) >= 3 && !/^[A-Z0-9_]+$/.test(value)
}
