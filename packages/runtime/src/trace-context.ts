/** W3C Trace Context as it travels in HTTP headers and message headers. */
export type TraceContext = { traceparent: string; tracestate?: string }

export type TraceParent = { traceId: string; spanId: string; traceFlags: number }

// version "-" trace-id "-" parent-id "-" flags; later versions may append more fields.
const pattern = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/

/**
 * Parses a `traceparent` header; undefined when it is not one. Version ff, all-zero ids and, in
 * version 00, trailing fields are refused
 * (https://www.w3.org/TR/trace-context/#traceparent-header).
 */
export function parseTraceparent(text: string): TraceParent | undefined {
  const [, version, traceId, spanId, flags, rest] = pattern.exec(text) ?? []
  if (!version || !traceId || !spanId || !flags || version === 'ff') return undefined
  if (version === '00' && rest !== undefined) return undefined
  if (/^0+$/.test(traceId) || /^0+$/.test(spanId)) return undefined
  return { traceId, spanId, traceFlags: Number.parseInt(flags, 16) }
}

/** Writes version 00. */
export function formatTraceparent({ traceId, spanId, traceFlags }: TraceParent): string {
  return `00-${traceId}-${spanId}-${(traceFlags & 0xff).toString(16).padStart(2, '0')}`
}

/** The trace context of incoming headers, undefined without a valid `traceparent`. */
export function traceContextOf(headers: Headers): TraceContext | undefined {
  const traceparent = headers.get('traceparent')
  if (!traceparent || !parseTraceparent(traceparent)) return undefined
  const tracestate = headers.get('tracestate')
  return tracestate ? { traceparent, tracestate } : { traceparent }
}
