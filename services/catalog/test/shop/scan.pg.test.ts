import { ProductStatus, StockPolicy } from '@purser/contracts/catalog/v1/product'
import {
  Availability,
  type ProductCard,
  ProductSort,
} from '@purser/contracts/catalog/v1/storefront'
import { isPurserError } from '@purser/kernel'
import { toProtoTimestamp } from '@purser/rpc'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { as, type Catalog, NOW, reserve, startCatalog } from '../catalog-harness.ts'
import { type Policy, type Question, type Shown, scan, type Thing } from './shop-scan.ts'

let bed: Catalog
beforeAll(async () => {
  bed = await startCatalog()
})
afterAll(() => bed?.close())

const words = ['oak', 'pine', 'lamp', 'desk', 'glossy']
const colors = ['Red', 'Blue']
const cents = fc.integer({ min: 1, max: 6 }).map((number) => number * 100)
const option = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined })
const number = fc.nat({ max: 4 })

const variantArbitrary = fc.record({
  policy: fc.constantFrom<Policy>('deny', 'deny', 'deny', 'backorder', 'preorder', 'untracked'),
  cents,
  sale: option(
    fc.record({
      cents,
      start: fc.integer({ min: 0, max: 3 }),
      end: fc.integer({ min: 4, max: 8 }),
    }),
  ),
  isLeftOut: fc.boolean(),
})
const thingArbitrary = fc.record({
  words: fc.subarray(words, { minLength: 1, maxLength: 3 }),
  color: fc.constantFrom(...colors),
  category: fc.constantFrom('hall' as const, 'room' as const),
  status: fc.constantFrom<Thing['status']>('published', 'published', 'published', 'draft'),
  publishHour: fc.constantFrom(-2, -1, 2),
  variants: fc.array(variantArbitrary, { minLength: 1, maxLength: 3 }),
})
type Drawn = typeof thingArbitrary extends fc.Arbitrary<infer T> ? T : never

const change = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('write' as const), number, drawn: thingArbitrary }),
  },
  fc.record({ kind: fc.constant('archive' as const), number }),
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('count' as const),
      number,
      place: fc.constantFrom('main', 'side'),
      units: fc.nat({ max: 2 }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('reserve' as const),
      number,
      units: fc.integer({ min: 1, max: 2 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constantFrom('commit' as const, 'release' as const), number }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('wait' as const), minutes: fc.constantFrom(20, 90) }),
  },
  fc.record({ kind: fc.constant('job' as const) }),
)
type Change = typeof change extends fc.Arbitrary<infer T> ? T : never

const question: fc.Arbitrary<Question> = fc.record({
  q: fc.subarray(words, { maxLength: 2 }),
  category: option(fc.constantFrom('hall' as const, 'room' as const)),
  colors: fc.subarray(colors),
  minCents: option(cents),
  maxCents: option(cents),
  onlyAvailable: fc.boolean(),
})
const sort = fc.constantFrom(
  ProductSort.RELEVANCE,
  ProductSort.NEWEST,
  ProductSort.PRICE_ASC,
  ProductSort.PRICE_DESC,
  ProductSort.TITLE,
)

let runs = 0

test('lists and searches answer what a scan of all products says, after every kind of change', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(thingArbitrary, { minLength: 5, maxLength: 5 }),
      fc.array(
        fc.tuple(change, fc.array(fc.tuple(question, sort), { minLength: 3, maxLength: 3 })),
        {
          minLength: 4,
          maxLength: 14,
        },
      ),
      async (drawn, steps) => {
        runs += 1
        bed.clock.instant = NOW
        const shop = await openShop(`scan-${runs}`, drawn)
        for (const [each, questions] of steps) {
          await apply(shop, each)
          // Answers of before are a second old now.
          bed.clock.advance({ seconds: 1 })
          const units = await freeUnits(shop)
          for (const [asked, order] of questions) {
            const hour = bed.clock.now().since(NOW).total('hours')
            const expected = scan([...shop.things.values()], units, hour, asked)
            expect([each, asked, await answerOf(shop, asked, order)]).toEqual([
              each,
              asked,
              told(expected),
            ])
          }
        }
      },
    ),
    { numRuns: 25, endOnFailure: true },
  )
}, 120_000)

