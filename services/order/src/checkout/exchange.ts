import { assert, isPurserError, newId, PurserError } from '@purser/kernel'
import type { Tx } from '@purser/postgres'
import type { OrderContext } from '../context.ts'
import type { Checkout, CheckoutFacts, Exchange } from '../domain/checkout.ts'
import { type Order, type Share, refundableMinor } from '../domain/order.ts'
import { sharesOf, sumOfShares, takeFrom } from '../domain/order-money.ts'
import type { OrderState } from '../domain/order-state.ts'
import { replaceAlike } from '../domain/replace-alike.ts'
import { publishOrderExchanged } from '../events.ts'
import { settleLater } from '../orders/change-order.ts'
import { giveBack, movesOf } from '../orders/give-back.ts'
import { comingBack, requireFree, takeBack, valueOf } from '../orders/take-back.ts'
import { holdOrder, insertExchange, letOrderGo } from '../store/exchange.ts'
import { findOrder, lockOrder } from '../store/order.ts'
import { failureOf, refused } from './refusal.ts'
import type { StepResult } from './step-result.ts'

/** States in which goods can be exchanged: they left, and their money was not given back as a whole. */
const exchangeable: ReadonlySet<OrderState> = new Set(['shipped', 'delivered', 'completed'])

/** Passes an order whose goods can be exchanged at all. Throws `order.not_exchangeable`. */
export function requireExchangeable({ state }: Order): void {
  if (exchangeable.has(state)) return
  const message = `Goods of an order that is ${state} cannot be exchanged.`
  throw new PurserError('order.not_exchangeable', message, { details: { state } })
}

/**
 * Holds the order whose goods come back, so that neither they nor their money go anywhere else until the exchange
 * has ended, and compares the difference with what was expected. From here on it is what is charged. The same for the same
 * bears the tax that comes back.
 */
export async function holdForExchange(
  tx: Tx,
  tenant: string,
  checkout: Checkout,
): Promise<StepResult> {
  const exchange = exchangeOf(checkout.facts)
  const order = await lockOrder(tx, tenant, exchange.orderId)
  assert(order, 'orders are never removed')
  try {
    requireExchangeable(order)
    requireFree(order)
    const parts = comingBack(order, exchange.back)
    const valueMinor = valueOf(order, parts)
    const alike = replaceAlike(checkout.facts, parts)
    const priced = { ...checkout, facts: { ...checkout.facts, ...alike } }
    const refusal = refusalOfDifference(priced, valueMinor)
    if (refusal) return refusal
    await holdOrder(tx, tenant, order.orderId, checkout.checkoutId)
    const totalMinor = alike.totals?.totalMinor ?? 0n
    const creditMinor = totalMinor < valueMinor ? totalMinor : valueMinor
    const credits = takeFrom(await moneyOf(tx, tenant, order), creditMinor)
    assert(sumOfShares(credits) === creditMinor, 'what is left of an order is that of its payments')
    return { kind: 'done', facts: { ...alike, exchange: { ...exchange, valueMinor, credits } } }
  } catch (error) {
    if (!isPurserError(error)) throw error
    return { kind: 'refused', failure: failureOf(error), inDoubt: false }
  }
}

function refusalOfDifference(
  { facts: { totals, currency }, request }: Checkout,
  valueMinor: bigint,
): StepResult | undefined {
  assert(totals && request, 'a checkout that runs has totals and its request')
  const { expectedTotalMinor, paymentMethod } = request
  const differenceMinor = totals.totalMinor - valueMinor
  if (differenceMinor !== expectedTotalMinor) {
    return refused('order.price_changed', 'The difference is not what was expected.', {
      currency,
      expected_cents: expectedTotalMinor.toString(),
      difference_cents: differenceMinor.toString(),
    })
  }
  if (differenceMinor > 0n && paymentMethod.value === '') {
    return refused('request.invalid', 'The replacement costs more: say what pays the difference.')
  }
  return undefined
}

async function moneyOf(tx: Tx, tenant: string, order: Order): Promise<Share[]> {
  if (order.creditMinor === 0n) {
    return [{ paymentId: order.paymentId, amountMinor: refundableMinor(order) }]
  }
  return sharesOf(order, await movesOf({ tx, tenant, order }))
}

/** Lets the order go that an exchange holds. */
export async function letGo(
  tx: Tx,
  tenant: string,
  { checkoutId, facts }: Checkout,
): Promise<void> {
  await letOrderGo(tx, tenant, exchangeOf(facts).orderId, checkoutId)
}

/**
 * Takes the goods back for which a replacement was confirmed: their money has gone on to it, what is left of it
 * goes back, and so do the goods. In the transaction that confirms the replacement.
 */
export async function completeExchange(
  ctx: OrderContext,
  tx: Tx,
  tenant: string,
  { checkout, order: replacement, at }: { checkout: Checkout; order: Order; at: Temporal.Instant },
): Promise<void> {
  const { checkoutId: exchangeId, facts } = checkout
  const { orderId, back, reason, valueMinor = 0n, credits = [] } = exchangeOf(facts)
  const order = await lockOrder(tx, tenant, orderId)
  assert(order?.heldBy === exchangeId, 'an exchange holds its order until it has ended')
  const change = { tx, tenant, order, cause: `checkout:${exchangeId}`, at }
  const returnId = newId('ret')
  const exchange = {
    exchangeId,
    orderId,
    replacementId: replacement.orderId,
    returnId,
    valueMinor,
    credits,
    differenceMinor: replacement.totalMinor - valueMinor,
    reason,
    createdAt: at,
  }
  // First, so that no payment gives back what it gives to the replacement.
  await insertExchange(tx, tenant, exchange)
  const amountMinor = valueMinor - sumOfShares(credits)
  const [refund] = await giveBack(change, { amountMinor, reason })
  const refundId = refund?.refundId ?? ''
  await takeBack(change, comingBack(order, back), { returnId, refundId, reason })
  await letGo(tx, tenant, checkout)
  const exchanged = await findOrder(tx, tenant, orderId)
  assert(exchanged, 'an order that is locked is there')
  await publishOrderExchanged(tx, tenant, exchanged, exchange)
  await settleLater(ctx, tx, tenant, orderId)
}

function exchangeOf({ exchange }: CheckoutFacts): Exchange {
  assert(exchange, 'a checkout that holds an order exchanges its goods')
  return exchange
}
