import { newId } from '@purser/kernel'
import type { OrderRefund } from '../domain/order.ts'
import { sharesOf, takeFrom } from '../domain/order-money.ts'
import { listExchanges } from '../store/exchange.ts'
import { insertRefund, listRefunds } from '../store/order-work.ts'
import type { Change } from './change-order.ts'

/**
 * Opens refunds of an amount in minor units, one for each payment that it came by: one, but for an order that
 * replaces goods of another. None for 0. For orders that are locked; the amount is at most `refundableMinor`.
 */
export async function giveBack(
  { tx, tenant, order, at: createdAt }: Omit<Change, 'cause'>,
  { amountMinor, reason }: { amountMinor: bigint; reason: string },
): Promise<OrderRefund[]> {
  if (amountMinor === 0n) return []
  const { orderId, paymentId, currency } = order
  const parts =
    order.creditMinor === 0n
      ? [{ paymentId, amountMinor }]
      : takeFrom(sharesOf(order, await movesOf({ tx, tenant, order })), amountMinor)
  const open = { orderId, currency, reason, state: 'open' as const, failureCode: '', createdAt }
  const refunds = parts.map((part) => ({ ...open, ...part, refundId: newId('ref') }))
  for (const refund of refunds) await insertRefund(tx, tenant, refund)
  return refunds
}

/** What has become of an order's money so far. */
export async function movesOf({ tx, tenant, order }: Pick<Change, 'tx' | 'tenant' | 'order'>) {
  const { orderId } = order
  const refunds = await listRefunds(tx, tenant, orderId)
  return { refunds, exchanges: await listExchanges(tx, tenant, orderId) }
}
