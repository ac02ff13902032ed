import { create } from '@bufbuild/protobuf'
import { ProductSort } from '@purser/contracts/catalog/v1/storefront'
import { HttpBodySchema } from '@purser/contracts/google/api/httpbody'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { as, type Catalog, startCatalog, TENANT } from '../catalog-harness.ts'

/** More than are counted exactly. */
const COUNT = 5_040

/** Product `index` of the shop; the newer, the greater the index. */
type Thing = { index: number; slug: string; words: string[]; color: string; cents: number }

const things: Thing[] = Array.from({ length: COUNT }, (_, index) => ({
  index,
  slug: `p-${index}`,
  words: [
    'handmade',
    index % 200 === 0 ? 'flimsy' : 'sturdy',
    index % 2 === 0 ? 'oak' : 'pine',
    index % 3 === 0 ? 'lamp' : 'chair',
    ...(index % 500 === 3 ? ['walnut'] : []),
    ...(index % 10 < 6 ? ['oar'] : []),
  ],
  color: index % 7 === 0 ? 'Blue' : 'Red',
  cents: 1_000 + ((index * 7_919) % COUNT) * 10,
}))

let bed: Catalog
beforeAll(async () => {
  bed = await startCatalog()
  await bed.catalog.createCategory({ tenant: TENANT, input: { slug: 'fifth', title: 'V' } }, as())
  await bed.catalog.putLocation({ tenant: TENANT, locationId: 'main', title: 'Main' }, as())
  const header =
    'slug,title,status,publish_time,categories,sku,attribute:color,price:USD,stock:main'
  const begin = Temporal.Instant.from('2025-01-01T00:00:00Z')
  const lines = things.map(({ index, slug, words, color, cents }) => {
    const publishTime = begin.add({ minutes: index })
    const category = index % 5 === 0 ? 'fifth' : ''
    const stock = index % 1_000 === 17 ? 3 : 0
    const price = (cents / 100).toFixed(2)
    return `${slug},${words.join(' ')},published,${publishTime},${category},S-${index},${color},${price},${stock}`
  })
  const data = Buffer.from([header, ...lines].join('\n'))
  const file = async function* () {
    yield { tenant: TENANT, body: create(HttpBodySchema, { contentType: 'text/csv', data }) }
  }
  const { createdCount } = await bed.catalog.importProducts(file(), as())
  if (createdCount !== BigInt(COUNT)) throw new Error(`the import made ${createdCount}`)
}, 120_000)
afterAll(() => bed?.close())

type Question = { q?: string } & Record<string, unknown>

async function ask({ q, ...more }: Question) {
  const question = { tenant: TENANT, pageSize: 100, ...more }
  const { products, pagination } = q
    ? await bed.catalog.searchProducts({ ...question, q }, as())
    : await bed.catalog.listProducts(question, as())
  const total = Number(pagination?.totalCount)
  return { slugs: products.map(({ slug }) => slug), total, isCapped: pagination?.isCapped }
}

const has = (...words: string[]) => {
  const found = things.filter((thing) => words.every((word) => thing.words.includes(word)))
  return new Set(found.map(({ slug }) => slug))
}
const newestFirst = (kept: (thing: Thing) => boolean) =>
  things
    .filter(kept)
    .toReversed()
    .map(({ slug }) => slug)
const cheapestFirst = things.toSorted((a, b) => a.cents - b.cents).map(({ slug }) => slug)

test.each([
  ['walnut', has('walnut')],
  ['walnt', has('walnut')],
  ['handmade walnut', has('walnut')],
  ['oak lamp', has('oak', 'lamp')],
  ['flimsy oak', has('flimsy', 'oak')],
  ['sturdy pine chair handmade', has('sturdy', 'pine', 'chair')],
  // The begin of a word stands for several.
  ['handmade lam', has('lamp')],
  ['handmade sturdy pi', has('sturdy', 'pine')],
])('%j finds what has all of it, page by page, each once', async (q, expected) => {
  const pages = Math.ceil(expected.size / 100)
  const seen: string[] = []
  for (let page = 1; page <= pages; page += 1) {
    const answer = await ask({ q, page })
    expect(answer).toMatchObject({ total: expected.size, isCapped: false })
    seen.push(...answer.slugs)
  }
  expect(seen).toHaveLength(expected.size)
  expect(new Set(seen)).toEqual(expected)
})

test('of what more than 5,000 have, the page is right and the count says that it ends', async () => {
  for (const q of ['handmade', 'handmade sturdy']) {
    const answer = await ask({ q })
    expect(answer).toMatchObject({ total: 5_000, isCapped: true })
    expect(new Set(answer.slugs).size).toBe(100)
    expect(answer.slugs.filter((slug) => !has(...q.split(' ')).has(slug))).toEqual([])
  }
  const newest = newestFirst(({ words }) => words.includes('sturdy'))
  const answer = await ask({ q: 'handmade sturdy', sort: ProductSort.NEWEST, page: 2 })
  expect(answer.slugs).toEqual(newest.slice(100, 200))
})

