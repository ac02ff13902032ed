import { ProductStatus } from '@purser/contracts/catalog/v1/product'
import { toProtoTimestamp } from '@purser/rpc'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  addProduct,
  as,
  type Catalog,
  NOW,
  productInput,
  startCatalog,
  TENANT,
  variant,
} from './catalog-harness.ts'

let bed: Catalog
beforeAll(async () => {
  bed = await startCatalog()
})
afterAll(() => bed?.close())

const refusal = (code: string, field?: string) =>
  expect.objectContaining(
    field === undefined
      ? { code }
      : { code, fields: expect.arrayContaining([expect.objectContaining({ field })]) },
  )

test('a product is kept as it was said, by its id and by its slug', async () => {
  const input = productInput({
    description: 'Line one.\nLine "two".',
    options: [{ name: 'Frame Size', values: ['S', 'M'] }],
    attributes: [{ key: 'material', values: ['Steel', 'Cork'] }],
    images: [{ url: '/pictures/a.svg', alt: 'front' }, { url: 'https://example.com/b.png' }],
    seo: { title: 'Buy it', description: 'Now' },
    variants: [
      variant({ optionValues: ['M'] }),
      variant({ optionValues: ['S'], barcode: '4006381333931' }),
    ],
  })
  const created = await bed.catalog.createProduct({ tenant: TENANT, input }, as())
  expect(created.revision).toBe(1n)
  expect(created.variants.map((each) => each.input?.optionValues)).toEqual([['M'], ['S']])
  for (const productId of [created.productId, created.input?.slug ?? '']) {
    expect(await bed.catalog.getStoredProduct({ tenant: TENANT, productId }, as())).toEqual(created)
    const shown = await bed.catalog.getProduct({ tenant: TENANT, productId }, as())
    expect(shown).toMatchObject({
      title: input.title,
      description: input.description,
      seo: input.seo,
    })
    expect(shown.images.map(({ alt }) => alt)).toEqual(['front', ''])
  }
})

test('an update replaces all, knows variants by SKU and keeps those it leaves out for orders', async () => {
  const [a, b] = [variant({ optionValues: ['A'] }), variant({ optionValues: ['B'] })]
  const options = [{ name: 'Kind', values: ['A', 'B', 'C'] }]
  const before = await addProduct(bed, { options, variants: [a, b] })
  const { productId } = before
  const input = productInput({
    options,
    variants: [{ ...b, optionValues: ['C'] }, variant({ optionValues: ['A'] })],
  })
  const after = await bed.catalog.updateProduct(
    { tenant: TENANT, productId, input, revision: 1n },
    as(),
  )
  expect(after.revision).toBe(2n)
  expect(after.variants[0]?.variantId).toBe(before.variants[1]?.variantId)
  expect(after.input?.publishTime).toEqual(before.input?.publishTime)
  const gone = before.variants[0]?.variantId ?? ''
  const asked = { tenant: TENANT, currency: 'USD', variantIds: [gone] }
  expect((await bed.catalog.priceVariants(asked, as())).variants).toMatchObject([
    { forSale: false },
  ])
  await expect(
    bed.catalog.updateProduct({ tenant: TENANT, productId, input, revision: 1n }, as()),
  ).rejects.toEqual(refusal('catalog.product_changed'))
})

