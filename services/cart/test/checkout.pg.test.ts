import { CartState } from '@purser/contracts/cart/v1/contents'
import { CouponObstacle } from '@purser/contracts/cart/v1/coupon'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  addVariant,
  as,
  asPerson,
  type Bed,
  guestCart,
  outcomes,
  startCart,
  TENANT,
  times,
  variantOf,
} from './cart-harness.ts'

let bed: Bed
let processes: Bed['cart'][]
beforeAll(async () => {
  bed = await startCart()
  processes = [bed.cart, bed.another()]
})
afterAll(() => bed?.close())

const processOf = (index: number) => processes[index % processes.length] ?? bed.cart
const usd = (amountCents: bigint) => ({ amountCents, currency: 'USD' })

type Guest = Awaited<ReturnType<typeof guestCart>>

/** A guest's cart with so many units of a new variant. */
async function filledCart(quantity = 1n): Promise<Guest> {
  const guest = await guestCart(bed)
  await bed.cart.addItem({ ...guest, thing: variantOf(await addVariant(bed)), quantity })
  return guest
}

const close = (
  { tenant, cartId }: Guest,
  orderId: string,
  { version = 2n, couponCode = '', process = bed.cart } = {},
) => process.closeCart({ tenant, cartId, orderId, version, couponCode }, as())

const reopen = ({ tenant, cartId }: Guest, orderId: string) =>
  bed.cart.reopenCart({ tenant, cartId, orderId }, as())

const percentOff = (code: string, percent: string, maxRedemptions = 0n) =>
  bed.cart.createCoupon(
    { tenant: TENANT, code, reduction: { case: 'percent', value: percent }, maxRedemptions },
    as(),
  )

const redeemed = async (code: string) => {
  const { coupons } = await bed.cart.listCoupons({ tenant: TENANT, pageSize: 1_000 }, as())
  return coupons.find((coupon) => coupon.code === code)?.redeemedCount
}

/** Coupons whose count is not that of the orders which redeemed them. */
const couponFaults = () =>
  bed.adminQuery(
    `select c.code from cart.coupon as c
     where c.redeemed_count <> (
       select count(*) from cart.coupon_use as u
       join cart.cart_order as o using (tenant_id, order_id)
       where (u.tenant_id, u.coupon_id) = (c.tenant_id, c.coupon_id) and o.state = 'closed'
     )`,
  )

test('a checkout reads a cart by its token, or a person’s own, and nothing without proof', async () => {
  const guest = await filledCart()
  const read = await bed.cart.readCart(guest, as())
  expect(read).toMatchObject({ userId: '', cart: { cartId: guest.cartId, version: 2n } })
  const { tenant, cartId, cartToken } = guest
  expect(await bed.cart.readCart({ tenant, cartToken }, as())).toEqual(read)
  const bare = bed.cart.readCart({ tenant, cartId }, as())
  await expect(bare).rejects.toMatchObject({ code: 'request.invalid' })
  const asOther = bed.cart.readCart({ tenant, cartId, userId: 'usr_other' }, as())
  await expect(asOther).rejects.toMatchObject({ code: 'resource.not_found' })
  const thing = variantOf(await addVariant(bed))
  const own = await bed.cart.addOwnItem({ tenant, thing }, asPerson('usr_reader'))
  const ofPerson = { tenant, userId: 'usr_reader' }
  expect(await bed.cart.readCart(ofPerson, as())).toMatchObject({ userId: 'usr_reader', cart: own })
  const wrong = bed.cart.readCart({ ...ofPerson, cartId }, as())
  await expect(wrong).rejects.toMatchObject({ code: 'resource.not_found' })
})

test('an order ends a cart once; repeating it changes nothing, another order is refused', async () => {
  const guest = await filledCart()
  const calls = times(10, (index) => close(guest, 'ord_1', { process: processOf(index) }))
  const done = (await Promise.all(calls)).filter(({ wasDoneNow }) => wasDoneNow)
  expect(done).toHaveLength(1)
  await expect(close(guest, 'ord_2')).rejects.toMatchObject({ code: 'cart.not_open' })
  await expect(bed.cart.readCart(guest, as())).rejects.toMatchObject({ code: 'cart.not_open' })
  const change = bed.cart.updateCart({ ...guest, note: 'late' })
  await expect(change).rejects.toMatchObject({ code: 'cart.not_open' })
  expect(await bed.cart.getCart(guest)).toMatchObject({
    state: CartState.ORDERED,
    canBeOrdered: false,
    items: [{ quantity: 1n }],
  })
})

test('ten orders for one cart at once: one has it', async () => {
  const guest = await filledCart()
  const calls = times(10, (index) => close(guest, `ord_a${index}`, { process: processOf(index) }))
  expect(await outcomes(calls)).toEqual({ done: 1, 'cart.not_open': 9 })
})