test('words of which each is common are counted together, in every order', async () => {
  const both = has('sturdy', 'pine', 'chair')
  for (const sort of [ProductSort.RELEVANCE, ProductSort.NEWEST, ProductSort.PRICE_ASC]) {
    const answer = await ask({ q: 'handmade sturdy pine chair', sort })
    expect(answer).toMatchObject({ total: both.size, isCapped: false })
    expect(answer.slugs.filter((slug) => !both.has(slug))).toEqual([])
  }
})

test('of a common word, those come first that came last', async () => {
  const newest = newestFirst(({ words }) => words.includes('sturdy'))
  expect((await ask({ q: 'sturdy', page: 50 })).slugs).toEqual(newest.slice(4_900, 5_000))
  // The begin of a word stands for itself too; the first 300 are in the order of their texts.
  for (const q of ['stur', 'sturdy']) {
    const answer = await ask({ q, page: 4 })
    expect(answer).toEqual({ slugs: newest.slice(300, 400), total: 5_000, isCapped: true })
  }
})

test('words that are many together are counted once for each product', async () => {
  // `oa` begins oak and oar, and many products have both.
  const either = newestFirst(({ words }) => words.includes('oak') || words.includes('oar'))
  const seen: string[] = []
  for (let page = 1; page <= Math.ceil(either.length / 100); page += 1) {
    const answer = await ask({ q: 'oa', page })
    expect(answer).toMatchObject({ total: either.length, isCapped: false })
    seen.push(...answer.slugs)
  }
  expect(new Set(seen)).toEqual(new Set(either))
  expect(seen).toHaveLength(either.length)
})

test('properties are counted exactly, and of 5,000 products when there are more', async () => {
  const countsOf = async (q: string, sort: ProductSort) => {
    const question = { tenant: TENANT, q, sort, withFacets: true }
    const { facets } = await bed.catalog.searchProducts(question, as())
    return facets.map(({ values }) => values.map(({ value, count }) => [value, count]))
  }
  const { NEWEST, RELEVANCE, TITLE } = ProductSort
  const lamps = things.filter(({ words }) => words.includes('lamp'))
  const blue = lamps.filter(({ color }) => color === 'Blue').length
  const exact = [
    [
      ['Red', lamps.length - blue],
      ['Blue', blue],
    ],
  ]
  expect(await countsOf('handmade lamp', RELEVANCE)).toEqual(exact)
  expect(await countsOf('handmade lamp', TITLE)).toEqual(exact)
  const [colors = []] = await countsOf('handmade', NEWEST)
  expect(colors.reduce((sum, [, count]) => sum + Number(count), 0)).toBe(5_000)
  expect(await countsOf('handmade', TITLE)).toEqual([colors])
  expect(await countsOf('handmade', RELEVANCE)).toEqual([colors])
})

test('lists are in their order on every page', async () => {
  const all = newestFirst(() => true)
  expect(await ask({ page: 50 })).toEqual({
    slugs: all.slice(4_900, 5_000),
    total: 5_000,
    isCapped: true,
  })
  const byPrice = await ask({ sort: ProductSort.PRICE_ASC, page: 12 })
  expect(byPrice).toMatchObject({ slugs: cheapestFirst.slice(1_100, 1_200), isCapped: true })
  const dearest = await ask({ sort: ProductSort.PRICE_DESC, q: 'handmade' })
  expect(dearest.slugs).toEqual(cheapestFirst.toReversed().slice(0, 100))
})

test('restrictions that leave few among many are exact', async () => {
  const few = newestFirst(({ cents }) => cents >= 1_000 && cents <= 1_090)
  expect(await ask({ minPrice: 1_000n, maxPrice: 1_090n })).toEqual({
    slugs: few,
    total: 10,
    isCapped: false,
  })
  const blue = newestFirst(({ index, color }) => color === 'Blue' && index % 5 === 0)
  expect(
    await ask({ facets: ['color=Blue'], category: 'fifth', sort: ProductSort.NEWEST }),
  ).toEqual({ slugs: blue.slice(0, 100), total: blue.length, isCapped: false })
  const there = newestFirst(({ index }) => index % 1_000 === 17)
  expect(await ask({ onlyAvailable: true })).toEqual({ slugs: there, total: 6, isCapped: false })
  expect(await ask({ q: 'handmade', onlyAvailable: true, sort: ProductSort.NEWEST })).toEqual({
    slugs: there,
    total: 6,
    isCapped: false,
  })
})

test('16 calls at once on tables that were never analyzed are all answered', async () => {
  const questions: Question[] = Array.from({ length: 16 }, (_, index) => [
    // Each another question: none is answered from memory.
    { pageSize: 20 + index },
    { q: 'oak lamp', pageSize: 20 + index },
    { sort: ProductSort.PRICE_ASC, pageSize: 20 + index },
    { category: 'fifth', withFacets: true, pageSize: 20 + index },
  ]).flat()
  const answers = await Promise.all(questions.map(ask))
  expect(answers.map(({ slugs }) => slugs.length)).toEqual(
    questions.map(({ pageSize }) => pageSize),
  )
})
