import type { DescMethod } from '@bufbuild/protobuf'
import type { HandlerContext } from '@connectrpc/connect'
import { PurserError } from '@purser/kernel'
import {
  type HistogramMetric,
  type Logger,
  type Metrics,
  type Span,
  type Tracing,
  traceContextOf,
} from '@purser/runtime'
import { DIRECT_PROTOCOL } from './direct-context.ts'
import { toPurserError } from './error-mapping.ts'
import { principalOf } from './principal.ts'
import { requestIdOf } from './request-id.ts'

export type ObserverOptions = {
  log: Logger
  metrics: Metrics
  tracing: Tracing
  /** Logs every call at `info`; otherwise only failures of the platform itself are logged. */
  logCalls: boolean
}

/** One observed call. Exactly one of the observer's `succeed` and `fail` ends it. */
export type ObservedCall = {
  readonly context: HandlerContext
  /** Undefined while tracing is off. */
  readonly span: Span | undefined
  /** By `performance.now`. */
  readonly startedMs: number
}

type DurationLabel = 'service' | 'method' | 'code'

/**
 * Measures, traces and logs the calls of one method: the histogram `rpc_server_duration_seconds` by
 * service, method and code (`ok` or the error's code), a server span, and log lines. An internal
 * error is logged once with its cause and the request id, which also goes to the caller in
 * `details`.
 */
export class MethodObserver {
  readonly #method: DescMethod
  readonly #options: ObserverOptions
  readonly #histogram: HistogramMetric<DurationLabel>
  readonly #durations = new Map<string, { observe(seconds: number): void }>()

  constructor(method: DescMethod, options: ObserverOptions) {
    this.#method = method
    this.#options = options
    this.#histogram = options.metrics.histogram(
      'rpc_server_duration_seconds',
      'Duration of calls by service, method and code',
      ['service', 'method', 'code'],
    )
  }

  begin(context: HandlerContext): ObservedCall {
    const startedMs = performance.now()
    const span = this.#options.tracing.enabled ? this.#startSpan(context) : undefined
    return { context, span, startedMs }
  }

  succeed(call: ObservedCall): void {
    this.#end(call, 'ok')
  }

  /** Ends the call and returns what the caller may see of `thrown`. */
  fail(call: ObservedCall, thrown: unknown): PurserError {
    const error = this.#expose(call.context, thrown)
    call.span?.fail(error)
    this.#end(call, error.code)
    return error
  }

  #startSpan(context: HandlerContext): Span {
    const parent =
      context.protocolName === DIRECT_PROTOCOL ? undefined : traceContextOf(context.requestHeader)
    const service = this.#method.parent.typeName
    const attributes = {
      'rpc.system': context.protocolName,
      'rpc.service': service,
      'rpc.method': this.#method.name,
    }
    const name = `${service}/${this.#method.name}`
    return this.#options.tracing.startSpan(name, attributes, { kind: 'server', parent })
  }

  #end({ context, span, startedMs }: ObservedCall, code: string): void {
    const durationMs = performance.now() - startedMs
    this.#durationOf(code).observe(durationMs / 1000)
    span?.end()
    if (this.#options.logCalls) {
      this.#options.log.info({ ...this.#logFields(context), code, durationMs }, 'call')
    }
  }

  /** Looking a label set up costs more than observing it. */
  #durationOf(code: string) {
    const known = this.#durations.get(code)
    if (known) return known
    const service = this.#method.parent.typeName
    const duration = this.#histogram.labels({ service, method: this.#method.name, code })
    this.#durations.set(code, duration)
    return duration
  }

  #expose(context: HandlerContext, thrown: unknown): PurserError {
    // Read lazily: asking a direct context for its signal creates one.
    const isAbort = thrown instanceof Error && thrown.name === 'AbortError'
    const error = toPurserError(thrown, isAbort ? context.signal : undefined)
    const alreadyTold = 'request_id' in error.details
    if (error.kind !== 'internal' || alreadyTold) return error
    const requestId = requestIdOf(context)
    this.#options.log.error({ ...this.#logFields(context), err: thrown }, 'call failed')
    return new PurserError(error.code, error.message, {
      cause: error.cause ?? error,
      details: { ...error.details, request_id: requestId },
    })
  }

  #logFields(context: HandlerContext): object {
    const { kind, id, tenant } = principalOf(context)
    return {
      service: this.#method.parent.typeName,
      method: this.#method.name,
      protocol: context.protocolName,
      requestId: requestIdOf(context),
      caller: `${kind}:${id}`,
      tenant,
    }
  }
}
