import type { CallOptions, HandlerContext } from '@connectrpc/connect'
import { DirectContext } from './direct-context.ts'
import { callValues, type Principal, principalOf } from './principal.ts'
import { requestIdOf } from './request-id.ts'

export type ServiceCallOptions = {
  /** `['*']` unless given: services trust each other as far as the methods they may reach. */
  permissions?: readonly string[]
  /**
   * The running call on whose behalf this one is made: its deadline, signal and request id go on.
   */
  context?: HandlerContext
  requestId?: string
  timeoutMs?: number
  signal?: AbortSignal
}

/**
 * Options of a call that a service makes in its own name: `asService('billing', 'acme')`. `tenant`
 * is the tenant it acts for, or `*` for work over all tenants.
 */
export function asService(
  name: string,
  tenant: string,
  options: ServiceCallOptions = {},
): CallOptions {
  const { context, permissions = ['*'] } = options
  const principal: Principal = { kind: 'service', id: name, tenant, permissions }
  const requestId = options.requestId ?? (context ? requestIdOf(context) : '')
  return {
    ...(context ? boundsOf(context) : {}),
    ...(options.timeoutMs === undefined ? {} : { timeoutMs: options.timeoutMs }),
    ...(options.signal ? { signal: options.signal } : {}),
    contextValues: callValues(principal, requestId),
  }
}

/**
 * Options of a call made on behalf of the caller of `context`: the same principal and request id,
 * the same signal, the time that remains of the deadline. The trace follows by itself.
 */
export function forward(context: HandlerContext): CallOptions {
  return {
    ...boundsOf(context),
    contextValues: callValues(principalOf(context), requestIdOf(context)),
  }
}

/** An expired deadline goes on as 1 ms, because Connect reads 0 as "no deadline". */
function boundsOf(context: HandlerContext): Pick<CallOptions, 'signal' | 'timeoutMs'> {
  const remainingMs = context.timeoutMs()
  const signal = context instanceof DirectContext ? context.boundSignal() : context.signal
  return {
    ...(signal ? { signal } : {}),
    ...(remainingMs === undefined ? {} : { timeoutMs: Math.max(1, Math.ceil(remainingMs)) }),
  }
}
