import { setTimeout as delay } from 'node:timers/promises'
import type { OrderContext } from '../context.ts'
import type { Checkout } from '../domain/checkout.ts'
import { readCheckout } from './run-checkout.ts'

const FIRST_MS = 5
const LONGEST_MS = 200

/**
 * A checkout once whoever works on it has given it back, or their lease could be over. Holds no
 * connection while it waits. Throws the signal's reason when the caller leaves.
 */
export async function awaitCheckout(
  ctx: OrderContext,
  tenant: string,
  checkout: Checkout,
  signal: AbortSignal,
): Promise<Checkout> {
  let known = checkout
  let waitedMs = 0
  for (let pauseMs = FIRST_MS; known.isLeased && waitedMs < ctx.leaseMs; ) {
    await delay(pauseMs, undefined, { signal })
    waitedMs += pauseMs
    pauseMs = Math.min(pauseMs * 2, LONGEST_MS)
    known = await readCheckout(ctx, tenant, known.checkoutId)
  }
  return known
}
