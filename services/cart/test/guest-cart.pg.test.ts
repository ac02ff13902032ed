import { create } from '@bufbuild/protobuf'
import { CartState, ItemChangeKind } from '@purser/contracts/cart/v1/contents'
import { StockPolicy, VariantPriceSchema } from '@purser/contracts/catalog/v1/product'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  addPlan,
  addVariant,
  as,
  asGuest,
  asPerson,
  type Bed,
  guestCart,
  planOf,
  setStock,
  startCart,
  TENANT,
  variantOf,
} from './cart-harness.ts'

let bed: Bed
beforeAll(async () => {
  bed = await startCart()
})
afterAll(() => bed?.close())

const usd = (amountCents: bigint) => ({ amountCents, currency: 'USD' })

async function setPrice(variantId: string, amountCents: bigint) {
  const { products } = await bed.catalog.listStoredProducts({ tenant: TENANT, pageSize: 200 }, as())
  const found = products.find(({ variants }) => variants[0]?.variantId === variantId)
  const variant = found?.input?.variants[0]
  if (found?.input === undefined || variant === undefined) throw new Error('no such variant')
  variant.prices = [create(VariantPriceSchema, { amount: usd(amountCents) })]
  const { productId, input } = found
  await bed.catalog.updateProduct({ tenant: TENANT, productId, input }, as())
}

test('a guest makes a cart, adds, changes and removes; the token is stored as its hash alone', async () => {
  const created = await bed.cart.createCart({ tenant: TENANT, currency: 'USD' }, asGuest)
  expect(created.cart).toMatchObject({ state: CartState.OPEN, version: 1n, items: [] })
  expect(Buffer.from(created.cartToken, 'base64url')).toHaveLength(32)
  const guest = {
    tenant: TENANT,
    cartId: created.cart?.cartId ?? '',
    cartToken: created.cartToken,
  }
  const variantId = await addVariant(bed)
  const added = await bed.cart.addItem({ ...guest, thing: variantOf(variantId), quantity: 2n })
  expect(added).toMatchObject({
    version: 2n,
    subtotal: usd(2_000n),
    total: usd(2_000n),
    canBeOrdered: true,
    items: [{ variantId, quantity: 2n, unitPrice: usd(1_000n), weightGrams: 250, changes: [] }],
  })
  const itemId = added.items[0]?.itemId ?? ''
  const again = await bed.cart.addItem({ ...guest, thing: variantOf(variantId) })
  expect(again.items).toMatchObject([{ itemId, quantity: 3n }])
  for (const asked of [
    () => bed.cart.addItem({ ...guest, thing: variantOf(variantId), quantity: 0n }),
    () => bed.cart.updateItem({ ...guest, itemId, quantity: 0n }),
  ]) {
    await expect(asked()).rejects.toMatchObject({
      code: 'request.invalid',
      fields: [{ field: 'quantity', message: 'must be at least 1' }],
    })
  }
  const set = await bed.cart.updateItem({ ...guest, itemId, quantity: 7n })
  expect(set).toMatchObject({ version: 4n, subtotal: usd(7_000n) })
  expect(await bed.cart.getCart(guest)).toEqual(set)
  const removed = await bed.cart.removeItem({ ...guest, itemId })
  expect(removed).toMatchObject({ version: 5n, items: [], canBeOrdered: false })
  expect(await bed.cart.removeItem({ ...guest, itemId })).toEqual(removed)
  const rows = await bed.adminQuery('select c::text as row from cart.cart as c')
  expect(JSON.stringify(rows)).not.toContain(created.cartToken)
  const [stored] = await bed.adminQuery<{ same: boolean }>(
    `select token_hash = sha256($1::bytea) as same from cart.cart where cart_id = $2`,
    [Buffer.from(created.cartToken), guest.cartId],
  )
  expect(stored?.same).toBe(true)
})

test('goods and a plan stand in one cart; a plan is there once', async () => {
  const guest = await guestCart(bed)
  await addPlan(bed, 'pro', { amount: '12.35' })
  const variantId = await addVariant(bed)
  await bed.cart.addItem({ ...guest, thing: variantOf(variantId), quantity: 3n })
  await bed.cart.addItem({ ...guest, thing: planOf('pro') })
  const cart = await bed.cart.addItem({ ...guest, thing: planOf('pro') })
  expect(cart).toMatchObject({
    subtotal: usd(3_000n),
    planTotal: usd(1_235n),
    total: usd(3_000n),
    items: [
      { variantId, quantity: 3n },
      { planKey: 'pro', planVersion: 1, quantity: 1n, billingPeriod: 'P1M', title: 'Plan pro' },
    ],
  })
  const several = bed.cart.addItem({ ...guest, thing: planOf('pro'), quantity: 2n })
  await expect(several).rejects.toMatchObject({ code: 'request.invalid' })
  const itemId = cart.items[1]?.itemId ?? ''
  const seats = bed.cart.updateItem({ ...guest, itemId, quantity: 2n })
  await expect(seats).rejects.toMatchObject({ code: 'request.invalid' })
})