test('one order for two carts at once has one of them', async () => {
  const carts = [await filledCart(), await filledCart()]
  const calls = carts.map((guest, index) => close(guest, 'ord_b', { process: processOf(index) }))
  expect(await outcomes(calls)).toEqual({ done: 1, 'cart.changed': 1 })
})

test('a cart that was changed since it was read is not ordered', async () => {
  const guest = await filledCart()
  await bed.cart.updateCart({ ...guest, note: 'changed' })
  await expect(close(guest, 'ord_c')).rejects.toMatchObject({ code: 'cart.changed' })
  const stranger = { ...guest, cartId: 'cart_unknown' }
  await expect(close(stranger, 'ord_c')).rejects.toMatchObject({ code: 'resource.not_found' })
  expect(await close(guest, 'ord_c', { version: 3n })).toMatchObject({ wasDoneNow: true })
})

test('an order that is undone opens its cart once, and cannot end it any more', async () => {
  const guest = await filledCart(3n)
  await close(guest, 'ord_d')
  const { cartId } = guest
  expect(await reopen(guest, 'ord_d')).toMatchObject({ cartId, wasDoneNow: true })
  expect(await reopen(guest, 'ord_d')).toMatchObject({ cartId, wasDoneNow: false })
  expect(await bed.cart.getCart(guest)).toMatchObject({
    state: CartState.OPEN,
    version: 3n,
    items: [{ quantity: 3n }],
  })
  const late = close(guest, 'ord_d', { version: 3n })
  await expect(late).rejects.toMatchObject({ code: 'cart.changed' })
  expect(await close(guest, 'ord_e', { version: 3n })).toMatchObject({ wasDoneNow: true })
  expect(await reopen(guest, 'ord_d')).toMatchObject({ wasDoneNow: false })
  expect(await bed.cart.getCart(guest)).toMatchObject({ state: CartState.ORDERED })
})

test('an order that is undone before it came never ends the cart', async () => {
  const guest = await filledCart()
  expect(await reopen(guest, 'ord_f')).toMatchObject({ wasDoneNow: true })
  expect(await reopen(guest, 'ord_f')).toMatchObject({ wasDoneNow: false })
  await expect(close(guest, 'ord_f')).rejects.toMatchObject({ code: 'cart.changed' })
  expect(await bed.cart.getCart(guest)).toMatchObject({ state: CartState.OPEN, version: 2n })
})

test('what was ordered moves into the cart that the person has begun meanwhile', async () => {
  const me = asPerson('usr_quick')
  const [first, second] = [await addVariant(bed), await addVariant(bed)]
  const tenant = TENANT
  const old = await bed.cart.addOwnItem({ tenant, thing: variantOf(first), quantity: 2n }, me)
  const { cartId, version } = old
  const order = { tenant, cartId, orderId: 'ord_g' }
  await bed.cart.closeCart({ ...order, version }, as())
  await bed.cart.addOwnItem({ tenant, thing: variantOf(first), quantity: 1n }, me)
  const begun = await bed.cart.addOwnItem({ tenant, thing: variantOf(second), quantity: 4n }, me)
  const answer = { cartId: begun.cartId }
  expect(await bed.cart.reopenCart(order, as())).toMatchObject({ ...answer, wasDoneNow: true })
  expect(await bed.cart.reopenCart(order, as())).toMatchObject({ ...answer, wasDoneNow: false })
  const own = await bed.cart.getOwnCart({ tenant }, me)
  expect(own.items.map(({ variantId, quantity }) => [variantId, quantity])).toEqual([
    [first, 3n],
    [second, 4n],
  ])
})

test('carts that are reopened and begun at once end as one, with every unit', async () => {
  const me = asPerson('usr_storm')
  const variantId = await addVariant(bed)
  const tenant = TENANT
  const thing = variantOf(variantId)
  for (let round = 0; round < 5; round++) {
    const { cartId, version } = await bed.cart.addOwnItem({ tenant, thing }, me)
    const order = { tenant, cartId, orderId: `ord_storm${round}` }
    await bed.cart.closeCart({ ...order, version }, as())
    const calls = times(6, async (index) =>
      index % 2 === 0
        ? await processOf(index).reopenCart(order, as())
        : await processOf(index + 1).addOwnItem({ tenant, thing }, me),
    )
    expect(await outcomes(calls)).toEqual({ done: 6 })
  }
  const own = await bed.cart.getOwnCart({ tenant }, me)
  expect(own.items).toMatchObject([{ variantId, quantity: 20n }])
})