test.each([
  [{ slug: 'search' }, 'input.slug'],
  [{ options: [{ name: 'Size', values: ['S'] }] }, 'input.variants[0].option_values'],
  [{ options: [{ name: '!', values: ['S'] }] }, 'input.options[0].name'],
  [{ variants: [variant(), variant()] }, 'input.variants[1].option_values'],
  [{ categoryIds: ['cat_none'] }, 'input.category_ids[0]'],
  [{ collectionIds: ['col_none'] }, 'input.collection_ids[0]'],
  [
    { variants: [variant({ prices: [{ amount: { amountCents: -1n, currency: 'USD' } }] })] },
    'input.variants[0].prices[0].amount.amount_cents',
  ],
  [
    {
      variants: [
        variant({
          prices: [
            {
              amount: { amountCents: 1n, currency: 'USD' },
              compareAt: { amountCents: 2n, currency: 'EUR' },
            },
          ],
        }),
      ],
    },
    'input.variants[0].prices[0].compare_at.currency',
  ],
  [
    {
      variants: [
        variant({
          prices: [
            {
              amount: { amountCents: 1n, currency: 'USD' },
              startTime: toProtoTimestamp(NOW),
              endTime: toProtoTimestamp(NOW),
            },
          ],
        }),
      ],
    },
    'input.variants[0].prices[0].end_time',
  ],
])('%o is refused', async (overrides, field) => {
  await expect(addProduct(bed, overrides)).rejects.toEqual(
    refusal('catalog.invalid_product', field),
  )
})

test('slugs and SKUs are taken once, also when two come at the same moment', async () => {
  const taken = await addProduct(bed)
  const slug = taken.input?.slug ?? ''
  await expect(addProduct(bed, { slug })).rejects.toEqual(refusal('catalog.slug_taken'))
  const sku = taken.variants[0]?.input?.sku ?? ''
  await expect(addProduct(bed, { variants: [variant({ sku })] })).rejects.toEqual(
    refusal('catalog.sku_taken'),
  )
  const outcomes = await Promise.allSettled(
    Array.from({ length: 5 }, () => addProduct(bed, { slug: 'raced' })),
  )
  expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
})

test('the shop shows what is published, from its time on, until it is archived', async () => {
  const publishTime = toProtoTimestamp(NOW.add({ hours: 1 }))
  const soon = await addProduct(bed, { slug: 'soon', title: 'Zebra Lamp', publishTime })
  await addProduct(bed, { slug: 'draft', title: 'Zebra Draft', status: ProductStatus.DRAFT })
  const found = async () =>
    (await bed.catalog.searchProducts({ tenant: TENANT, q: 'zebra' }, as())).products.map(
      ({ slug }) => slug,
    )
  const shown = (productId: string) => bed.catalog.getProduct({ tenant: TENANT, productId }, as())
  expect(await found()).toEqual([])
  await expect(shown('soon')).rejects.toEqual(refusal('resource.not_found'))
  bed.clock.advance({ hours: 1 })
  expect(await found()).toEqual(['soon'])
  expect((await shown('soon')).title).toBe('Zebra Lamp')
  await expect(shown('draft')).rejects.toEqual(refusal('resource.not_found'))
  const archive = { tenant: TENANT, productId: soon.productId }
  expect((await bed.catalog.archiveProduct(archive, as())).revision).toBe(2n)
  expect((await bed.catalog.archiveProduct(archive, as())).revision).toBe(2n)
  expect(await found()).toEqual([])
  const drafts = await bed.catalog.listStoredProducts(
    { tenant: TENANT, status: ProductStatus.DRAFT },
    as(),
  )
  expect(drafts.products.map(({ input }) => input?.slug)).toEqual(['draft'])
})

