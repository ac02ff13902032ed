import { ProductSort } from '@purser/contracts/catalog/v1/storefront'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { addProduct, as, type Catalog, startCatalog, TENANT, variant } from '../catalog-harness.ts'

let bed: Catalog
let shirts: string
let caps: string

const priced = (amountCents: bigint, optionValues: string[] = []) =>
  variant({ optionValues, prices: [{ amount: { amountCents, currency: 'USD' } }] })

beforeAll(async () => {
  bed = await startCatalog()
  const category = async (slug: string, title: string, parentId = '') =>
    (await bed.catalog.createCategory({ tenant: TENANT, input: { slug, title, parentId } }, as()))
      .categoryId
  const clothing = await category('clothing', 'Clothing')
  shirts = await category('shirts', 'Shirts', clothing)
  caps = await category('caps', 'Headwear', clothing)
  const kitchen = await category('kitchen', 'Kitchen')
  const colors = (values: string[]) => [{ name: 'Color', values }]
  await addProduct(bed, {
    slug: 'linen-shirt',
    title: 'Linen Shirt',
    brand: 'Northwind',
    categoryIds: [shirts],
    options: colors(['Blue', 'White']),
    attributes: [{ key: 'material', values: ['Linen'] }],
    variants: [priced(4900n, ['Blue']), priced(5900n, ['White'])],
  })
  await addProduct(bed, {
    slug: 'oxford-shirt',
    title: 'Oxford Shirt',
    description: 'A cotton classic. Goes well with a café crème.',
    categoryIds: [shirts],
    options: colors(['Blue']),
    attributes: [{ key: 'material', values: ['Cotton'] }],
    variants: [priced(3900n, ['Blue'])],
  })
  await addProduct(bed, {
    slug: 'wool-cap',
    title: 'Wool Cap',
    description: 'Fits over any shirt collar, somehow.',
    categoryIds: [caps],
    attributes: [{ key: 'material', values: ['Wool'] }],
    variants: [priced(1900n)],
  })
  await addProduct(bed, {
    slug: 'cafetiere',
    title: 'Cafetière Żółta',
    categoryIds: [kitchen],
    variants: [priced(2900n)],
  })
})
afterAll(() => bed?.close())

const search = async (q: string, more: object = {}) => {
  const answer = await bed.catalog.searchProducts({ tenant: TENANT, q, ...more }, as())
  return { ...answer, slugs: answer.products.map(({ slug }) => slug) }
}
const list = async (more: object = {}) => {
  const answer = await bed.catalog.listProducts({ tenant: TENANT, ...more }, as())
  return { ...answer, slugs: answer.products.map(({ slug }) => slug) }
}

test('a word of the title counts more than one of the description', async () => {
  const { slugs, pagination, correctedQ } = await search('shirt')
  expect(slugs.slice(0, 2).toSorted()).toEqual(['linen-shirt', 'oxford-shirt'])
  expect(slugs.at(2)).toBe('wool-cap')
  expect(pagination).toMatchObject({ page: 1, totalCount: 3n, pageCount: 1, isCapped: false })
  expect(correctedQ).toBe('')
})

test.each([
  ['shirts', ['linen-shirt', 'oxford-shirt', 'wool-cap'], 'another form of the word'],
  ['linen blue', ['linen-shirt'], 'words narrow'],
  ['lin', ['linen-shirt'], 'the begin of a word'],
  ['the linen', ['linen-shirt'], 'a word that says nothing'],
  ['northwind', ['linen-shirt'], 'the brand'],
  ['headwear', ['wool-cap'], 'the category'],
  ['clothing wool', ['wool-cap'], 'the category above'],
  ['CAFETIERE', ['cafetiere'], 'without accents'],
  ['żółta', ['cafetiere'], 'letters beyond ASCII'],
  ['cafe creme', ['oxford-shirt'], 'the description'],
])('%j finds %j: %s', async (q, slugs) => {
  expect((await search(q)).slugs.toSorted()).toEqual(slugs.toSorted())
})

test.each([
  ['lnien', 'linen', ['linen-shirt']],
  ['oxfrod shirt', 'oxford shirt', ['oxford-shirt']],
  ['cafetiera', 'cafetiere', ['cafetiere']],
  ['northwnd', 'northwind', ['linen-shirt']],
  ['linnen zzzzqqq', 'linen', ['linen-shirt']],
])('%j is looked for as %j', async (q, corrected, slugs) => {
  const found = await search(q)
  expect(found.slugs).toEqual(slugs)
  expect(found.correctedQ).toBe(corrected)
})

