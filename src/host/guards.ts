/**
 * Guards that read unknown values without ever throwing.
 *
 * OpenCode's published types lag behind what it sends, so nothing that comes from the host is trusted: every
 * field is looked at before it is used, and what does not fit is treated as absent.
 */

/** An object whose fields have not been looked at yet. */
export type Fields = Readonly<Record<string, unknown>>

const LONGEST_ID = 256
const LONGEST_NAME = 256

const LARGEST_COUNT = 1_000_000_000_000

/** 2001-09-09 and 2128-06-11 in epoch milliseconds: a time outside is not one that OpenCode took. */
const EARLIEST_TIME_MS = 1_000_000_000_000
const LATEST_TIME_MS = 5_000_000_000_000

/** The value as an object with unknown fields, or nothing for arrays, null and scalars. */
export function fields(value: unknown): Fields | undefined {
  if (!isFields(value)) return undefined
  return value
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value)
}

/** The value as an array, or an empty one. */
export function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

/** A non-empty string of any length. */
export function text(value: unknown): string | undefined {
  return typeof value === "string" && value.length > 0 ? value : undefined
}

/** An identifier: a non-empty string of at most 256 characters. A longer one is no id of OpenCode's. */
export function id(value: unknown): string | undefined {
  return typeof value === "string" && value.length > 0 && value.length <= LONGEST_ID ? value : undefined
}

/** A short name (agent, tool, model, error): a non-empty string, cut at 256 characters. */
export function name(value: unknown): string | undefined {
  return text(value)?.slice(0, LONGEST_NAME)
}

/** A word of a program, such as the name of an error: nothing that someone could have written as text. */
export function word(value: unknown): string | undefined {
  return typeof value === "string" && /^[A-Za-z_][\w.-]{0,63}$/.test(value) ? value : undefined
}

/** A finite number. */
export function number(value: unknown): number | undefined {
  return typeof value === "number" && Number.isFinite(value) ? value : undefined
}

/** A whole number: an exit code, which is negative on some systems. */
export function integer(value: unknown): number | undefined {
  return typeof value === "number" && Number.isSafeInteger(value) ? value : undefined
}

/** A whole number that is not negative, and no more than anyone could have: tokens, attempts. */
export function count(value: unknown): number | undefined {
  const read = amount(value)
  return read !== undefined && Number.isInteger(read) && read <= LARGEST_COUNT ? read : undefined
}

/** A number that is not negative, and small enough to be added up: cost in USD, prices. */
export function amount(value: unknown): number | undefined {
  const read = number(value)
  return read !== undefined && read >= 0 && read <= Number.MAX_SAFE_INTEGER ? read : undefined
}

/** A point in time in epoch milliseconds, the unit of every time OpenCode reports. */
export function time(value: unknown): number | undefined {
  const read = number(value)
  return read !== undefined && read >= EARLIEST_TIME_MS && read <= LATEST_TIME_MS ? read : undefined
}
