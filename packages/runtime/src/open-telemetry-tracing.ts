import {
  type Context,
  createTraceState,
  ROOT_CONTEXT,
  type Span as OtelSpan,
  SpanKind as OtelSpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { resourceFromAttributes } from '@opentelemetry/resources'
import {
  BasicTracerProvider,
  BatchSpanProcessor,
  ConsoleSpanExporter,
  ParentBasedSampler,
  SimpleSpanProcessor,
  type SpanProcessor,
  TraceIdRatioBasedSampler,
} from '@opentelemetry/sdk-trace-base'
import { isPurserError } from '@purser/kernel'
import { formatTraceparent, parseTraceparent, type TraceContext } from './trace-context.ts'
import type { Span, SpanKind, Tracing, TracingOptions } from './tracing.ts'

type OpenOptions = TracingOptions & { exporter: 'otlp' | 'console' }

const otelKinds = {
  internal: OtelSpanKind.INTERNAL,
  server: OtelSpanKind.SERVER,
  client: OtelSpanKind.CLIENT,
  producer: OtelSpanKind.PRODUCER,
  consumer: OtelSpanKind.CONSUMER,
} satisfies Record<SpanKind, OtelSpanKind>

/**
 * Tracing on an OpenTelemetry provider and context manager of its own. Nothing is registered
 * globally, so several can live in one process and a test leaves nothing behind.
 */
export async function openTelemetryTracing(options: OpenOptions): Promise<Tracing> {
  const contexts = new AsyncLocalStorageContextManager().enable()
  const provider = new BasicTracerProvider({
    resource: resourceFromAttributes({ 'service.name': options.serviceName }),
    sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(options.sampleRatio) }),
    spanProcessors: [await createProcessor(options)],
  })
  const tracer = provider.getTracer('purser')
  const activeSpan = () => trace.getSpanContext(contexts.active())

  const startSpan: Tracing['startSpan'] = (name, attributes, spanOptions = {}) => {
    const parent = remoteParent(spanOptions.parent) ?? contexts.active()
    const kind = otelKinds[spanOptions.kind ?? 'internal']
    const span = tracer.startSpan(name, { attributes, kind }, parent)
    return wrapSpan(span, contexts, trace.setSpan(parent, span))
  }

  return {
    enabled: true,
    startSpan,
    async withSpan(name, attributes, work, spanOptions) {
      const span = startSpan(name, attributes, spanOptions)
      try {
        return await span.run(() => work(span))
      } catch (error) {
        span.fail(error)
        throw error
      } finally {
        span.end()
      }
    },
    current() {
      const span = activeSpan()
      if (!span) return undefined
      const tracestate = span.traceState?.serialize()
      return { traceparent: formatTraceparent(span), ...(tracestate ? { tracestate } : {}) }
    },
    logFields() {
      const span = activeSpan()
      return span ? { traceId: span.traceId, spanId: span.spanId } : {}
    },
    async stop() {
      await provider.shutdown()
      contexts.disable()
    },
  }
}

function wrapSpan(span: OtelSpan, contexts: AsyncLocalStorageContextManager, own: Context): Span {
  return {
    set: (attributes) => void span.setAttributes(attributes),
    run: (work) => contexts.with(own, work),
    fail(error) {
      span.setAttribute('error.type', isPurserError(error) ? error.code : errorName(error))
      span.setStatus({ code: SpanStatusCode.ERROR })
      if (error instanceof Error) span.recordException(error)
    },
    end: () => span.end(),
  }
}

function remoteParent(remote: TraceContext | undefined): Context | undefined {
  const parent = remote && parseTraceparent(remote.traceparent)
  if (!parent) return undefined
  const traceState = remote.tracestate ? { traceState: createTraceState(remote.tracestate) } : {}
  return trace.setSpanContext(ROOT_CONTEXT, { ...parent, ...traceState, isRemote: true })
}

function errorName(error: unknown): string {
  return error instanceof Error ? error.name : typeof error
}

async function createProcessor(options: OpenOptions): Promise<SpanProcessor> {
  if (options.exporter === 'console') return new SimpleSpanProcessor(new ConsoleSpanExporter())
  const { OTLPTraceExporter } = await import('@opentelemetry/exporter-trace-otlp-http')
  const endpoint = options.otlpEndpoint ?? 'http://localhost:4318'
  const url = `${endpoint.replace(/\/+$/, '')}/v1/traces`
  return new BatchSpanProcessor(new OTLPTraceExporter({ url }))
}
