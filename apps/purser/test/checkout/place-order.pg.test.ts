import { CheckoutState } from '@purser/contracts/order/v1/checkout'
import { OrderState } from '@purser/contracts/order/v1/sales_order'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { expectBooksToBalance } from './books.ts'
import { type CheckoutBed, startCheckoutBed } from './checkout-bed.ts'
import { addProduct, asTest, buy, fillCart, openShop, purchaseOf, TENANT } from './shop.ts'

let bed: CheckoutBed
beforeAll(async () => {
  bed = await startCheckoutBed()
  await openShop(bed)
}, 120_000)
afterAll(() => bed.close())

const stepsOf = async (checkoutId: string) => {
  const { steps } = await bed.client.order.getCheckout({ tenant: TENANT, checkoutId }, asTest)
  return steps.map(({ step, isUndone, outcome }) => `${isUndone ? '-' : ''}${step}:${outcome}`)
}

describe('an order', () => {
  test('is made, paid and sold in 30 statements over all services', async () => {
    const variantId = await addProduct(bed, { onHand: 5n })
    const cart = await fillCart(bed, [variantId])
    const purchase = await purchaseOf(bed, cart)
    bed.statements.length = 0
    const checkout = await bed.client.order.placeGuestOrder(purchase)
    expect(bed.statements.length).toBeLessThanOrEqual(30)
    expect(checkout).toMatchObject({
      state: CheckoutState.DONE,
      order: {
        state: OrderState.PAID,
        total: { amountCents: 1_500n },
        paid: { amountCents: 1_500n },
        shipping: { amountCents: 500n },
        email: 'ann@example.com',
        lines: [{ variantId, quantity: 1n }],
      },
    })
    expect(await stepsOf(checkout.checkoutId)).toEqual([
      'reserve_stock:done',
      'confirm_shipping:done',
      'close_cart:done',
      'charge:done',
      'create_order:done',
      'commit_stock:done',
      'confirm_order:done',
    ])
    await expectBooksToBalance(bed)
  })

  test('is answered again, whoever asks how often', async () => {
    const cart = await fillCart(bed, [await addProduct(bed, { onHand: 5n })])
    const purchase = await purchaseOf(bed, cart)
    const first = await bed.client.order.placeGuestOrder(purchase)
    expect(await bed.client.order.placeGuestOrder(purchase)).toEqual(first)
    await expectBooksToBalance(bed)
  })
})

describe('a checkout that is refused', () => {
  test('for a declined card leaves nothing, and the cart can be bought with another', async () => {
    const cart = await fillCart(bed, [await addProduct(bed, { onHand: 1n })])
    await expect(buy(bed, cart, 'tok_declined')).rejects.toMatchObject({
      code: 'order.payment_declined',
      details: { decline_code: 'card_declined' },
    })
    await expectBooksToBalance(bed)
    expect((await buy(bed, cart)).state).toBe(CheckoutState.DONE)
    await expectBooksToBalance(bed)
  })

  test('for another price than was shown charges nothing', async () => {
    const variantId = await addProduct(bed, { onHand: 1n })
    const cart = await fillCart(bed, [variantId])
    const purchase = await purchaseOf(bed, cart)
    const expectedTotal = { amountCents: 1_499n, currency: 'EUR' }
    const changed = { ...purchase, purchase: { ...purchase.purchase, expectedTotal } }
    await expect(bed.client.order.placeGuestOrder(changed)).rejects.toMatchObject({
      code: 'order.price_changed',
      details: { expected_cents: '1499', total_cents: '1500', currency: 'EUR' },
    })
    await expectBooksToBalance(bed)
  })
})
