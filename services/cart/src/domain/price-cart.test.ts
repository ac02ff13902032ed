import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { CartItem, WholeCart } from './cart.ts'
import type { Coupon, Reduction } from './coupon.ts'
import { type Offer, Offers } from './offer.ts'
import { priceCart } from './price-cart.ts'

const now = Temporal.Instant.from('2026-02-15T12:00:00Z')

const facts = {
  title: 'Thing',
  variantTitle: '',
  productId: '',
  sku: '',
  slug: '',
  imageUrl: '',
  weightGrams: 0,
  requiresShipping: true,
  taxCategory: '',
  planVersion: 0,
  billingPeriod: '',
}

const offer = (unitMinor: bigint | undefined, changes: Partial<Offer> = {}): Offer => ({
  isForSale: true,
  unitMinor,
  listMinor: undefined,
  available: undefined,
  facts,
  ...changes,
})

const line = (thingId: string, quantity: bigint, changes: Partial<CartItem> = {}): CartItem => ({
  itemId: `item_${thingId}`,
  kind: 'variant',
  thingId,
  quantity,
  seenMinor: 100n,
  seenCurrency: 'USD',
  ...changes,
})

const coupon = (reduction: Reduction, changes: Partial<Coupon> = {}): Coupon => ({
  couponId: 'coup_1',
  code: 'CODE',
  reduction,
  minimumMinor: undefined,
  currency: reduction.kind === 'amount' ? 'USD' : undefined,
  startsAt: undefined,
  endsAt: undefined,
  maxRedemptions: 0n,
  redeemedCount: 0n,
  isActive: true,
  createdAt: now,
  ...changes,
})

/** A cart of lines with their offers, priced. */
function price(lines: readonly (readonly [CartItem, Offer | undefined])[], applied?: Coupon) {
  const offers = new Offers('USD')
  for (const [item, found] of lines) offers.set(item, found)
  const cart: WholeCart['cart'] = {
    cartId: 'cart_1',
    state: 'open',
    version: 1n,
    currency: 'USD',
    userId: '',
    note: '',
    createdAt: now,
    updatedAt: now,
    expireAt: now,
  }
  return priceCart({ cart, items: lines.map(([item]) => item), coupon: applied }, offers, now)
}

describe('what a line tells', () => {
  test.each([
    ['nothing new', offer(100n), []],
    ['a new price', offer(90n), [{ kind: 'price_changed', oldMinor: 100n, newMinor: 90n }]],
    ['no such thing', undefined, [{ kind: 'not_for_sale' }]],
    ['nothing for sale', offer(90n, { isForSale: false }), [{ kind: 'not_for_sale' }]],
    ['no price', offer(undefined, { available: 0n }), [{ kind: 'price_missing' }]],
    ['just enough', offer(100n, { available: 5n }), []],
    ['too few', offer(100n, { available: 4n }), [{ kind: 'quantity_reduced', available: 4n }]],
    ['none', offer(100n, { available: 0n }), [{ kind: 'out_of_stock' }]],
    ['fewer than none', offer(100n, { available: -2n }), [{ kind: 'out_of_stock' }]],
    [
      'a new price of too few',
      offer(90n, { available: 1n }),
      [
        { kind: 'price_changed', oldMinor: 100n, newMinor: 90n },
        { kind: 'quantity_reduced', available: 1n },
      ],
    ],
  ])('%s', (_, found, changes) => {
    const { priced, canBeOrdered } = price([[line('a', 5n), found]])
    expect(priced[0]?.changes).toEqual(changes)
    expect(canBeOrdered).toBe(changes.every(({ kind }) => kind === 'price_changed'))
  })

  test('a price that was seen in another currency is no change', () => {
    const { priced } = price([[line('a', 1n, { seenCurrency: 'EUR' }), offer(90n)]])
    expect(priced[0]?.changes).toEqual([])
  })

  test('an empty cart cannot be ordered', () => {
    expect(price([]).canBeOrdered).toBe(false)
  })
})

