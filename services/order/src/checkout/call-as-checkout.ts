import type { CallOptions } from '@connectrpc/connect'
import { asService } from '@purser/rpc'
import type { OrderContext } from '../context.ts'

/**
 * Options of a call that a checkout makes: in the service's own name, and never given up because the
 * shopper leaves, as nobody would know then what it did.
 */
export function asCheckout({ callTimeoutMs }: OrderContext, tenant: string): CallOptions {
  return asService('order', tenant, { timeoutMs: callTimeoutMs })
}