test('a percentage is rounded once and divided among the goods to the unit', async () => {
  await percentOff('tenth', '12.5')
  const guest = await guestCart(bed)
  const prices = [333n, 333n, 335n]
  for (const price of prices) {
    await bed.cart.addItem({ ...guest, thing: variantOf(await addVariant(bed, { usd: price })) })
  }
  const cart = await bed.cart.updateCart({ ...guest, couponCode: ' Tenth ' })
  expect(cart).toMatchObject({
    coupon: { code: 'TENTH', obstacle: CouponObstacle.UNSPECIFIED },
    subtotal: usd(1_001n),
    discount: usd(125n),
    total: usd(876n),
  })
  expect(cart.items.map(({ discount }) => discount?.amountCents)).toEqual([42n, 41n, 42n])
  const without = await bed.cart.updateCart({ ...guest, couponCode: '' })
  expect(without.coupon).toBeUndefined()
  expect(without.total).toMatchObject(usd(1_001n))
})

test('a coupon of a minimum and a currency takes something off when both are met', async () => {
  const reduction = { case: 'amount' as const, value: usd(1_500n) }
  const minimumSubtotal = usd(2_000n)
  const wanted = { tenant: TENANT, code: 'FIFTEEN', reduction, minimumSubtotal }
  await bed.cart.createCoupon(wanted, as())
  const guest = await filledCart()
  const { items } = await bed.cart.getCart(guest)
  const below = await bed.cart.updateCart({ ...guest, couponCode: 'fifteen' })
  expect(below).toMatchObject({
    discount: usd(0n),
    coupon: { obstacle: CouponObstacle.BELOW_MINIMUM },
  })
  const itemId = items[0]?.itemId ?? ''
  const met = await bed.cart.updateItem({ ...guest, itemId, quantity: 2n })
  expect(met).toMatchObject({ discount: usd(1_500n), total: usd(500n) })
  const inEuro = await bed.cart.updateCart({ ...guest, currency: 'EUR' })
  expect(inEuro).toMatchObject({
    discount: { amountCents: 0n },
    coupon: { obstacle: CouponObstacle.OTHER_CURRENCY },
  })
})

test('twenty orders at once for a coupon of seven: seven have it, and those undone give it back', async () => {
  await percentOff('SEVEN', '10', 7n)
  const carts = await Promise.all(times(20, () => filledCart()))
  await Promise.all(carts.map((guest) => bed.cart.updateCart({ ...guest, couponCode: 'SEVEN' })))
  const order = (guest: Guest, index: number) =>
    close(guest, `ord_s${index}`, {
      version: 3n,
      couponCode: 'SEVEN',
      process: processOf(index),
    })
  expect(await outcomes(carts.map(order))).toEqual({ done: 7, 'cart.coupon_not_valid': 13 })
  expect(await redeemed('SEVEN')).toBe(7n)
  const refused = await bed.cart.getCart(carts.at(-1) as Guest)
  expect(refused.coupon?.obstacle ?? CouponObstacle.USED_UP).toBe(CouponObstacle.USED_UP)

  const closed: [Guest, number][] = []
  for (const [index, guest] of carts.entries()) {
    const { state } = await bed.cart.getCart(guest)
    if (state === CartState.ORDERED) closed.push([guest, index])
  }
  expect(closed).toHaveLength(7)
  const undone = closed
    .slice(0, 3)
    .flatMap(([guest, index]) => [reopen(guest, `ord_s${index}`), reopen(guest, `ord_s${index}`)])
  expect(await outcomes(undone)).toEqual({ done: 6 })
  expect(await redeemed('SEVEN')).toBe(4n)
  const again = closed
    .slice(0, 3)
    .map(([guest], index) => close(guest, `ord_t${index}`, { version: 4n, couponCode: 'SEVEN' }))
  expect(await outcomes(again)).toEqual({ done: 3 })
  expect(await redeemed('SEVEN')).toBe(7n)
  expect(await couponFaults()).toEqual([])
})

test('an order redeems no other coupon than the cart’s, and none when it gives no discount', async () => {
  await percentOff('MINE', '10')
  await percentOff('YOURS', '10')
  const guest = await filledCart()
  await bed.cart.updateCart({ ...guest, couponCode: 'MINE' })
  const wrong = close(guest, 'ord_h', { version: 3n, couponCode: 'YOURS' })
  await expect(wrong).rejects.toMatchObject({ code: 'cart.changed' })
  await close(guest, 'ord_h', { version: 3n })
  expect([await redeemed('MINE'), await redeemed('YOURS')]).toEqual([0n, 0n])
})