describe('a coupon', () => {
  const goods = [[line('a', 3n), offer(100n)]] as const
  const plan = [line('p', 1n, { kind: 'plan' }), offer(1_000n)] as const

  test.each([
    ['half a unit up', 1_250n, 38n],
    ['all of it', 10_000n, 300n],
    ['less than half a unit', 16n, 0n],
    ['half a unit', 17n, 1n],
  ])('of a percentage: %s', (_, hundredths, discountMinor) => {
    const priced = price(goods, coupon({ kind: 'percent', hundredths }))
    expect(priced.discountMinor).toBe(discountMinor)
  })

  test('takes nothing off plans', () => {
    const all = coupon({ kind: 'percent', hundredths: 10_000n })
    expect(price([...goods, plan], all)).toMatchObject({
      subtotalMinor: 300n,
      discountMinor: 300n,
      planMinor: 1_000n,
    })
    expect(price([plan], all)).toMatchObject({ discountMinor: 0n, planMinor: 1_000n })
  })

  test.each([
    ['inactive', { isActive: false }],
    ['not_started', { startsAt: now.add({ seconds: 1 }) }],
    ['ended', { endsAt: now }],
    ['used_up', { maxRedemptions: 2n, redeemedCount: 2n }],
    ['other_currency', { currency: 'EUR' }],
    ['below_minimum', { minimumMinor: 301n, currency: 'USD' }],
  ])('%s takes nothing off', (obstacle, changes) => {
    const priced = price(goods, coupon({ kind: 'percent', hundredths: 1_000n }, changes))
    expect(priced).toMatchObject({ discountMinor: 0n, couponObstacle: obstacle })
  })

  test('at the edge of its time, number and minimum takes something off', () => {
    const edge = {
      startsAt: now,
      endsAt: now.add({ nanoseconds: 1 }),
      maxRedemptions: 3n,
      redeemedCount: 2n,
      minimumMinor: 300n,
      currency: 'USD',
    }
    const priced = price(goods, coupon({ kind: 'percent', hundredths: 1_000n }, edge))
    expect(priced).toMatchObject({ discountMinor: 30n, couponObstacle: undefined })
  })
})

const lines = fc.array(
  fc.record({
    quantity: fc.bigInt({ min: 1n, max: 99_999n }),
    unitMinor: fc.option(fc.bigInt({ min: 0n, max: 1_000_000_000_000n }), { nil: undefined }),
    isPlan: fc.boolean(),
  }),
  { maxLength: 20 },
)
const reductions: fc.Arbitrary<Reduction> = fc.oneof(
  fc
    .bigInt({ min: 1n, max: 10_000n })
    .map((hundredths): Reduction => ({ kind: 'percent', hundredths })),
  fc
    .bigInt({ min: 1n, max: 10n ** 13n })
    .map((amountMinor): Reduction => ({ kind: 'amount', amountMinor })),
)

test('the shares of a discount add up to it, and none is more than its line or on a plan', () => {
  fc.assert(
    fc.property(lines, reductions, (wanted, reduction) => {
      const priced = price(
        wanted.map(({ quantity, unitMinor, isPlan }, index) => [
          line(`thing-${index}`, isPlan ? 1n : quantity, { kind: isPlan ? 'plan' : 'variant' }),
          offer(unitMinor),
        ]),
        coupon(reduction),
      )
      const { discountMinor, subtotalMinor, planMinor } = priced
      const sum = (of: (each: (typeof priced.priced)[number]) => bigint) =>
        priced.priced.reduce((total, each) => total + of(each), 0n)
      expect(sum((each) => each.discountMinor)).toBe(discountMinor)
      expect(sum((each) => each.totalMinor)).toBe(subtotalMinor + planMinor)
      expect(discountMinor).toBeGreaterThanOrEqual(0n)
      expect(discountMinor).toBeLessThanOrEqual(subtotalMinor)
      for (const each of priced.priced) {
        const most = each.item.kind === 'plan' ? 0n : each.totalMinor
        expect(each.discountMinor).toBeLessThanOrEqual(most)
        expect(each.discountMinor).toBeGreaterThanOrEqual(0n)
      }
    }),
  )
})
