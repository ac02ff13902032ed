import { ProductStatus } from '@purser/contracts/catalog/v1/product'
import { CheckoutState } from '@purser/contracts/order/v1/checkout'
import { RateBasis } from '@purser/contracts/shipping/v1/method'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { expectBooksToBalance } from './books.ts'
import { type CheckoutBed, startCheckoutBed } from './checkout-bed.ts'
import {
  addProduct,
  address,
  asTest,
  CURRENCY,
  type FilledCart,
  fillCart,
  openShop,
  purchaseOf,
  TENANT,
} from './shop.ts'

let bed: CheckoutBed
beforeAll(async () => {
  bed = await startCheckoutBed()
  await openShop(bed)
}, 120_000)
afterAll(() => bed.close())

const quote = async (cart: FilledCart) =>
  await bed.client.order.quoteGuestCheckout({ tenant: TENANT, ...cart, shippingAddress: address })

/** What a guest sends to buy a cart without delivery. */
async function withoutDelivery(cart: FilledCart) {
  const { totalWithoutShipping } = await quote(cart)
  return {
    tenant: TENANT,
    ...cart,
    purchase: {
      ...(totalWithoutShipping && { expectedTotal: totalWithoutShipping }),
      email: 'ann@example.com',
      recipient: 'Ann Other',
      shippingAddress: address,
      method: { case: 'paymentMethodToken' as const, value: 'tok_success' },
    },
  }
}

describe('goods that have to be delivered', () => {
  test('need a quote, also when nobody knows what they weigh', async () => {
    const cart = await fillCart(bed, [await addProduct(bed, { onHand: 3n, weightGrams: 0 })])
    await expect(
      bed.client.order.placeGuestOrder(await withoutDelivery(cart)),
    ).rejects.toMatchObject({ code: 'order.shipping_missing' })
    const { order } = await bed.client.order.placeGuestOrder(await purchaseOf(bed, cart))
    expect(order).toMatchObject({
      shipping: { amountCents: 500n },
      lines: [{ requiresShipping: true }],
    })
    await expectBooksToBalance(bed)
  })

  test('alone are weighed and counted, beside goods that are not delivered', async () => {
    const digital = { onHand: 9n, priceCents: 90_000n, requiresShipping: false, weightGrams: 7 }
    const cart = await fillCart(bed, [
      await addProduct(bed, digital),
      await addProduct(bed, { onHand: 9n }),
    ])
    const tenant = TENANT
    const tiers = [{ priceCents: 700n }]
    const bySubtotal = { zoneKey: 'world', currency: CURRENCY, tiers, freeFromCents: 50_000n }
    const method = { tenant, methodKey: 'free-from-500', title: 'Free', rates: [bySubtotal] }
    await bed.client.shipping.putMethod(method, asTest)
    const { quotes } = await quote(cart)
    await bed.client.shipping.deleteMethod({ tenant, methodKey: method.methodKey }, asTest)
    expect(quotes.map(({ price }) => price?.amountCents)).toEqual([500n, 700n])
    const { order } = await bed.client.order.placeGuestOrder(await purchaseOf(bed, cart))
    expect(order).toMatchObject({
      total: { amountCents: 91_500n },
      lines: [{ requiresShipping: false }, { requiresShipping: true }],
    })
    await expectBooksToBalance(bed)
  })
})

test('goods that are not delivered are offered no delivery, and need none, whatever they weigh', async () => {
  const digital = await addProduct(bed, { onHand: 3n, requiresShipping: false })
  const cart = await fillCart(bed, [digital])
  expect((await quote(cart)).quotes).toEqual([])
  const checkout = await bed.client.order.placeGuestOrder(await withoutDelivery(cart))
  expect(checkout).toMatchObject({
    state: CheckoutState.DONE,
    order: { total: { amountCents: 1_000n }, shipping: { amountCents: 0n } },
  })
  await expectBooksToBalance(bed)
})