test('coupons outside of their time, deactivated or unknown are refused', async () => {
  const guest = await filledCart()
  const refusal = async (code: string) => {
    const used = bed.cart.updateCart({ ...guest, couponCode: code })
    return await used.then(
      () => 'accepted',
      (error: { details?: { obstacle?: string } }) => error.details?.obstacle,
    )
  }
  const second = (bed.clock.now().epochMilliseconds - 0) / 1_000
  const at = (offset: number) => ({ seconds: BigInt(second + offset), nanos: 0 })
  const make = (code: string, times: object) =>
    bed.cart.createCoupon(
      { tenant: TENANT, code, reduction: { case: 'percent', value: '5' }, ...times },
      as(),
    )
  await make('EARLY', { startTime: at(60) })
  await make('LATE', { endTime: at(0) })
  await make('NOW', { startTime: at(0), endTime: at(1) })
  const { couponId } = await percentOff('OFF', '5')
  const off = { tenant: TENANT, couponId }
  expect(await bed.cart.deactivateCoupon(off, as())).toMatchObject({ isActive: false })
  expect(await bed.cart.deactivateCoupon(off, as())).toMatchObject({ isActive: false })
  expect(await refusal('EARLY')).toBe('not_started')
  expect(await refusal('LATE')).toBe('ended')
  expect(await refusal('OFF')).toBe('inactive')
  expect(await refusal('NOWHERE')).toBe('unknown')
  expect(await refusal('NOW')).toBe('accepted')
  bed.clock.advance({ seconds: 1 })
  const late = close(guest, 'ord_i', { version: 3n, couponCode: 'NOW' })
  await expect(late).rejects.toMatchObject({
    code: 'cart.coupon_not_valid',
    details: { obstacle: 'ended' },
  })
  expect(await bed.cart.getCart(guest)).toMatchObject({
    state: CartState.OPEN,
    coupon: { obstacle: CouponObstacle.ENDED },
  })
})

test('a code is taken once in a tenant, and coupons are the tenant’s own', async () => {
  await percentOff('ONCE', '10')
  await expect(percentOff('once', '20')).rejects.toMatchObject({ code: 'cart.coupon_exists' })
  const foreign = await bed.cart.listCoupons({ tenant: 'globex' }, as('globex'))
  expect(foreign.coupons).toEqual([])
  const guest = await guestCart(bed, { tenant: 'globex' })
  const used = bed.cart.updateCart({ ...guest, couponCode: 'ONCE' })
  await expect(used).rejects.toMatchObject({ code: 'cart.coupon_not_valid' })
  const couponId = 'coup_unknown'
  const unknown = bed.cart.deactivateCoupon({ tenant: TENANT, couponId }, as())
  await expect(unknown).rejects.toMatchObject({ code: 'resource.not_found' })
  const first = await bed.cart.listCoupons({ tenant: TENANT, pageSize: 1 }, as())
  const second = await bed.cart.listCoupons(
    { tenant: TENANT, pageSize: 1, pageToken: first.nextPageToken },
    as(),
  )
  expect(second.coupons[0]?.couponId).not.toBe(first.coupons[0]?.couponId)
})

test.each([
  ['no reduction', {}],
  ['nothing', { reduction: { case: 'percent' as const, value: '0' } }],
  ['less than nothing', { reduction: { case: 'percent' as const, value: '-5' } }],
  ['more than all', { reduction: { case: 'percent' as const, value: '100.01' } }],
  ['three decimals', { reduction: { case: 'percent' as const, value: '0.001' } }],
  ['an amount of nothing', { reduction: { case: 'amount' as const, value: usd(0n) } }],
  ['an amount beyond reason', { reduction: { case: 'amount' as const, value: usd(2n ** 62n) } }],
  ['a code of spaces', { code: '  ' }],
  ['a code that is none', { code: "x'--" }],
  [
    'two currencies',
    {
      reduction: { case: 'amount' as const, value: usd(1n) },
      minimumSubtotal: { amountCents: 1n, currency: 'EUR' },
    },
  ],
  [
    'an end before its start',
    { startTime: { seconds: 2n, nanos: 0 }, endTime: { seconds: 1n, nanos: 0 } },
  ],
])('a coupon of %s is refused', async (_, hostile) => {
  const reduction = { case: 'percent' as const, value: '5' }
  const wanted = {
    tenant: TENANT,
    code: 'HOSTILE',
    ...('code' in hostile || 'startTime' in hostile ? { reduction } : {}),
  }
  const call = bed.cart.createCoupon({ ...wanted, ...hostile }, as())
  await expect(call).rejects.toMatchObject({ code: 'request.invalid' })
})

test('the database itself redeems no more often than a coupon may be', async () => {
  await percentOff('GUARD', '5', 1n)
  const update = bed.adminQuery(`update cart.coupon set redeemed_count = 2 where code = 'GUARD'`)
  await expect(update).rejects.toThrow('coupon_redeemed_within_max')
})
