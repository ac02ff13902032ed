import fc from 'fast-check'
import { toProtoTimestamp } from '@purser/rpc'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  addProduct,
  as,
  type Catalog,
  NOW,
  startCatalog,
  TENANT,
  variant,
} from '../catalog-harness.ts'

let bed: Catalog
beforeAll(async () => {
  bed = await startCatalog()
})
afterAll(() => bed?.close())

type Price = { amount: number; list: '' | 'trade'; start: number | null; end: number | null }

const hour = (number: number) => NOW.add({ hours: number })
const bound = fc.option(fc.integer({ min: -4, max: 4 }), { freq: 2 })
const price = fc
  .record({
    amount: fc.integer({ min: 0, max: 9_999 }),
    list: fc.constantFrom('' as const, 'trade' as const),
    start: bound,
    end: bound,
  })
  .filter(({ start, end }) => start === null || end === null || start < end)
const prices = fc.uniqueArray(price, {
  maxLength: 7,
  selector: ({ list, start, end }) => `${list} ${start} ${end}`,
})

/** The law as the contract words it. */
function chosen(all: readonly Price[], list: string, now: number): number | undefined {
  const holding = all.filter(
    (each) =>
      (each.list === list || each.list === '') &&
      (each.start === null || each.start <= now) &&
      (each.end === null || each.end > now),
  )
  const [first] = holding.toSorted(
    (a, b) =>
      Number(a.list === '') - Number(b.list === '') ||
      (b.start ?? -99) - (a.start ?? -99) ||
      (a.end ?? 99) - (b.end ?? 99),
  )
  return first?.amount
}

test('carts, the page of a product and lists choose the same price, by the law, at any time', async () => {
  await fc.assert(
    fc.asyncProperty(prices, prices, async (one, another) => {
      const toInput = (all: readonly Price[]) =>
        variant({
          optionValues: [],
          prices: all.map(({ amount, list, start, end }) => ({
            amount: { amountCents: BigInt(amount), currency: 'USD' },
            priceListKey: list,
            ...(start !== null && { startTime: toProtoTimestamp(hour(start)) }),
            ...(end !== null && { endTime: toProtoTimestamp(hour(end)) }),
          })),
        })
      const publishTime = toProtoTimestamp(hour(-100))
      const options = [{ name: 'Kind', values: ['one', 'another'] }]
      const product = await addProduct(bed, {
        publishTime,
        options,
        variants: [
          { ...toInput(one), optionValues: ['one'] },
          { ...toInput(another), optionValues: ['another'] },
        ],
      })
      const variantIds = product.variants.map(({ variantId }) => variantId)
      for (const now of [-5, -4, -2, 0, 1, 3, 4]) {
        bed.clock.instant = hour(now)
        const wanted = { tenant: TENANT, currency: 'USD', variantIds }
        const base = await bed.catalog.priceVariants(wanted, as())
        const trade = await bed.catalog.priceVariants({ ...wanted, priceListKey: 'trade' }, as())
        const page = await bed.catalog.getProduct(
          { tenant: TENANT, productId: product.productId },
          as(),
        )
        const expected = [one, another].map((all) => chosen(all, '', now))
        const amounts = (all: readonly { price?: { amountCents: bigint } }[]) =>
          all.map((each) => (each.price ? Number(each.price.amountCents) : undefined))
        expect(
          amounts(base.variants.map(({ unitPrice: price }) => ({ ...(price && { price }) }))),
        ).toEqual(expected)
        expect(
          amounts(trade.variants.map(({ unitPrice: price }) => ({ ...(price && { price }) }))),
        ).toEqual([one, another].map((all) => chosen(all, 'trade', now)))
        expect(amounts(page.variants.map(({ price }) => ({ ...(price && { price }) })))).toEqual(
          expected,
        )
        const known = expected.filter((each) => each !== undefined)
        const { products } = await bed.catalog.listProducts({ tenant: TENANT, pageSize: 100 }, as())
        const card = products.find(({ productId }) => productId === product.productId)
        expect(
          [card?.price, card?.maxPrice].map((each) => each && Number(each.amountCents)),
        ).toEqual(
          known.length === 0 ? [undefined, undefined] : [Math.min(...known), Math.max(...known)],
        )
      }
      await bed.catalog.archiveProduct({ tenant: TENANT, productId: product.productId }, as())
    }),
    { numRuns: 15, endOnFailure: true },
  )
})

test('prices are those of the currency asked for, or of the settings', async () => {
  bed.clock.instant = NOW
  const { productId } = await addProduct(bed)
  const priceIn = async (currency: string) =>
    (await bed.catalog.getProduct({ tenant: TENANT, productId, currency }, as())).variants[0]?.price
  expect(await priceIn('EUR')).toMatchObject({ amountCents: 900n, currency: 'EUR' })
  expect(await priceIn('')).toMatchObject({ amountCents: 1000n, currency: 'USD' })
  expect(await priceIn('JPY')).toBeUndefined()
  await bed.catalog.putCatalogSettings({ tenant: TENANT, defaultCurrency: 'EUR' }, as())
  expect(await priceIn('')).toMatchObject({ amountCents: 900n, currency: 'EUR' })
})

test('a price to compare with is shown when it is higher', async () => {
  const compared = (amountCents: bigint, compareAt: bigint) =>
    variant({
      prices: [
        {
          amount: { amountCents, currency: 'USD' },
          compareAt: { amountCents: compareAt, currency: 'USD' },
        },
      ],
    })
  const reduced = await addProduct(bed, { slug: 'reduced', variants: [compared(800n, 1000n)] })
  const raised = await addProduct(bed, { slug: 'raised', variants: [compared(1200n, 1000n)] })
  const question = { tenant: TENANT, currency: 'USD' }
  const shown = async (productId: string) =>
    (await bed.catalog.getProduct({ ...question, productId }, as())).variants[0]?.compareAt
      ?.amountCents
  expect(await shown(reduced.productId)).toBe(1000n)
  expect(await shown(raised.productId)).toBeUndefined()
  const { products } = await bed.catalog.listProducts({ ...question, pageSize: 100 }, as())
  const cards = new Map(products.map((card) => [card.slug, card.compareAt?.amountCents]))
  expect([cards.get('reduced'), cards.get('raised')]).toEqual([1000n, undefined])
})
