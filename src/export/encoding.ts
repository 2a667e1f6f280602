import type { Attributes } from "@opentelemetry/api"
import { ProtobufTraceSerializer } from "@opentelemetry/otlp-transformer"
import type { ReadableSpan } from "@opentelemetry/sdk-trace-base"

/** Spans as the body of one OTLP/HTTP request (`ExportTraceServiceRequest`, protobuf, not compressed). */
export interface Batch {
  readonly bytes: Uint8Array
  readonly spans: number
}

/** Ids, times, kind, status and the framing of a span, roughly. */
const SPAN_OVERHEAD_BYTES = 128
const VALUE_OVERHEAD_BYTES = 12

function valueBytes(value: unknown): number {
  if (typeof value === "string") return Buffer.byteLength(value)
  if (Array.isArray(value)) return value.reduce<number>((sum, item) => sum + valueBytes(item), 0)
  return 8
}

function attributeBytes(attributes: Attributes | undefined): number {
  if (!attributes) return 0
  let bytes = 0
  for (const [key, value] of Object.entries(attributes)) {
    bytes += key.length + valueBytes(value) + VALUE_OVERHEAD_BYTES
  }
  return bytes
}

/** Serialised size of a span in bytes, estimated from its names and attributes, without serialising it. */
export function estimateBytes(span: ReadableSpan): number {
  let bytes = SPAN_OVERHEAD_BYTES + Buffer.byteLength(span.name) + attributeBytes(span.attributes)
  for (const event of span.events)
    bytes += Buffer.byteLength(event.name) + 16 + attributeBytes(event.attributes)
  for (const link of span.links) bytes += 48 + attributeBytes(link.attributes)
  return bytes
}

function tryEncode(spans: readonly ReadableSpan[]): Batch | undefined {
  try {
    const bytes = ProtobufTraceSerializer.serializeRequest([...spans])
    // The serialiser's buffer is as large as its guess: copy, so that a kept batch holds its own bytes only.
    return bytes && { bytes: bytes.slice(), spans: spans.length }
  } catch {
    return undefined
  }
}

/**
 * Serialises spans with the serialiser of the stock OTLP exporter. A span that makes it throw does
 * not take its batch along: each is tried alone then, and only those at fault are `lost`.
 */
export function encode(spans: readonly ReadableSpan[]): { batches: readonly Batch[]; lost: number } {
  if (spans.length === 0) return { batches: [], lost: 0 }
  const whole = tryEncode(spans)
  if (whole) return { batches: [whole], lost: 0 }
  const batches = spans.map((span) => tryEncode([span])).filter((batch) => batch !== undefined)
  return { batches, lost: spans.length - batches.length }
}

/*
 * The rest looks into a serialised `ExportTraceServiceRequest`, with just enough of protobuf: how many
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