describe('goods that were measured', () => {
  test('are offered no method that they are too large for, and go by what they were quoted', async () => {
    const tenant = TENANT
    const tiers = [
      { upTo: 1_000n, priceCents: 200n },
      { upTo: 100_000n, priceCents: 700n },
    ]
    const rates = [
      { zoneKey: 'world', currency: CURRENCY, basis: RateBasis.VOLUME, tiers, maxSideMm: 600 },
    ]
    const method = { tenant, methodKey: 'box', title: 'Box', rates }
    await bed.client.shipping.putMethod(method, asTest)
    const offers = async (cart: FilledCart) => {
      const { quotes } = await quote(cart)
      return quotes.map(({ methodKey, price }) => [methodKey, price?.amountCents])
    }
    const dimensions = { lengthMm: 600, widthMm: 10, heightMm: 10 }
    const rod = await addProduct(bed, { onHand: 9n, dimensions })
    const cart = await fillCart(bed, [rod])
    expect(await offers(cart)).toEqual([
      ['box', 200n],
      ['post', 500n],
    ])
    const { order } = await bed.client.order.placeGuestOrder(await purchaseOf(bed, cart))
    expect(order?.shipping?.amountCents).toBe(200n)
    const mast = { ...dimensions, lengthMm: 601 }
    const long = await addProduct(bed, { onHand: 9n, dimensions: mast })
    expect(await offers(await fillCart(bed, [rod, long]))).toEqual([['post', 500n]])
    await bed.client.shipping.deleteMethod({ tenant, methodKey: 'box' }, asTest)
    await expectBooksToBalance(bed)
  })
})

describe('between quote and order', () => {
  test('a new price is told as such, with both totals', async () => {
    const tenant = TENANT
    const variantId = await addProduct(bed, { onHand: 3n })
    const cart = await fillCart(bed, [variantId])
    const purchase = await purchaseOf(bed, cart)
    const { cart: seen } = await bed.client.cart.readCart({ tenant, ...cart }, asTest)
    const item = seen?.items[0]
    const prices = [{ amount: { amountCents: 1_200n, currency: CURRENCY } }]
    const variants = [{ sku: item?.sku ?? '', prices, weightGrams: 100 }]
    const input = {
      slug: item?.slug ?? '',
      title: 'Dearer',
      status: ProductStatus.PUBLISHED,
      variants,
    }
    const productId = item?.productId ?? ''
    await bed.client.catalog.updateProduct({ tenant, productId, input }, asTest)
    await expect(bed.client.order.placeGuestOrder(purchase)).rejects.toMatchObject({
      code: 'order.price_changed',
      details: { expected_cents: '1500', total_cents: '1700', currency: CURRENCY },
    })
    const again = await bed.client.order.placeGuestOrder(await purchaseOf(bed, cart))
    expect(again.order?.total?.amountCents).toBe(1_700n)
    await expectBooksToBalance(bed)
  })

  test('a coupon that ended is told as another total', async () => {
    const tenant = TENANT
    const cart = await fillCart(bed, [await addProduct(bed, { onHand: 3n })])
    const reduction = { case: 'percent' as const, value: '10' }
    const { couponId } = await bed.client.cart.createCoupon(
      { tenant, code: 'TEN', reduction },
      asTest,
    )
    await bed.client.cart.updateCart({ tenant, ...cart, couponCode: 'TEN' })
    const purchase = await purchaseOf(bed, cart)
    expect(purchase.purchase.expectedTotal?.amountCents).toBe(1_400n)
    await bed.client.cart.deactivateCoupon({ tenant, couponId }, asTest)
    await expect(bed.client.order.placeGuestOrder(purchase)).rejects.toMatchObject({
      code: 'order.price_changed',
      details: { expected_cents: '1400', total_cents: '1500' },
    })
  })

  test('a cart with more in it is told as another total; with the new total, that the quote is for less', async () => {
    const variantId = await addProduct(bed, { onHand: 9n })
    const cart = await fillCart(bed, [variantId])
    const purchase = await purchaseOf(bed, cart)
    const thing = { case: 'variantId' as const, value: variantId }
    await bed.client.cart.addItem({ tenant: TENANT, ...cart, quantity: 1n, thing })
    await expect(bed.client.order.placeGuestOrder(purchase)).rejects.toMatchObject({
      code: 'order.price_changed',
      details: { expected_cents: '1500', total_cents: '2500' },
    })
    const expectedTotal = { amountCents: 2_500n, currency: CURRENCY }
    const oldQuote = { ...purchase, purchase: { ...purchase.purchase, expectedTotal } }
    await expect(bed.client.order.placeGuestOrder(oldQuote)).rejects.toMatchObject({
      code: 'shipping.quote_mismatch',
    })
    await expectBooksToBalance(bed)
  })
})