type Shop = {
  tenant: string
  things: Map<string, Thing>
  productIds: Map<string, string>
  variantIds: Map<string, string>
  categoryIds: Map<string, string>
}

async function openShop(tenant: string, drawn: readonly Drawn[]): Promise<Shop> {
  const { catalog } = bed
  const categoryIds = new Map<string, string>()
  for (const [slug, above] of [
    ['hall', ''],
    ['room', 'hall'],
  ] as const) {
    const input = { slug, title: 'Place', parentId: categoryIds.get(above) ?? '' }
    categoryIds.set(slug, (await catalog.createCategory({ tenant, input }, as(tenant))).categoryId)
  }
  for (const locationId of ['main', 'side']) {
    await catalog.putLocation({ tenant, locationId, title: locationId, position: 0 }, as(tenant))
  }
  const shop = {
    tenant,
    things: new Map(),
    productIds: new Map(),
    variantIds: new Map(),
    categoryIds,
  }
  for (const [number, each] of drawn.entries()) {
    // All but the first variant have a unit; those that are left out then were in stock.
    const variants = each.variants.map((variant) => ({ ...variant, isLeftOut: false }))
    await write(shop, number, { ...each, variants })
    await count(
      shop,
      'main',
      1n,
      (sku) => sku.startsWith(`thing-${number}-`) && !sku.endsWith('-0'),
    )
    await write(shop, number, each)
  }
  return shop
}

/** Writes a product under a number: a new one, or what it is from now on. Its first variant stays. */
async function write(shop: Shop, number: number, drawn: Drawn): Promise<void> {
  const { tenant, things } = shop
  const slug = `thing-${number}`
  const variants = drawn.variants.map((variant, at) => ({
    ...variant,
    sku: `${slug}-${at}`,
    isLeftOut: at > 0 && variant.isLeftOut,
  }))
  const thing = { ...drawn, slug, variants }
  const input = inputOf(shop, thing)
  const productId = shop.productIds.get(slug)
  const product = productId
    ? await bed.catalog.updateProduct({ tenant, productId, input }, as(tenant))
    : await bed.catalog.createProduct({ tenant, input }, as(tenant))
  things.set(slug, thing)
  shop.productIds.set(slug, product.productId)
  for (const { input: { sku } = { sku: '' }, variantId } of product.variants) {
    shop.variantIds.set(sku, variantId)
  }
}

function inputOf(shop: Shop, thing: Thing) {
  const timeOf = (hours: number) => toProtoTimestamp(NOW.add({ hours }))
  const usd = (amountCents: number) => ({ amountCents: BigInt(amountCents), currency: 'USD' })
  const values = thing.variants.map(({ sku }) => sku)
  return {
    slug: thing.slug,
    title: `${thing.words.join(' ')} ${thing.slug}`,
    status: thing.status === 'published' ? ProductStatus.PUBLISHED : ProductStatus.DRAFT,
    publishTime: timeOf(thing.publishHour),
    categoryIds: [shop.categoryIds.get(thing.category) ?? ''],
    attributes: [{ key: 'color', values: [thing.color] }],
    options: [{ name: 'Kind', values }],
    variants: thing.variants
      .filter(({ isLeftOut }) => !isLeftOut)
      .map(({ sku, policy, cents: amount, sale }) => ({
        sku,
        optionValues: [sku],
        stockPolicy: StockPolicy[policy.toUpperCase() as 'DENY'],
        prices: [
          { amount: usd(amount) },
          ...(sale
            ? [
                {
                  amount: usd(sale.cents),
                  startTime: timeOf(sale.start),
                  endTime: timeOf(sale.end),
                },
              ]
            : []),
        ],
      })),
  }
}

/** Changes the shop; what is refused changes nothing. */
async function apply(shop: Shop, each: Change): Promise<void> {
  try {
    await attempt(shop, each)
  } catch (error) {
    if (!isPurserError(error) || error.code === 'platform.internal') throw error
  }
}

