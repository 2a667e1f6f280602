const MAX_RETRY_AFTER_MS = 3_600_000

/**
 * Milliseconds that a `Retry-After` header asks to wait (RFC 9110: seconds or an HTTP date), at most one
 * hour; `undefined` where it is missing or makes no sense.
 */
export function parseRetryAfter(value: string | null, now: number): number | undefined {
  const text = value?.trim()
  if (!text) return undefined
  const wait = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - now
  if (Number.isNaN(wait)) return undefined
  return Math.min(Math.max(wait, 0), MAX_RETRY_AFTER_MS)
}