test.each(['zzzzqqq', '!!!', "'; drop table product; --", "a' | 'b", '\\', 'the', '% _ & | ! ( )'])(
  'nothing comes of %j',
  async (q) => {
    expect((await search(q)).slugs).toEqual([])
  },
)

test('categories, collections, properties, prices and availability narrow a list', async () => {
  const newest = ['cafetiere', 'wool-cap', 'oxford-shirt', 'linen-shirt']
  expect((await list()).slugs).toEqual(newest)
  expect((await list({ category: 'clothing' })).slugs).toEqual(newest.slice(1))
  expect((await list({ category: shirts })).slugs).toEqual(newest.slice(2))
  expect((await list({ category: 'nowhere' })).slugs).toEqual([])
  expect((await list({ collection: 'nothing' })).slugs).toEqual([])
  const facets = ['material=Wool', 'material=linen']
  expect((await list({ facets })).slugs).toEqual(['wool-cap', 'linen-shirt'])
  expect((await list({ facets: [...facets, 'color=Blue'] })).slugs).toEqual(['linen-shirt'])
  expect((await list({ minPrice: 2900n, maxPrice: 3900n })).slugs).toEqual([
    'cafetiere',
    'oxford-shirt',
  ])
  expect((await list({ category: 'clothing', maxPrice: 3900n })).slugs).toEqual([
    'wool-cap',
    'oxford-shirt',
  ])
  expect((await list({ onlyAvailable: true })).slugs).toEqual([])
})

test('lists are sorted by time, price and title, with and without a category', async () => {
  const byPrice = ['wool-cap', 'cafetiere', 'oxford-shirt', 'linen-shirt']
  expect((await list({ sort: ProductSort.PRICE_ASC })).slugs).toEqual(byPrice)
  expect((await list({ sort: ProductSort.PRICE_DESC })).slugs).toEqual(byPrice.toReversed())
  expect((await list({ sort: ProductSort.TITLE })).slugs).toEqual([
    'cafetiere',
    'linen-shirt',
    'oxford-shirt',
    'wool-cap',
  ])
  const inCategory = { category: 'clothing' }
  expect((await list({ ...inCategory, sort: ProductSort.PRICE_DESC })).slugs).toEqual([
    'linen-shirt',
    'oxford-shirt',
    'wool-cap',
  ])
  expect((await list({ ...inCategory, sort: ProductSort.TITLE })).slugs).toEqual([
    'linen-shirt',
    'oxford-shirt',
    'wool-cap',
  ])
})

test('pages tile the list', async () => {
  const pages = await Promise.all(
    [1, 2, 3].map((page) => list({ page, pageSize: 3, sort: ProductSort.TITLE })),
  )
  expect(pages.map(({ slugs }) => slugs.length)).toEqual([3, 1, 0])
  expect(pages[1]?.pagination).toMatchObject({ page: 2, pageSize: 3, totalCount: 4n, pageCount: 2 })
})

test('properties are counted over the whole list', async () => {
  const { facets } = await list({ category: 'clothing', withFacets: true, pageSize: 1 })
  expect(
    facets.map(({ key, values }) => [key, values.map(({ value, count }) => [value, count])]),
  ).toEqual([
    [
      'color',
      [
        ['Blue', 2],
        ['White', 1],
      ],
    ],
    [
      'material',
      [
        ['Cotton', 1],
        ['Linen', 1],
        ['Wool', 1],
      ],
    ],
  ])
})

test('suggestions end what was typed', async () => {
  const { queries, products } = await bed.catalog.suggestProducts(
    { tenant: TENANT, q: 'Linen sh' },
    as(),
  )
  expect(queries).toEqual(['linen shirt', 'linen shirts'])
  expect(products.map(({ slug }) => slug)).toEqual(['linen-shirt'])
})

test('renaming a category changes what its products are found by, moving it where they are', async () => {
  const hats = {
    tenant: TENANT,
    categoryId: caps,
    input: { slug: 'hats', title: 'Hats', parentId: '' },
  }
  await bed.catalog.updateCategory(hats, as())
  expect((await search('hats')).slugs).toEqual(['wool-cap'])
  expect((await search('headwear')).slugs).toEqual([])
  expect((await list({ category: 'clothing' })).slugs).not.toContain('wool-cap')
  expect((await list({ category: 'hats' })).slugs).toEqual(['wool-cap'])
})
