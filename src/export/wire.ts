/**
 * Just enough of the protobuf wire format to look into a serialised `ExportTraceServiceRequest`: how many
 * spans it holds, and the same request with only some of them. Batches read back from disk have no span
 * objects any more, so a batch that is too large for the collector can only be split here.
 *
 * Shape (opentelemetry-proto, stable): request { resource_spans = 1 { resource = 1, scope_spans = 2 {
 * scope = 1, spans = 2, schema_url = 3 }, schema_url = 3 } }. All other fields are copied as they are.
 */

/** Field numbers that lead from the request to its spans. */
const PATH_TO_SPANS = [1, 2, 2] as const

const LENGTH_DELIMITED = 2
const FIXED_SIZES: Readonly<Record<number, number>> = { 1: 8, 5: 4 }

interface Field {
  readonly number: number
  readonly wireType: number
  /** Offset of the tag, of the body (after a length), and of the first byte after the field. */
  readonly start: number
  readonly body: number
  readonly end: number
}

interface Varint {
  readonly value: number
  readonly end: number
}

/** Thrown and caught inside this module only. */
class MalformedError extends Error {}

function readVarint(bytes: Uint8Array, offset: number): Varint {
  let value = 0
  for (let index = 0; index < 10; index++) {
    const byte = bytes[offset + index]
    if (byte === undefined) break
    value += (byte & 0x7f) * 2 ** (7 * index)
    if (byte < 0x80) return { value, end: offset + index + 1 }
  }
  throw new MalformedError()
}

function* readFields(bytes: Uint8Array): Generator<Field> {
  let start = 0
  while (start < bytes.length) {
    const tag = readVarint(bytes, start)
    const wireType = tag.value % 8
    const number = Math.floor(tag.value / 8)
    const first = wireType === LENGTH_DELIMITED || wireType === 0 ? readVarint(bytes, tag.end) : undefined
    const body = wireType === LENGTH_DELIMITED && first ? first.end : tag.end
    const size = wireType === LENGTH_DELIMITED ? first?.value : FIXED_SIZES[wireType]
    const end = wireType === 0 && first ? first.end : body + (size ?? Number.NaN)
    if (number === 0 || !(end <= bytes.length)) throw new MalformedError()
    yield { number, wireType, start, body, end }
    start = end
  }
}

function leadsToSpans(field: Field, depth: number): boolean {
  return field.number === PATH_TO_SPANS[depth] && field.wireType === LENGTH_DELIMITED
}

function count(bytes: Uint8Array, depth: number): number {
  let spans = 0
  for (const field of readFields(bytes)) {
    if (!leadsToSpans(field, depth)) continue
    const isSpan = depth === PATH_TO_SPANS.length - 1
    spans += isSpan ? 1 : count(bytes.subarray(field.body, field.end), depth + 1)
  }
  return spans
}

/** Number of spans in a serialised request; `undefined` when the bytes are not a whole request. */
export function countSpans(request: Uint8Array): number | undefined {
  try {
    return count(request, 0)
  } catch {
    return undefined
  }
}

function varint(value: number): number[] {
  const bytes: number[] = []
  let rest = value
  while (rest >= 0x80) {
    bytes.push((rest % 0x80) | 0x80)
    rest = Math.floor(rest / 0x80)
  }
  bytes.push(rest)
  return bytes
}

function concat(chunks: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(chunks.reduce((size, chunk) => size + chunk.length, 0))
  let offset = 0
  for (const chunk of chunks) {
    joined.set(chunk, offset)
    offset += chunk.length
  }
  return joined
}

/** `bytes` without the spans that `keep` does not want; groups that become empty are left out. */
function select(bytes: Uint8Array, depth: number, keep: () => boolean): Uint8Array | undefined {
  const chunks: Uint8Array[] = []
  let spans = 0
  for (const field of readFields(bytes)) {
    const whole = bytes.subarray(field.start, field.end)
    if (!leadsToSpans(field, depth)) {
      chunks.push(whole)
      continue
    }
    if (depth === PATH_TO_SPANS.length - 1) {
      if (!keep()) continue
      chunks.push(whole)
      spans += 1
      continue
    }
    const inner = select(bytes.subarray(field.body, field.end), depth + 1, keep)
    if (!inner) continue
    chunks.push(Uint8Array.from(varint(field.number * 8 + LENGTH_DELIMITED)))
    chunks.push(Uint8Array.from(varint(inner.length)), inner)
    spans += 1
  }
  return spans > 0 ? concat(chunks) : undefined
}

/**
 * Two requests that together hold the spans of `request`, in order, the first with the first half of them;
 * `undefined` when it holds fewer than two spans or is malformed.
 */
export function halve(request: Uint8Array): readonly [Uint8Array, Uint8Array] | undefined {
  const total = countSpans(request)
  if (total === undefined || total < 2) return undefined
  const middle = Math.ceil(total / 2)
  const part = (wanted: (index: number) => boolean) => {
    let index = 0
    return select(request, 0, () => wanted(index++))
  }
  const first = part((index) => index < middle)
  const second = part((index) => index >= middle)
  return first && second ? [first, second] : undefined
}
