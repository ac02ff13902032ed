import { CartState } from '@purser/contracts/cart/v1/contents'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  addVariant,
  as,
  type Bed,
  guestCart,
  outcomes,
  startCart,
  TENANT,
  times,
  variantOf,
} from './cart-harness.ts'

const tenant = TENANT
let bed: Bed
beforeAll(async () => {
  bed = await startCart()
})
afterAll(() => bed?.close())

let codes = 0

/** A coupon that may be used once. */
async function onceOnly(): Promise<string> {
  codes += 1
  const code = `ONCE-${codes}`
  const reduction = { case: 'percent' as const, value: '10' }
  await bed.cart.createCoupon({ tenant, code, reduction, maxRedemptions: 1n }, as())
  return code
}

/** Orders a new guest's cart with a coupon; answers the cart. */
async function order(orderId: string, couponCode: string) {
  const guest = await guestCart(bed)
  const { cartId } = guest
  await bed.cart.addItem({ ...guest, thing: variantOf(await addVariant(bed)) })
  const { version } = await bed.cart.updateCart({ ...guest, couponCode })
  await bed.cart.closeCart({ tenant, cartId, orderId, version, couponCode }, as())
  return guest
}

const release = (orderId: string, process = bed.cart) =>
  process.releaseCoupon({ tenant, orderId }, as())

const redeemed = async (code: string) => {
  const { coupons } = await bed.cart.listCoupons({ tenant, pageSize: 1_000 }, as())
  return coupons.find((coupon) => coupon.code === code)?.redeemedCount
}

test('an order gives its coupon back once, whoever asks how often, and keeps its cart', async () => {
  const code = await onceOnly()
  const guest = await order('ord_1', code)
  await expect(order('ord_2', code)).rejects.toMatchObject({ code: 'cart.coupon_not_valid' })
  const processes = [bed.cart, bed.another()]
  const answers = await Promise.all(times(8, (index) => release('ord_1', processes[index % 2])))
  expect(answers.filter(({ wasDoneNow }) => wasDoneNow)).toHaveLength(1)
  expect(await redeemed(code)).toBe(0n)
  expect(await bed.cart.getCart(guest)).toMatchObject({ state: CartState.ORDERED })
  await order('ord_3', code)
  expect(await release('ord_1')).toMatchObject({ wasDoneNow: false })
  expect(await redeemed(code)).toBe(1n)
})

test('undone and called off at once, an order gives its coupon back once', async () => {
  const code = await onceOnly()
  const { cartId } = await order('ord_4', code)
  const reopen = () => bed.cart.reopenCart({ tenant, cartId, orderId: 'ord_4' }, as())
  const calls = times(6, async (index) => await (index % 2 === 0 ? reopen() : release('ord_4')))
  expect(await outcomes(calls)).toEqual({ done: 6 })
  expect(await redeemed(code)).toBe(0n)
})

test('a coupon is given back when the cart was removed long ago', async () => {
  const code = await onceOnly()
  const guest = await order('ord_5', code)
  bed.clock.advance({ hours: 31 * 24 })
  await bed.expire()
  await expect(bed.cart.getCart(guest)).rejects.toMatchObject({ code: 'resource.not_found' })
  expect(await redeemed(code)).toBe(1n)
  expect(await release('ord_5')).toMatchObject({ wasDoneNow: true })
  expect(await redeemed(code)).toBe(0n)
})

test('an order without a coupon, of another tenant or unknown gives nothing back', async () => {
  const code = await onceOnly()
  await order('ord_6', code)
  const foreign = { tenant: 'globex', orderId: 'ord_6' }
  expect(await bed.cart.releaseCoupon(foreign, as('globex'))).toMatchObject({ wasDoneNow: false })
  expect(await release('ord_unknown')).toMatchObject({ wasDoneNow: false })
  expect(await redeemed(code)).toBe(1n)
})
