/**
 * What stands in place of a secret. It says what was there, starts no JSON, HTML or Markdown, and no rule
 * takes it for a secret again.
 */
export function mask(kind: string): string {
  return `REDACTED(${kind})`
}

/**
 * True for what stands where a secret would be: an earlier mask, a variable (`$X`, `${x}`, `%X%`), a
 * template (`<token>`, `{{ token }}`) or dots and stars.
 */
export function isPlaceholder(value: string): boolean {
  return /^redacted(?:\W|$)/i.test(value) || /^[$<{%[(]/.test(value) || /^(.)\1*$/.test(value)
}