test('categories make a tree; used ones stay', async () => {
  const make = async (slug: string, parentId = '', position = 0) =>
    (
      await bed.catalog.createCategory(
        { tenant: TENANT, input: { slug, title: slug.toUpperCase(), parentId, position } },
        as(),
      )
    ).categoryId
  const [b, a] = [await make('b', '', 2), await make('a', '', 1)]
  const inner = await make('inner', b)
  const { categories } = await bed.catalog.listCategories({ tenant: TENANT }, as())
  expect(categories.map(({ input, depth }) => [input?.slug, depth])).toEqual([
    ['a', 0],
    ['b', 0],
    ['inner', 1],
  ])
  const move = (categoryId: string, parentId: string) =>
    bed.catalog.updateCategory(
      { tenant: TENANT, categoryId, input: { slug: 'x', title: 'X', parentId } },
      as(),
    )
  await expect(move(b, inner)).rejects.toEqual(refusal('request.invalid', 'input.parent_id'))
  await expect(move(b, 'cat_none')).rejects.toEqual(refusal('request.invalid', 'input.parent_id'))
  await expect(move('cat_none', a)).rejects.toEqual(refusal('resource.not_found'))
  await expect(make('a')).rejects.toEqual(refusal('catalog.slug_taken'))
  const remove = (categoryId: string) =>
    bed.catalog.deleteCategory({ tenant: TENANT, categoryId }, as())
  await expect(remove(b)).rejects.toEqual(refusal('catalog.category_in_use'))
  await addProduct(bed, { categoryIds: [inner] })
  await expect(remove(inner)).rejects.toEqual(refusal('catalog.category_in_use'))
  await remove(a)
  await expect(remove(a)).rejects.toEqual(refusal('resource.not_found'))
})

test('collections are filled by products, and removed when they are empty', async () => {
  const input = { slug: 'summer', title: 'Summer' }
  const { collectionId } = await bed.catalog.createCollection({ tenant: TENANT, input }, as())
  await expect(bed.catalog.createCollection({ tenant: TENANT, input }, as())).rejects.toEqual(
    refusal('catalog.slug_taken'),
  )
  const product = await addProduct(bed, { slug: 'sandals', collectionIds: [collectionId] })
  const { products } = await bed.catalog.listProducts(
    { tenant: TENANT, collection: 'summer' },
    as(),
  )
  expect(products.map(({ slug }) => slug)).toEqual(['sandals'])
  const remove = () => bed.catalog.deleteCollection({ tenant: TENANT, collectionId }, as())
  await expect(remove()).rejects.toEqual(refusal('catalog.collection_in_use'))
  const { productId } = product
  await bed.catalog.updateProduct({ tenant: TENANT, productId, input: productInput() }, as())
  const renamed = { tenant: TENANT, collectionId, input: { ...input, title: 'Sun' } }
  expect((await bed.catalog.updateCollection(renamed, as())).input?.title).toBe('Sun')
  await remove()
  await expect(remove()).rejects.toEqual(refusal('resource.not_found'))
  expect((await bed.catalog.listCollections({ tenant: TENANT }, as())).collections).toEqual([])
})

test('another tenant has none of it, and may use the same names', async () => {
  const other = 'globex'
  const ours = await addProduct(bed, { slug: 'ours', title: 'Quokka Mug' })
  const { productId } = ours
  const unknown = refusal('resource.not_found')
  await expect(bed.catalog.getProduct({ tenant: other, productId }, as(other))).rejects.toEqual(
    unknown,
  )
  await expect(
    bed.catalog.getStoredProduct({ tenant: other, productId }, as(other)),
  ).rejects.toEqual(unknown)
  await expect(bed.catalog.archiveProduct({ tenant: other, productId }, as(other))).rejects.toEqual(
    unknown,
  )
  const variantIds = ours.variants.map(({ variantId }) => variantId)
  const asked = { tenant: other, currency: 'USD', variantIds }
  expect((await bed.catalog.priceVariants(asked, as(other))).variants).toEqual([])
  const lines = variantIds.map((variantId) => ({ variantId, quantity: 1n }))
  await expect(
    bed.catalog.reserveStock(
      { tenant: other, reservationId: 'theirs', currency: 'USD', lines },
      as(other),
    ),
  ).rejects.toEqual(refusal('catalog.not_for_sale'))
  const search = { tenant: other, q: 'quokka' }
  expect((await bed.catalog.searchProducts(search, as(other))).products).toEqual([])
  const theirs = await addProduct(bed, { slug: 'ours', title: 'Wombat Mug' }, other)
  expect(
    (await bed.catalog.searchProducts({ tenant: other, q: 'mug' }, as(other))).products,
  ).toMatchObject([{ productId: theirs.productId }])
})