test('what changed is told line by line, and nothing is changed by reading', async () => {
  const guest = await guestCart(bed)
  const [dearer, gone, scarce, unpriced] = [
    await addVariant(bed),
    await addVariant(bed),
    await addVariant(bed),
    await addVariant(bed, { eur: 0n }),
  ]
  const backordered = await addVariant(bed, { policy: StockPolicy.BACKORDER, units: 0 })
  for (const variantId of [dearer, gone, scarce, unpriced, backordered]) {
    await bed.cart.addItem({ ...guest, thing: variantOf(variantId), quantity: 5n })
  }
  await setPrice(dearer, 1_100n)
  await setStock(bed, gone, 0)
  await setStock(bed, scarce, 3)
  const read = await bed.cart.getCart(guest)
  expect(read.items.map(({ quantity, changes }) => [quantity, changes])).toMatchObject([
    [
      5n,
      [
        {
          kind: ItemChangeKind.PRICE_CHANGED,
          oldPrice: usd(1_000n),
          newPrice: usd(1_100n),
        },
      ],
    ],
    [5n, [{ kind: ItemChangeKind.OUT_OF_STOCK }]],
    [5n, [{ kind: ItemChangeKind.QUANTITY_REDUCED, availableQuantity: 3n }]],
    [5n, []],
    [5n, []],
  ])
  expect(read).toMatchObject({ version: 6n, canBeOrdered: false, subtotal: usd(25_500n) })
  expect(await bed.cart.getCart(guest)).toEqual(read)

  const accepted = await bed.cart.updateCart({ ...guest, acceptPrices: true })
  expect(accepted.items[0]?.changes).toEqual([])
  const inEuro = await bed.cart.updateCart({ ...guest, currency: 'EUR' })
  expect(inEuro).toMatchObject({ currency: 'EUR', canBeOrdered: false })
  expect(inEuro.items[3]).toMatchObject({ changes: [{ kind: ItemChangeKind.PRICE_MISSING }] })
  expect(inEuro.items[3]?.unitPrice).toBeUndefined()
  expect(inEuro.items[4]).toMatchObject({
    unitPrice: { amountCents: 900n, currency: 'EUR' },
    changes: [],
  })
})

test('a product that leaves the shop stays in the cart as not for sale', async () => {
  const guest = await guestCart(bed)
  const variantId = await addVariant(bed)
  const { items } = await bed.cart.addItem({ ...guest, thing: variantOf(variantId) })
  const productId = items[0]?.productId ?? ''
  await bed.catalog.archiveProduct({ tenant: TENANT, productId }, as())
  const read = await bed.cart.getCart(guest)
  expect(read).toMatchObject({
    subtotal: usd(0n),
    canBeOrdered: false,
    items: [{ quantity: 1n, changes: [{ kind: ItemChangeKind.NOT_FOR_SALE }] }],
  })
  const lower = await bed.cart.updateItem({
    ...guest,
    itemId: items[0]?.itemId ?? '',
    quantity: 2n,
  })
  expect(lower.items).toMatchObject([{ quantity: 2n }])
})

test('what cannot be bought is not put in', async () => {
  const guest = await guestCart(bed)
  await addPlan(bed, 'in-euro', { currency: 'EUR' })
  const add = (thing: ReturnType<typeof variantOf> | ReturnType<typeof planOf>, quantity = 1n) =>
    bed.cart.addItem({ ...guest, thing, quantity })
  const none = await addVariant(bed, { units: 0 })
  const inEuro = await addVariant(bed, { usd: 0n })
  const there = await addVariant(bed, { units: 1 })
  await expect(add(variantOf('var_no_such'))).rejects.toMatchObject({
    code: 'catalog.not_for_sale',
  })
  await expect(add(variantOf(inEuro))).rejects.toMatchObject({ code: 'catalog.price_missing' })
  await expect(add(variantOf(none))).rejects.toMatchObject({ code: 'catalog.out_of_stock' })
  await expect(add(planOf('no-such'))).rejects.toMatchObject({
    code: 'subscription.plan_unavailable',
  })
  await expect(add(planOf('in-euro'))).rejects.toMatchObject({ code: 'cart.currency_mismatch' })
  await expect(bed.cart.addItem(guest)).rejects.toMatchObject({ code: 'request.invalid' })
  await add(variantOf(there), 9_999n)
  await expect(add(variantOf(there))).rejects.toMatchObject({ code: 'cart.quantity_too_large' })
  const { items, version } = await bed.cart.getCart(guest)
  expect(items).toMatchObject([{ variantId: there, quantity: 9_999n }])
  expect(version).toBe(2n)
})

