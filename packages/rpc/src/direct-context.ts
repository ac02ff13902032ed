import { setImmediate } from 'node:timers'
import type { DescMethod, DescService } from '@bufbuild/protobuf'
import type { ContextValues, HandlerContext } from '@connectrpc/connect'
import { PurserError } from '@purser/kernel'
import { CallValues } from './call-values.ts'
import { abortReason } from './error-mapping.ts'

type HeadersLike = ConstructorParameters<typeof Headers>[0]

/** `HandlerContext.protocolName` of calls in process: their context values can be trusted. */
export const DIRECT_PROTOCOL = 'direct'

/** What most calls in process answer beside their message; nothing may be added. */
const noHeaders = new Headers()

// One for all calls: an exception with its stack costs more than a call.
const callEnded = new DOMException('the call has ended', 'AbortError')

const starting: (() => void)[] = []

/**
 * Calls back when this turn of the event loop ends. Whoever aborts a call does so in a later one, or is seen at the
 * end of this one, so that calls which are answered at once need not listen: that would cost 1.5 µs each.
 */
function atEndOfTurn(callback: () => void): void {
  if (starting.push(callback) > 1) return
  setImmediate(() => {
    for (const start of starting.splice(0)) start()
  })
}

/**
 * The context of a call in process. Headers, signal and timer are made when they are first used:
 * most calls use none of them, and each would cost more than the call itself.
 */
export class DirectContext implements HandlerContext {
  readonly method: DescMethod
  readonly values: ContextValues
  readonly requestMethod = 'POST'
  readonly protocolName = DIRECT_PROTOCOL
  readonly #sentHeader: HeadersLike
  readonly #upstream: AbortSignal | undefined
  readonly #deadlineMs: number | undefined
  #controller: AbortController | undefined
  #timer: NodeJS.Timeout | undefined
  #onUpstream: (() => void) | undefined
  #requestHeader: Headers | undefined
  #responseHeader: Headers | undefined
  /** Set by `tellHeaders`, until somebody asks for all as `Headers`. */
  #toldHeaders: Record<string, string> | undefined
  #responseTrailer: Headers | undefined

  /** `timeoutMs` of 0 or less means no deadline, as in Connect's clients. */
  constructor(
    method: DescMethod,
    upstream: AbortSignal | undefined,
    timeoutMs: number | undefined,
    header: HeadersLike,
    values: ContextValues | undefined,
  ) {
    this.method = method
    this.values = new CallValues(values)
    this.#sentHeader = header
    this.#upstream = upstream
    if (timeoutMs !== undefined && timeoutMs > 0) {
      this.#deadlineMs = performance.now() + timeoutMs
      const expire = () =>
        this.#abort(new PurserError('request.deadline_exceeded', 'the deadline passed'))
      this.#timer = setTimeout(expire, timeoutMs)
    }
  }

  get service(): DescService {
    return this.method.parent
  }

  get url(): string {
    return `direct:///${this.method.parent.typeName}/${this.method.name}`
  }

  get signal(): AbortSignal {
    this.#controller ??= this.#follow(new AbortController())
    return this.#controller.signal
  }

  get requestHeader(): Headers {
    this.#requestHeader ??= new Headers(this.#sentHeader)
    return this.#requestHeader
  }

  get responseHeader(): Headers {
    this.#responseHeader ??= new Headers(this.#toldHeaders)
    return this.#responseHeader
  }

  /** What the method answered beside its message. To be read alone: most calls answer nothing, and share one. */
  get answeredHeader(): Headers {
    return this.#toldHeaders === undefined
      ? (this.#responseHeader ?? noHeaders)
      : this.responseHeader
  }

  /** The same as names and values, without making `Headers` of them. */
  get answeredPairs(): Iterable<[string, string]> {
    return this.#responseHeader ?? (this.#toldHeaders ? Object.entries(this.#toldHeaders) : [])
  }

  /** Sets headers, see `tellHeaders`. */
  tellHeaders(headers: Record<string, string>): void {
    if (this.#responseHeader === undefined) {
      this.#toldHeaders = this.#toldHeaders ? { ...this.#toldHeaders, ...headers } : headers
    } else for (const name in headers) this.#responseHeader.set(name, headers[name] as string)
  }

  get responseTrailer(): Headers {
    this.#responseTrailer ??= new Headers()
    return this.#responseTrailer
  }

  /** Milliseconds left; undefined without a deadline. */
  readonly timeoutMs = (): number | undefined =>
    this.#deadlineMs === undefined ? undefined : this.#deadlineMs - performance.now()

  /** What can abort this call before it ends by itself; nothing more is made for it than a deadline needs. */
  boundSignal(): AbortSignal | undefined {
    return this.#deadlineMs === undefined ? this.#upstream : this.signal
  }

  /** Before a method is called: nothing starts for a caller who has already left. */
  throwIfAborted(): void {
    const signal = this.#controller?.signal ?? this.#upstream
    if (signal?.aborted) throw abortReason(signal)
  }

  /** `work`, or the reason of the abort if that comes first. The abandoned work runs on. */
  race<Result>(work: Promise<Result>): Promise<Result> {
    const signal = this.boundSignal()
    if (!signal) return work
    return new Promise((resolve, reject) => {
      let state: 'new' | 'listening' | 'settled' = 'new'
      const onAbort = () => reject(abortReason(signal))
      if (signal.aborted) onAbort()
      else {
        atEndOfTurn(() => {
          if (state === 'settled') return
          if (signal.aborted) return onAbort()
          state = 'listening'
          signal.addEventListener('abort', onAbort)
        })
      }
      // Settling comes after the removal, so that the end of the call never looks like an abort.
      const settle = <Value>(end: (value: Value) => void) => {
        return (value: Value) => {
          if (state === 'listening') signal.removeEventListener('abort', onAbort)
          state = 'settled'
          end(value)
        }
      }
      work.then(settle(resolve), settle(reject))
    })
  }

  /** Ends the call: timers and listeners go, and the signal tells whoever still works for it. */
  finish(): void {
    if (this.#timer !== undefined) clearTimeout(this.#timer)
    if (this.#onUpstream) this.#upstream?.removeEventListener('abort', this.#onUpstream)
    this.#controller?.abort(callEnded)
  }

  #abort(reason: PurserError): void {
    this.#controller ??= new AbortController()
    this.#controller.abort(reason)
  }

  /** The controller, aborted when the caller's signal is. */
  #follow(controller: AbortController): AbortController {
    const upstream = this.#upstream
    if (!upstream) return controller
    if (upstream.aborted) controller.abort(abortReason(upstream))
    this.#onUpstream = () => controller.abort(abortReason(upstream))
    upstream.addEventListener('abort', this.#onUpstream)
    return controller
  }
}

/**
 * Sets headers of an answer, names in lower case. As `call.responseHeader.set`, but that calls in process hand them on
 * as they are, checked by whoever writes them: to make, check, sort and read eight as `Headers` took 4 µs, and takes 1.
 */
export function tellHeaders(call: HandlerContext, headers: Record<string, string>): void {
  if (call instanceof DirectContext) return call.tellHeaders(headers)
  for (const [name, value] of Object.entries(headers)) call.responseHeader.set(name, value)
}
