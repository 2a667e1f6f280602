import { environmentSecrets, secretValues } from "./environment-secrets.ts"
import { isJsonArray, isJsonObject, type Json } from "./json.ts"
import { mask } from "./mask.ts"
import { assignmentMasker, isSecretProperty } from "./named-secrets.ts"
import { tokenMasker } from "./token-formats.ts"

/** Longer texts are cut before they are searched: 1 Mi UTF-16 units take about 25 ms. */
const LONGEST_TEXT = 1_048_576

/** Cut off behind the cut, where half a secret may stand that no rule knows by its half. */
const MARGIN = 16_384

export interface RedactorOptions {
  /** The process's environment: the values of its secret-looking variables are masked wherever they occur. */
  readonly env?: Readonly<Record<string, string | undefined>>
  /** More values to mask literally, e.g. the exporter's own keys. */
  readonly secrets?: readonly string[]
  /** Masks what the user's own patterns match (see `customMasker`). */
  readonly custom?: (text: string) => string
}

export interface Redactor {
  /** The text with every secret masked. No mask is masked again. */
  readonly text: (text: string) => string
  /** The same for every string and key of a structure; properties named like secrets are masked whole. */
  readonly tree: (value: Json) => Json
}

/**
 * Builds the redactor: known values first (nothing is surer), then the user's patterns, then token formats,
 * then what the surroundings give away. Synchronous, without state between calls, linear in the text; about
 * 1 ms for 32 KiB on OpenCode's runtime (`bench/redact.ts`).
 */
export function createRedactor({
  env = {},
  secrets = [],
  custom = (text) => text,
}: RedactorOptions): Redactor {
  const literals = secretValues([...environmentSecrets(env), ...secrets])
  const tokens = tokenMasker()
  const assignments = assignmentMasker()
  const search = (value: string) => assignments(tokens(custom(maskLiterals(value, literals))))
  const text = (value: string) => (value.length <= LONGEST_TEXT ? search(value) : searchHead(value, search))
  return { text, tree: (value) => redactTree(value, text) }
}

function searchHead(value: string, search: (text: string) => string): string {
  const head = search(value.slice(0, LONGEST_TEXT)).slice(0, -MARGIN).toWellFormed()
  return `${head}…[+${value.length - LONGEST_TEXT + MARGIN} chars]`
}

function maskLiterals(text: string, literals: readonly string[]): string {
  return literals.reduce(
    (masked, literal) => (masked.includes(literal) ? masked.replaceAll(literal, () => mask("env")) : masked),
    text,
  )
}

function redactTree(value: Json, text: (value: string) => string, key = ""): Json {
  if (typeof value === "string") return isSecretProperty(key, value) ? mask("secret") : text(value)
  if (isJsonArray(value)) return value.map((item) => redactTree(item, text, key))
  if (!isJsonObject(value)) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [text(name), redactTree(item, text, name)]),
  )
}
