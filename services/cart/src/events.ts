import { publish } from '@purser/events'
import type { Tx } from '@purser/postgres'
import type { ExpiredCart } from './store/expiry.ts'

/**
 * `cart.abandoned`, when a cart with something in it expires: `{ cart_id, user_id, currency, unit_count }`.
 * `user_id` is empty for a guest's; `unit_count` is an integer from 1.
 */
export async function publishCartsAbandoned(
  tx: Tx,
  tenantId: string,
  carts: readonly ExpiredCart[],
  occurredAt: Temporal.Instant,
): Promise<void> {
  const events = carts
    .filter(({ unitCount }) => unitCount > 0n)
    .map(({ cartId, userId, currency, unitCount }) => ({
      tenantId,
      subject: 'cart.abandoned',
      occurredAt,
      // A hundred lines of at most five digits.
      payload: { cart_id: cartId, user_id: userId, currency, unit_count: Number(unitCount) },
    }))
  if (events.length > 0) await publish(tx, events)
}
