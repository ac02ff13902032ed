import { type JsonObject, publish } from '@purser/events'
import type { Tx } from '@purser/postgres'
import type { Order, OrderExchange } from './domain/order.ts'
import { sumOfShares } from './domain/order-money.ts'

/**
 * `order.confirmed`, once, when an order is paid and its goods are its own: `{ order_id, number,
 * user_id, account_id, payment_id, total, lines: [{ kind, item_id, title,
 * quantity, paid, subscription_id }] }`. `number` and `amount_cents` are integers as texts.
 */
export async function publishOrderConfirmed(tx: Tx, tenantId: string, order: Order): Promise<void> {
  await publishOf(tx, tenantId, order, 'order.confirmed', {
    lines: order.lines.map((line) => ({
      kind: line.kind,
      item_id: line.itemId,
      title: line.title,
      quantity: line.quantity,
      paid: moneyOf(line.paidMinor, order.currency),
      subscription_id: line.subscriptionId,
    })),
  })
}

/** `order.canceled`: as `order.confirmed`, without lines. */
export async function publishOrderCanceled(tx: Tx, tenantId: string, order: Order): Promise<void> {
  await publishOf(tx, tenantId, order, 'order.canceled', {})
}

/** `order.refunded`, when money went back: also `refund_id`, `refunded` and whether nothing is left. */
export async function publishOrderRefunded(
  tx: Tx,
  tenantId: string,
  order: Order,
  { refundId, amountMinor }: { refundId: string; amountMinor: bigint },
): Promise<void> {
  await publishOf(tx, tenantId, order, 'order.refunded', {
    refund_id: refundId,
    refunded: moneyOf(amountMinor, order.currency),
    is_full: order.refundedMinor === order.paidMinor,
  })
}

/**
 * `order.exchanged`, when goods of an order came back and another order replaces them: also `exchange_id`,
 * `replacement_id`, `return_id`, `value`, which was to be paid back for them, and `credited` of it, which pays
 * for the replacement.
 */
export async function publishOrderExchanged(
  tx: Tx,
  tenantId: string,
  order: Order,
  { exchangeId, replacementId, returnId, valueMinor, credits }: OrderExchange,
): Promise<void> {
  await publishOf(tx, tenantId, order, 'order.exchanged', {
    exchange_id: exchangeId,
    replacement_id: replacementId,
    return_id: returnId,
    value: moneyOf(valueMinor, order.currency),
    credited: moneyOf(sumOfShares(credits), order.currency),
  })
}

async function publishOf(
  tx: Tx,
  tenantId: string,
  order: Order,
  subject: string,
  more: JsonObject,
): Promise<void> {
  const { orderId, number, userId, accountId, paymentId, totalMinor, currency } = order
  const payload = {
    order_id: orderId,
    number: number.toString(),
    user_id: userId,
    account_id: accountId,
    payment_id: paymentId,
    total: moneyOf(totalMinor, currency),
    ...more,
  }
  await publish(tx, [{ tenantId, subject, occurredAt: order.updatedAt, payload }])
}

function moneyOf(amountMinor: bigint, currency: string) {
  return { amount_cents: amountMinor.toString(), currency }
}
