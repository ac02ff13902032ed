import { type ContextKey, createContextKey, type HandlerContext } from '@connectrpc/connect'
import { CallValues } from './call-values.ts'

export type PrincipalKind = 'api_key' | 'user' | 'service' | 'anonymous'

/**
 * Who makes a call. `tenant` is the one tenant it may act for; `*` (services alone) means any.
 * `permissions` are `*`, exact names such as `billing.runs.write`, or `billing.*`,
 * `billing.runs.*`.
 */
export type Principal = {
  readonly kind: PrincipalKind
  readonly id: string
  readonly tenant: string
  readonly permissions: readonly string[]
}

export const anonymous: Principal = { kind: 'anonymous', id: '', tenant: '', permissions: [] }

/**
 * Where the principal of a call lives: set by the caller in process, by the host for the network.
 */
export const principalKey: ContextKey<Principal> = createContextKey<Principal>(anonymous, {
  description: 'purser principal',
})

/** Where the id of the request that a call belongs to lives. */
export const requestIdKey: ContextKey<string> = createContextKey('', {
  description: 'purser request id',
})

/** The verified caller of the running method; `anonymous` on public methods without credentials. */
export function principalOf(context: HandlerContext): Principal {
  return context.values.get(principalKey)
}

/** Context values of one call, ready for `CallOptions.contextValues`. */
export function callValues(principal: Principal, requestId: string) {
  const values = new CallValues().set(principalKey, principal)
  return requestId === '' ? values : values.set(requestIdKey, requestId)
}
