import { CartState } from '@purser/contracts/cart/v1/contents'
import { waitFor } from '@purser/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  addVariant,
  as,
  asPerson,
  type Bed,
  guestCart,
  startCart,
  TENANT,
  variantOf,
} from './cart-harness.ts'

let bed: Bed
beforeAll(async () => {
  bed = await startCart()
})
afterAll(() => bed?.close())

const HOURS = 30 * 24

test('carts that nobody touches for 30 days expire once, and those with something in them are told', async () => {
  const thing = variantOf(await addVariant(bed))
  const me = asPerson('usr_away')
  const [empty, filled, touched] = [
    await guestCart(bed),
    await guestCart(bed, { currency: 'EUR' }),
    await guestCart(bed),
  ]
  await bed.cart.addItem({ ...filled, thing, quantity: 4n })
  await bed.cart.addItem({ ...touched, thing })
  const own = await bed.cart.addOwnItem({ tenant: TENANT, thing, quantity: 2n }, me)
  bed.clock.advance({ hours: HOURS - 1 })
  await bed.cart.addItem({ ...touched, thing })
  await bed.expire()
  expect(await bed.events()).toEqual([])

  bed.clock.advance({ hours: 1 })
  await Promise.all([bed.expire(), bed.expire()])
  await bed.expire()
  const payload = { user_id: '', currency: 'EUR', unit_count: 4, cart_id: filled.cartId }
  const mine = { user_id: 'usr_away', currency: 'USD', unit_count: 2, cart_id: own.cartId }
  const events = await bed.events()
  expect(
    events.toSorted((a, b) => Number(b.payload['unit_count']) - Number(a.payload['unit_count'])),
  ).toEqual([
    { tenant_id: TENANT, subject: 'cart.abandoned', payload },
    { tenant_id: TENANT, subject: 'cart.abandoned', payload: mine },
  ])
  expect(await bed.cart.getCart(empty)).toMatchObject({ state: CartState.EXPIRED })
  expect(await bed.cart.getCart(touched)).toMatchObject({ state: CartState.OPEN })
  const late = bed.cart.addItem({ ...filled, thing })
  await expect(late).rejects.toMatchObject({ code: 'cart.not_open' })
  const next = await bed.cart.addOwnItem({ tenant: TENANT, thing }, me)
  expect(next.cartId).not.toBe(own.cartId)
})

test('an order that is undone gives the cart its time back', async () => {
  const guest = await guestCart(bed)
  const thing = variantOf(await addVariant(bed))
  await bed.cart.addItem({ ...guest, thing })
  const order = { tenant: TENANT, cartId: guest.cartId, orderId: 'ord_1' }
  await bed.cart.closeCart({ ...order, version: 2n }, as())
  bed.clock.advance({ hours: HOURS - 1 })
  await bed.cart.reopenCart(order, as())
  bed.clock.advance({ hours: 2 })
  await bed.expire()
  expect(await bed.cart.getCart(guest)).toMatchObject({ state: CartState.OPEN })
})

test('a cart that ended is removed 30 days later, with its lines and what orders did', async () => {
  const guest = await guestCart(bed)
  const thing = variantOf(await addVariant(bed))
  await bed.cart.addItem({ ...guest, thing })
  const { tenant, cartId } = guest
  await bed.cart.closeCart({ tenant, cartId, version: 2n, orderId: 'ord_2' }, as())
  bed.clock.advance({ hours: HOURS })
  await bed.expire()
  expect(await bed.cart.getCart(guest)).toMatchObject({ state: CartState.ORDERED })
  bed.clock.advance({ hours: 1 })
  await bed.expire()
  await expect(bed.cart.getCart(guest)).rejects.toMatchObject({ code: 'resource.not_found' })
  for (const table of ['cart_item', 'cart_order']) {
    const rows = await bed.adminQuery(`select from cart.${table} where cart_id = $1`, [cartId])
    expect(rows).toEqual([])
  }
})

test('the job worker expires by itself', async () => {
  const guest = await guestCart(bed)
  bed.clock.advance({ hours: HOURS })
  const stop = await bed.startWorker()
  try {
    await waitFor(async () => (await bed.cart.getCart(guest)).state === CartState.EXPIRED)
  } finally {
    await stop()
  }
})
