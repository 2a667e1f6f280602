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
