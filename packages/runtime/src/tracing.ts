import type { TraceContext } from './trace-context.ts'

export type SpanAttributes = Record<string, string | number | boolean>

export type SpanKind = 'internal' | 'server' | 'client' | 'producer' | 'consumer'

export type SpanOptions = {
  /** `internal` unless given. */
  kind?: SpanKind
  /** A parent from another process; the active span unless given. */
  parent?: TraceContext | undefined
}

/**
 * A running span that its owner ends. `withSpan` is the better choice where one function covers it.
 */
export type Span = {
  set(attributes: SpanAttributes): void
  /** Calls `work` with this span active, so that spans started inside become its children. */
  run<Result>(work: () => Result): Result
  /** Marks the span as failed by `error`. */
  fail(error: unknown): void
  end(): void
}

/**
 * Spans of one process. Switched off it costs one function call a span, and `enabled` lets a hot
 * path skip even building the attributes.
 */
export type Tracing = {
  readonly enabled: boolean
  /** Runs `work` in a span that ends with it; a rejection is recorded and passed on. */
  withSpan<Result>(
    name: string,
    attributes: SpanAttributes,
    work: (span: Span) => Promise<Result>,
    options?: SpanOptions,
  ): Promise<Result>
  startSpan(name: string, attributes: SpanAttributes, options?: SpanOptions): Span
  /** What to send along with an outgoing call or message; undefined outside a span. */
  current(): TraceContext | undefined
  /** `{ traceId, spanId }` of the active span for log lines, or an empty object. */
  logFields(): object
  /** Exports what is still buffered. */
  stop(): Promise<void>
}

const noSpan: Span = {
  set: () => undefined,
  run: (work) => work(),
  fail: () => undefined,
  end: () => undefined,
}

/** Tracing switched off. */
export const noTracing: Tracing = {
  enabled: false,
  withSpan: (_name, _attributes, work) => work(noSpan),
  startSpan: () => noSpan,
  current: () => undefined,
  logFields: () => ({}),
  stop: async () => undefined,
}

export type TracingOptions = {
  /** `service.name` of every span. */
  serviceName: string
  /** OBSERVABILITY_DISABLED: no spans whatever else is set. */
  disabled: boolean
  /** OTEL_TRACES_EXPORTER; unset: `otlp` when there is an endpoint, otherwise `none`. */
  exporter: 'otlp' | 'console' | 'none' | undefined
  /** OTEL_EXPORTER_OTLP_ENDPOINT; `http://localhost:4318` unless given. */
  otlpEndpoint: string | undefined
  /** Share of the traces started here that are recorded, 0 to 1. A remote parent's choice wins. */
  sampleRatio: number
}

/**
 * Opens tracing as configured. The OpenTelemetry packages are loaded here and only when spans go
 * somewhere, because they cost about 90 ms of start-up time.
 */
export async function createTracing(options: TracingOptions): Promise<Tracing> {
  const exporter = options.exporter ?? (options.otlpEndpoint ? 'otlp' : 'none')
  if (options.disabled || exporter === 'none') return noTracing
  const { openTelemetryTracing } = await import('./open-telemetry-tracing.ts')
  return openTelemetryTracing({ ...options, exporter })
}
