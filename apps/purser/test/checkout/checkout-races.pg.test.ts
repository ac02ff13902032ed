import { CheckoutState } from '@purser/contracts/order/v1/checkout'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { expectBooksToBalance, expectToldOnce } from './books.ts'
import { type CheckoutBed, startCheckoutBed } from './checkout-bed.ts'
import { addProduct, buy, fillCart, openShop, purchaseOf, refusals } from './shop.ts'

let bed: CheckoutBed
beforeAll(async () => {
  bed = await startCheckoutBed()
  await openShop(bed)
}, 120_000)
afterAll(() => bed.close())

const times = (count: number) => Array.from({ length: count }, (_, index) => index)

/** Purchases of as many guests, each with a cart of their own, ready to be sent. */
async function purchases(count: number, variantIds: (guest: number) => string[]) {
  const ready = []
  for (const guest of times(count)) {
    ready.push(await purchaseOf(bed, await fillCart(bed, variantIds(guest))))
  }
  return ready
}

const ordersOf = (variantId: string) =>
  bed.count(
    `select count(*) from "order".order_line l join "order".sales_order o using (tenant_id, order_id)
     where l.item_id = $1 and o.state = 'paid'`,
    [variantId],
  )

const paymentsOf = (variantId: string) =>
  bed.count(
    `select count(*) from payment.payment p
     where p.state = 'succeeded' and p.order_id in
       (select order_id from "order".order_line where item_id = $1)`,
    [variantId],
  )

/** The order service in as many processes; calls go to one after the other. */
function processes(count: number) {
  const clients = times(count).map(() => bed.orderProcess().order)
  return (call: number) => clients[call % count] ?? bed.client.order
}

async function expectAnOrderAUnit(guests: number, units: bigint, orders = processes(1)) {
  const variantId = await addProduct(bed, { onHand: units })
  const wanted = await purchases(guests, () => [variantId])
  const outcomes = await Promise.allSettled(
    wanted.map((purchase, call) => orders(call).placeGuestOrder(purchase)),
  )
  const expected = Array(guests - Number(units)).fill('catalog.out_of_stock')
  expect(refusals(outcomes)).toEqual(expected)
  expect(await ordersOf(variantId)).toBe(Number(units))
  expect(await paymentsOf(variantId)).toBe(Number(units))
  await expectBooksToBalance(bed)
  await expectToldOnce(bed)
}

test('200 shoppers for 50 units: 50 orders, 50 payments, 150 refusals', async () => {
  await expectAnOrderAUnit(200, 50n)
}, 120_000)

test.each([1, 2, 4])(
  '20 shoppers for the last unit, %i processes: one order',
  async (count) => {
    await expectAnOrderAUnit(20, 1n, processes(count))
  },
  60_000,
)

test.each([
  ['without a key', '', 1],
  ['with a key', 'once', 1],
  ['in 4 processes', '', 4],
])(
  'the same call 20 times at once, %s: one order, answered 20 times',
  async (_, idempotencyKey, count) => {
    const orders = processes(count)
    const variantId = await addProduct(bed, { onHand: 50n })
    const purchase = await purchaseOf(bed, await fillCart(bed, [variantId]))
    const answers = await Promise.all(
      times(20).map((call) => orders(call).placeGuestOrder({ ...purchase, idempotencyKey })),
    )
    expect(new Set(answers.map(({ order }) => order?.orderId)).size).toBe(1)
    expect(answers.every(({ state }) => state === CheckoutState.DONE)).toBe(true)
    expect(await ordersOf(variantId)).toBe(1)
    expect(await paymentsOf(variantId)).toBe(1)
    await expectBooksToBalance(bed)
  },
  60_000,
)

test('a cart that is bought twice at once with different cards is bought once', async () => {
  const variantId = await addProduct(bed, { onHand: 50n })
  const cart = await fillCart(bed, [variantId])
  const outcomes = await Promise.allSettled(
    ['tok_success', 'tok_answers_twice'].map((token) => buy(bed, cart, token)),
  )
  expect(refusals(outcomes).filter((code) => code !== 'order.checkout_running')).toEqual([])
  expect(await ordersOf(variantId)).toBe(1)
  await expectBooksToBalance(bed)
}, 60_000)

test('the same things in opposite order, 32 carts at once: no deadlock, all bought', async () => {
  const first = await addProduct(bed, { onHand: 32n })
  const second = await addProduct(bed, { onHand: 32n })
  const wanted = await purchases(32, (guest) => (guest % 2 ? [first, second] : [second, first]))
  const outcomes = await Promise.allSettled(
    wanted.map((purchase) => bed.client.order.placeGuestOrder(purchase)),
  )
  expect(refusals(outcomes)).toEqual([])
  expect(await ordersOf(first)).toBe(32)
  await expectBooksToBalance(bed)
}, 60_000)

test('other words under the same key are refused', async () => {
  const cart = await fillCart(bed, [await addProduct(bed, { onHand: 5n })])
  const purchase = { ...(await purchaseOf(bed, cart)), idempotencyKey: 'words' }
  await bed.client.order.placeGuestOrder(purchase)
  const other = { ...purchase, purchase: { ...purchase.purchase, email: 'bob@example.com' } }
  await expect(bed.client.order.placeGuestOrder(other)).rejects.toMatchObject({
    code: 'request.idempotency_mismatch',
  })
})