async function attempt(shop: Shop, each: Change): Promise<void> {
  const { tenant } = shop
  const { catalog } = bed
  if (each.kind === 'wait') return bed.clock.advance({ minutes: each.minutes })
  if (each.kind === 'job') return void (await bed.releaseDue())
  if (each.kind === 'write') return await write(shop, each.number, each.drawn)
  const slug = `thing-${each.number}`
  const reservationId = `${tenant}-${each.number}`
  if (each.kind === 'archive') {
    await catalog.archiveProduct({ tenant, productId: shop.productIds.get(slug) ?? '' }, as(tenant))
    const thing = shop.things.get(slug)
    if (thing) thing.status = 'draft'
  } else if (each.kind === 'count') {
    await count(shop, each.place, BigInt(each.units), (sku) => sku.startsWith(`${slug}-`))
  } else if (each.kind === 'reserve') {
    const variantIds = [shop.variantIds.get(`${slug}-0`) ?? '']
    await reserve(catalog, reservationId, variantIds, { tenant, quantity: BigInt(each.units) })
  } else if (each.kind === 'commit') {
    const sale = { tenant, reservationId, orderId: `o-${reservationId}` }
    await catalog.commitReservation(sale, as(tenant))
  } else {
    await catalog.releaseReservation({ tenant, reservationId }, as(tenant))
  }
}

/** Sets what lies at a place of the variants that are meant. */
async function count(
  { tenant, variantIds }: Shop,
  locationId: string,
  onHand: bigint,
  isMeant: (sku: string) => boolean,
): Promise<void> {
  for (const [sku, variantId] of variantIds) {
    if (!isMeant(sku)) continue
    await bed.catalog.setStock({ tenant, variantId, locationId, onHand }, as(tenant))
  }
}

/** What is free of each SKU, as operators are told. */
async function freeUnits({ tenant }: Shop): Promise<Map<string, number>> {
  const { levels } = await bed.catalog.listStock({ tenant, pageSize: 500 }, as(tenant))
  const units = new Map<string, number>()
  for (const { sku, onHand, reserved } of levels) {
    units.set(sku, (units.get(sku) ?? 0) + Number(onHand - reserved))
  }
  return units
}

async function answerOf({ tenant }: Shop, asked: Question, order: ProductSort) {
  const request = {
    tenant,
    category: asked.category ?? '',
    facets: asked.colors.map((color) => `color=${color}`),
    ...(asked.minCents !== undefined && { minPrice: BigInt(asked.minCents) }),
    ...(asked.maxCents !== undefined && { maxPrice: BigInt(asked.maxCents) }),
    onlyAvailable: asked.onlyAvailable,
    sort: order,
    withFacets: true,
    pageSize: 100,
  }
  const answer =
    asked.q.length > 0
      ? await bed.catalog.searchProducts({ ...request, q: asked.q.join(' ') }, as(tenant))
      : await bed.catalog.listProducts(request, as(tenant))
  const cards = answer.products.map(shownOf)
  expect(inOrder(cards, order)).toBe(true)
  expect(answer.pagination).toMatchObject({ totalCount: BigInt(cards.length), isCapped: false })
  const counted = answer.facets.find(({ key }) => key === 'color')?.values ?? []
  expect(counted.reduce((sum, { count }) => sum + Number(count), 0)).toBe(cards.length)
  return told(cards)
}

const named = {
  [Availability.UNSPECIFIED]: undefined,
  [Availability.IN_STOCK]: 'in_stock',
  [Availability.BACKORDER]: 'backorder',
  [Availability.PREORDER]: 'preorder',
  [Availability.OUT_OF_STOCK]: 'out_of_stock',
} as const

function shownOf({ slug, price, maxPrice, availability }: ProductCard): Shown {
  const [minCents, maxCents] = [Number(price?.amountCents), Number(maxPrice?.amountCents)]
  return { slug, minCents, maxCents, availability: named[availability] ?? 'out_of_stock' }
}

/** Prices as they are asked to go; the other orders have tests of their own. */
function inOrder(cards: readonly Shown[], order: ProductSort): boolean {
  const sign = order === ProductSort.PRICE_ASC ? 1 : order === ProductSort.PRICE_DESC ? -1 : 0
  return cards.every((card, at) => sign * (card.minCents - (cards[at - 1] ?? card).minCents) >= 0)
}

const told = (shown: readonly Shown[]) => shown.toSorted((a, b) => a.slug.localeCompare(b.slug))
