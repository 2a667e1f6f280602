// Decodes OTLP trace requests (protobuf) into plain spans that tests can compare.
import protobuf from "protobufjs"
import { type Json, list, record, string } from "./json.ts"

export type SpanKind = "UNSPECIFIED" | "INTERNAL" | "SERVER" | "CLIENT" | "PRODUCER" | "CONSUMER"
export type SpanStatus = "UNSET" | "OK" | "ERROR"
export type ReceivedEvent = { name: string; timeMs: number; attributes: Json }
export type ReceivedLink = { traceId: string; spanId: string; attributes: Json }

/** A span as it arrived. Ids are lower-case hex, times epoch milliseconds with fractions. */
export type ReceivedSpan = {
  name: string
  traceId: string
  spanId: string
  parentSpanId: string | undefined
  kind: SpanKind
  startMs: number
  endMs: number
  status: SpanStatus
  statusMessage: string
  attributes: Json
  events: ReceivedEvent[]
  links: ReceivedLink[]
  resource: Json
  scope: { name: string; version: string }
}

/** The messages of `opentelemetry/proto/collector/trace/v1` (OTLP 1.x), without the fields that no test reads. */
const SCHEMA = `
syntax = "proto3";
message ExportTraceServiceRequest { repeated ResourceSpans resource_spans = 1; }
message ExportTraceServiceResponse { ExportTracePartialSuccess partial_success = 1; }
message ExportTracePartialSuccess { int64 rejected_spans = 1; string error_message = 2; }
message ResourceSpans { Resource resource = 1; repeated ScopeSpans scope_spans = 2; }
message Resource { repeated KeyValue attributes = 1; }
message ScopeSpans { InstrumentationScope scope = 1; repeated Span spans = 2; }
message InstrumentationScope { string name = 1; string version = 2; }
message Span {
  bytes trace_id = 1;
  bytes span_id = 2;
  string trace_state = 3;
  bytes parent_span_id = 4;
  string name = 5;
  int32 kind = 6;
  fixed64 start_time_unix_nano = 7;
  fixed64 end_time_unix_nano = 8;
  repeated KeyValue attributes = 9;
  repeated Event events = 11;
  repeated Link links = 13;
  Status status = 15;
  fixed32 flags = 16;
  message Event { fixed64 time_unix_nano = 1; string name = 2; repeated KeyValue attributes = 3; }
  message Link { bytes trace_id = 1; bytes span_id = 2; string trace_state = 3; repeated KeyValue attributes = 4; }
}
message Status { string message = 2; int32 code = 3; }
message KeyValue { string key = 1; AnyValue value = 2; }
message KeyValueList { repeated KeyValue values = 1; }
message ArrayValue { repeated AnyValue values = 1; }
message AnyValue {
  oneof value {
    string string_value = 1;
    bool bool_value = 2;
    int64 int_value = 3;
    double double_value = 4;
    ArrayValue array_value = 5;
    KeyValueList kvlist_value = 6;
    bytes bytes_value = 7;
  }
}`

const KINDS: SpanKind[] = ["UNSPECIFIED", "INTERNAL", "SERVER", "CLIENT", "PRODUCER", "CONSUMER"]
const STATUSES: SpanStatus[] = ["UNSET", "OK", "ERROR"]

function hex(value: unknown): string {
  return value instanceof Uint8Array ? Buffer.from(value).toString("hex") : ""
}

/** Nanoseconds as a decimal string → milliseconds, exact to a microsecond. */
function millis(value: unknown): number {
  const nanos = BigInt(string(value) ?? "0")
  return Number(nanos / 1_000n) / 1_000
}

function plain(any: unknown): unknown {
  const value = record(any)
  if (value.arrayValue !== undefined) return list(record(value.arrayValue).values).map(plain)
  if (value.kvlistValue !== undefined) return attributesOf(record(value.kvlistValue).values)
  if (value.intValue !== undefined) return Number(value.intValue)
  return value.stringValue ?? value.boolValue ?? value.doubleValue ?? value.bytesValue
}

/** Key-value pairs as an object. A key that comes twice is a fault of the sender and throws. */
function attributesOf(pairs: unknown): Json {
  const attributes: Json = {}
  for (const pair of list(pairs).map(record)) {
    const key = string(pair.key) ?? ""
    if (key in attributes) throw new Error(`attribute ${key} was sent twice`)
    attributes[key] = plain(pair.value)
  }
  return attributes
}

function spanOf(value: unknown, resource: Json, scope: ReceivedSpan["scope"]): ReceivedSpan {
  const span = record(value)
  const status = record(span.status)
  return {
    name: string(span.name) ?? "",
    traceId: hex(span.traceId),
    spanId: hex(span.spanId),
    parentSpanId: hex(span.parentSpanId) || undefined,
    kind: KINDS[Number(span.kind ?? 0)] ?? "UNSPECIFIED",
    startMs: millis(span.startTimeUnixNano),
    endMs: millis(span.endTimeUnixNano),
    status: STATUSES[Number(status.code ?? 0)] ?? "UNSET",
    statusMessage: string(status.message) ?? "",
    attributes: attributesOf(span.attributes),
    events: list(span.events)
      .map(record)
      .map((event) => ({
        name: string(event.name) ?? "",
        timeMs: millis(event.timeUnixNano),
        attributes: attributesOf(event.attributes),
      })),
    links: list(span.links)
      .map(record)
      .map((link) => ({
        traceId: hex(link.traceId),
        spanId: hex(link.spanId),
        attributes: attributesOf(link.attributes),
      })),
    resource,
    scope,
  }
}

export type OtlpCodec = {
  /** The spans of an `ExportTraceServiceRequest`. Throws when the bytes are not one. */
  decode(bytes: Uint8Array): ReceivedSpan[]
  /** An `ExportTraceServiceResponse`; without arguments the empty one, which means that all was taken. */
  response(rejectedSpans?: number, errorMessage?: string): Uint8Array
}

/** Compiles the schema; make one for each receiver. */
export function otlpCodec(): OtlpCodec {
  const root = protobuf.parse(SCHEMA).root
  const request = root.lookupType("ExportTraceServiceRequest")
  const response = root.lookupType("ExportTraceServiceResponse")
  return {
    decode(bytes) {
      const message: unknown = request.toObject(request.decode(bytes), { longs: String })
      return list(record(message).resourceSpans).flatMap((entry) => {
        const resourceSpans = record(entry)
        const resource = attributesOf(record(resourceSpans.resource).attributes)
        return list(resourceSpans.scopeSpans).flatMap((inner) => {
          const scopeSpans = record(inner)
          const scope = record(scopeSpans.scope)
          const named = { name: string(scope.name) ?? "", version: string(scope.version) ?? "" }
          return list(scopeSpans.spans).map((span) => spanOf(span, resource, named))
        })
      })
    },
    response(rejectedSpans = 0, errorMessage = "") {
      const partialSuccess = { rejectedSpans, errorMessage }
      const fields = rejectedSpans > 0 || errorMessage ? { partialSuccess } : {}
      return response.encode(response.fromObject(fields)).finish()
    },
  }
}
