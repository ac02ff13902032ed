import { OrderState } from '@purser/contracts/order/v1/sales_order'
import { ShipmentState } from '@purser/contracts/shipping/v1/shipment'
import { systemClock } from '@purser/kernel'
import { waitFor } from '@purser/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { expectBooksToBalance } from './books.ts'
import { type CheckoutBed, startCheckoutBed } from './checkout-bed.ts'
import { deliver, getOrder, settledOrder } from './delivered.ts'
import { addProduct, asTest, buy, CURRENCY, fillCart, openShop, TENANT } from './shop.ts'

const tenant = TENANT
/** A job that failed is tried again seconds later. */
const SETTLING = { timeoutMs: 30_000 }
let bed: CheckoutBed
let process: ReturnType<CheckoutBed['orderProcess']>
let relay: Awaited<ReturnType<CheckoutBed['startRelay']>>
beforeAll(async () => {
  bed = await startCheckoutBed({ clock: systemClock })
  await openShop(bed)
  process = bed.orderProcess({ sweepPauseMs: 500 })
  await process.start()
  relay = await bed.startRelay()
}, 120_000)
afterAll(async () => {
  await relay.stop()
  await process.stop()
  await bed.close()
})

let codes = 0

/** A coupon that may be used once. */
async function onceOnly(percent = '10'): Promise<string> {
  codes += 1
  const code = `ONCE-${codes}`
  const reduction = { case: 'percent' as const, value: percent }
  await bed.client.cart.createCoupon({ tenant, code, reduction, maxRedemptions: 1n }, asTest)
  return code
}

/** An order of units of one thing at 10.00 each, less 10 %, and 5.00 for delivery. */
async function buyWith(couponCode: string, quantity = 1n): Promise<string> {
  const cart = await fillCart(bed, [await addProduct(bed, { onHand: 10n })], quantity)
  await bed.client.cart.updateCart({ tenant, ...cart, couponCode })
  const { order } = await buy(bed, cart)
  expect(order?.discount?.amountCents).toBe(100n * quantity)
  return order?.orderId ?? ''
}

const usesOf = (code: string) =>
  bed.count('select redeemed_count as count from cart.coupon where code = $1', [code])

const isFree = (code: string) => waitFor(async () => (await usesOf(code)) === 0, SETTLING)

const cancel = (orderId: string) => bed.client.order.cancelOrder({ tenant, orderId }, asTest)

test('an order that is called off, however often, gives its coupon to somebody else, once', async () => {
  const code = await onceOnly()
  const orderId = await buyWith(code)
  await expect(buyWith(code)).rejects.toMatchObject({ code: 'cart.coupon_not_valid' })
  await Promise.all([cancel(orderId), cancel(orderId)])
  await isFree(code)
  const next = await buyWith(code)
  await cancel(orderId)
  await settledOrder(bed, orderId)
  expect(await usesOf(code)).toBe(1)
  expect((await getOrder(bed, next)).state).toBe(OrderState.PAID)
  await expectBooksToBalance(bed)
})

test('a coupon is given back once when the process dies around it', async () => {
  const code = await onceOnly()
  const orderId = await buyWith(code)
  let [sent, done] = [0, 0]
  const deaths = {
    method: 'releaseCoupon',
    before: () => {
      sent += 1
      if (sent === 1) throw new Error('died before it was asked for')
    },
    after: () => {
      done += 1
      if (done === 1) throw new Error('died before it was known')
    },
  }
  await bed.interfere(deaths, async () => {
    await cancel(orderId)
    await waitFor(() => Promise.resolve(done === 2), SETTLING)
  })
  expect(sent).toBe(3)
  await settledOrder(bed, orderId)
  expect(await usesOf(code)).toBe(0)
  await buyWith(code)
  expect(await usesOf(code)).toBe(1)
  await expectBooksToBalance(bed)
}, 60_000)

test('an order whose money all goes back before it is sent gives it back, not one that keeps a part', async () => {
  const code = await onceOnly()
  const orderId = await buyWith(code, 2n)
  const refund = (amountCents?: bigint) => {
    const amount = amountCents && { amount: { amountCents, currency: CURRENCY } }
    return bed.client.order.refundOrder({ tenant, orderId, ...amount }, asTest)
  }
  await refund(500n)
  expect(await settledOrder(bed, orderId)).toMatchObject({ state: OrderState.PAID })
  expect(await usesOf(code)).toBe(1)
  await refund()
  await isFree(code)
  expect(await settledOrder(bed, orderId)).toMatchObject({ state: OrderState.REFUNDED })
  await expectBooksToBalance(bed)
})

test('an order that arrived has used its coupon, whatever comes back', async () => {
  const code = await onceOnly()
  const orderId = await buyWith(code)
  await deliver(bed, orderId, { shipment: ShipmentState.DELIVERED, order: OrderState.DELIVERED })
  await bed.client.order.refundOrder({ tenant, orderId }, asTest)
  const isRefunded = async () => (await getOrder(bed, orderId)).state === OrderState.REFUNDED
  await waitFor(isRefunded, SETTLING)
  const { lines } = await settledOrder(bed, orderId)
  const back = lines.map(({ variantId, quantity }) => ({ variantId, quantity }))
  await bed.client.order.returnOrder({ tenant, orderId, lines: back }, asTest)
  await settledOrder(bed, orderId)
  expect(await usesOf(code)).toBe(1)
  await expectBooksToBalance(bed)
})
