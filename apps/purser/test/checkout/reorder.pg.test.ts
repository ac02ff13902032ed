import { create } from '@bufbuild/protobuf'
import { ItemChangeKind } from '@purser/contracts/cart/v1/contents'
import { ProductStatus, VariantPriceSchema } from '@purser/contracts/catalog/v1/product'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type CheckoutBed, startCheckoutBed } from './checkout-bed.ts'
import {
  addProduct,
  address,
  asPerson,
  asTest,
  buy,
  CURRENCY,
  fillCart,
  openShop,
  TENANT,
} from './shop.ts'

const tenant = TENANT
let bed: CheckoutBed
beforeAll(async () => {
  bed = await startCheckoutBed()
  await openShop(bed)
}, 120_000)
afterAll(() => bed.close())

const eur = (amountCents: bigint) => ({ amountCents, currency: CURRENCY })

/** Changes what a shop says of a variant's product. */
async function change(variantId: string, changes: { cents?: bigint; isGone?: boolean }) {
  const { products } = await bed.client.catalog.listStoredProducts(
    { tenant, pageSize: 200 },
    asTest,
  )
  const found = products.find(({ variants }) => variants[0]?.variantId === variantId)
  const variant = found?.input?.variants[0]
  if (found?.input === undefined || variant === undefined) throw new Error('no such variant')
  const { productId, input } = found
  if (changes.cents) variant.prices = [create(VariantPriceSchema, { amount: eur(changes.cents) })]
  if (changes.isGone) input.status = ProductStatus.ARCHIVED
  await bed.client.catalog.updateProduct({ tenant, productId, input }, asTest)
}

async function guestOrder(variantIds: readonly string[]) {
  const { order } = await buy(bed, await fillCart(bed, variantIds, 2n))
  return { number: order?.number ?? 0n, email: 'ANN@example.com' }
}

test('a guest buys again: what changed, what is gone and what is sold out is told', async () => {
  const same = await addProduct(bed, { onHand: 10n })
  const dearer = await addProduct(bed, { onHand: 10n })
  const gone = await addProduct(bed, { onHand: 10n })
  const soldOut = await addProduct(bed, { onHand: 2n })
  const few = await addProduct(bed, { onHand: 3n })
  const variantIds = [same, dearer, gone, soldOut, few]
  const order = await guestOrder(variantIds)
  await change(dearer, { cents: 1_250n })
  await change(gone, { isGone: true })
  const cart = await fillCart(bed, [])
  const { lines, cart: filled } = await bed.client.order.reorderGuestOrder({
    tenant,
    ...order,
    ...cart,
  })
  expect(lines.map(({ variantId }) => variantId)).toEqual(variantIds)
  expect(lines.map(({ isAdded, changes }) => ({ isAdded, changes }))).toMatchObject([
    { isAdded: true, changes: [] },
    {
      isAdded: true,
      changes: [
        { kind: ItemChangeKind.PRICE_CHANGED, oldPrice: eur(1_000n), newPrice: eur(1_250n) },
      ],
    },
    { isAdded: false, changes: [{ kind: ItemChangeKind.NOT_FOR_SALE }] },
    { isAdded: false, changes: [{ kind: ItemChangeKind.OUT_OF_STOCK }] },
    {
      isAdded: true,
      changes: [{ kind: ItemChangeKind.QUANTITY_REDUCED, availableQuantity: 1n }],
    },
  ])
  expect(filled).toMatchObject({
    cartId: cart.cartId,
    items: [
      { variantId: same, quantity: 2n },
      // At the price of today, which the owner of the cart has been told.
      { variantId: dearer, quantity: 2n, unitPrice: eur(1_250n), changes: [] },
      { variantId: few, quantity: 2n },
    ],
  })
  expect(await bed.client.cart.getCart({ tenant, ...cart })).toEqual(filled)
})

test('with its key an order is put into the cart once, also when the answer of the cart is lost', async () => {
  const order = await guestOrder([await addProduct(bed, { onHand: 10n })])
  const cart = await fillCart(bed, [])
  const reorder = () =>
    bed.client.order.reorderGuestOrder(
      { tenant, ...order, ...cart },
      { headers: { 'idempotency-key': 'again' } },
    )
  const after = () => {
    throw new Error('the line broke')
  }
  await expect(bed.interfere({ method: 'fillCart', after }, reorder)).rejects.toThrow()
  const first = await reorder()
  expect(await reorder()).toEqual(first)
  const { items } = await bed.client.cart.getCart({ tenant, ...cart })
  expect(items).toMatchObject([{ quantity: 2n }])
})

test('an order is put into a cart by whose it is alone', async () => {
  const order = await guestOrder([await addProduct(bed, { onHand: 10n })])
  const cart = await fillCart(bed, [])
  const unlike = [
    { ...order, ...cart, email: 'bob@example.com' },
    { ...order, ...cart, number: order.number + 1_000n },
    { ...order, ...cart, cartToken: 'another' },
  ]
  for (const wanted of unlike) {
    const refused = bed.client.order.reorderGuestOrder({ tenant, ...wanted })
    await expect(refused).rejects.toMatchObject({ code: 'resource.not_found' })
  }
})

test('a person buys their own order again, into their own cart, and nobody else’s', async () => {
  const { order, cart, user } = bed.client
  const { userId } = (
    await user.register({
      tenant,
      email: 'again@example.com',
      password: 'correct horse battery staple',
      fullName: 'Ann Other',
    })
  ).user ?? { userId: '' }
  const as = asPerson(userId)
  const thing = { case: 'variantId' as const, value: await addProduct(bed, { onHand: 10n }) }
  const { cartId } = await cart.addOwnItem({ tenant, thing, currency: CURRENCY }, as)
  const { quotes } = await order.quoteCheckout({ tenant, cartId, shippingAddress: address }, as)
  const [quote] = quotes
  const { order: made } = await order.placeOrder(
    {
      tenant,
      cartId,
      purchase: {
        expectedTotal: quote?.total ?? eur(0n),
        email: 'again@example.com',
        recipient: 'Ann',
        shippingAddress: address,
        shippingQuoteId: quote?.shippingQuoteId ?? '',
        method: { case: 'paymentMethodToken', value: 'tok_success' },
      },
    },
    as,
  )
  const orderId = made?.orderId ?? ''
  const again = await order.reorderOwnOrder({ tenant, orderId }, as)
  expect(again).toMatchObject({
    cart: { currency: CURRENCY, items: [{ variantId: thing.value, quantity: 1n }] },
    lines: [{ isAdded: true, title: made?.lines[0]?.title, changes: [] }],
  })
  expect(again.cart?.cartId).not.toBe(cartId)
  expect(await cart.getOwnCart({ tenant }, as)).toEqual(again.cart)
  const stranger = order.reorderOwnOrder({ tenant, orderId }, asPerson('usr_stranger'))
  await expect(stranger).rejects.toMatchObject({ code: 'resource.not_found' })
})