test('a cart has 100 lines at most, and 10 plans among them', async () => {
  const guest = await guestCart(bed)
  for (let index = 0; index < 11; index++) await addPlan(bed, `one-of-${index}`)
  for (let index = 0; index < 10; index++) {
    await bed.cart.addItem({ ...guest, thing: planOf(`one-of-${index}`) })
  }
  const plan = bed.cart.addItem({ ...guest, thing: planOf('one-of-10') })
  await expect(plan).rejects.toMatchObject({ code: 'cart.too_many_items' })
  await bed.adminQuery(
    `insert into cart.cart_item
     select $1, $2, 'item_' || n, 'variant', 'var_' || n, 1, 1, 'USD' from generate_series(1, 90) as n`,
    [TENANT, guest.cartId],
  )
  const line = bed.cart.addItem({ ...guest, thing: variantOf(await addVariant(bed)) })
  await expect(line).rejects.toMatchObject({ code: 'cart.too_many_items' })
  expect((await bed.cart.getCart(guest)).items).toHaveLength(100)
})

test('without its token, in another tenant or as a person, a cart is not there', async () => {
  const guest = await guestCart(bed)
  const variantId = await addVariant(bed)
  const { items } = await bed.cart.addItem({ ...guest, thing: variantOf(variantId) })
  const itemId = items[0]?.itemId ?? ''
  const other = await guestCart(bed)
  const strangers = [
    { ...guest, cartToken: other.cartToken },
    { ...guest, cartToken: 'A'.repeat(43) },
    { ...guest, cartToken: ' ' },
    { ...guest, tenant: 'globex' },
    { ...guest, tenant: 'no-such-tenant' },
    { ...other, cartToken: guest.cartToken },
  ]
  for (const stranger of strangers) {
    const calls = [
      () => bed.cart.getCart(stranger),
      () => bed.cart.updateCart({ ...stranger, note: 'mine' }),
      () => bed.cart.addItem({ ...stranger, thing: variantOf(variantId) }),
      () => bed.cart.updateItem({ ...stranger, itemId, quantity: 2n }),
      () => bed.cart.removeItem({ ...stranger, itemId }),
      () => bed.cart.readCart(stranger, as(stranger.tenant)),
      () => bed.cart.mergeCart(stranger, asPerson('usr_stranger', { tenant: stranger.tenant })),
    ]
    for (const call of calls) {
      await expect(call()).rejects.toMatchObject({ code: 'resource.not_found' })
    }
  }
  const otherLine = bed.cart.updateItem({ ...other, itemId, quantity: 2n })
  await expect(otherLine).rejects.toMatchObject({ code: 'resource.not_found' })
  const unknown = bed.cart.createCart({ tenant: 'no-such-tenant', currency: 'USD' }, asGuest)
  await expect(unknown).rejects.toMatchObject({ code: 'resource.not_found' })
  expect(await bed.cart.getCart(guest)).toMatchObject({ version: 2n, note: '' })
})

test.each([
  ['a negative quantity', { quantity: -1n }],
  ['too many units', { quantity: 10_000n }],
  ['a quantity beyond 64 bits', { quantity: 9_223_372_036_854_775_807n }],
  ['no token', { cartToken: '' }],
  ['a long token', { cartToken: 'x'.repeat(101) }],
  ['a name that is none', { cartId: "' or true --" }],
  ['a variant that is none', { thing: variantOf('../../x') }],
  ['a plan that is none', { thing: planOf('NO SLUG') }],
  ['an empty variant', { thing: variantOf('') }],
])('%s is refused', async (_, hostile) => {
  const guest = await guestCart(bed)
  const thing = variantOf('var_1')
  const call = bed.cart.addItem({ ...guest, thing, ...hostile })
  await expect(call).rejects.toMatchObject({ code: 'request.invalid' })
})

test.each([
  ['a long note', { note: 'x'.repeat(1_001) }, 'request.invalid'],
  ['a NUL in a note', { note: 'a\u0000b' }, 'request.invalid'],
  ['a currency that is none', { currency: 'usd' }, 'request.invalid'],
  ['a coupon that is none', { couponCode: "'; drop table coupon" }, 'cart.coupon_not_valid'],
])('%s is refused', async (_, hostile, code) => {
  const guest = await guestCart(bed)
  await expect(bed.cart.updateCart({ ...guest, ...hostile })).rejects.toMatchObject({ code })
})

test('a note is kept as it is, and removed by an empty one', async () => {
  const guest = await guestCart(bed)
  const note = '<script>alert(1)</script> 🧺'
  expect(await bed.cart.updateCart({ ...guest, note })).toMatchObject({ note, version: 2n })
  expect(await bed.cart.updateCart({ ...guest, currency: 'EUR' })).toMatchObject({ note })
  expect(await bed.cart.updateCart({ ...guest, note: '' })).toMatchObject({ note: '' })
})
