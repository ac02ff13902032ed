import { create } from '@bufbuild/protobuf'
import { HttpBodySchema } from '@purser/contracts/google/api/httpbody'
import { ProductStatus } from '@purser/contracts/catalog/v1/product'
import { waitFor } from '@purser/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { lockProducts } from '../src/store/product.ts'
import {
  addProduct,
  as,
  type Catalog,
  startCatalog,
  stockFaults,
  TENANT,
  variant,
} from './catalog-harness.ts'

let bed: Catalog
beforeAll(async () => {
  bed = await startCatalog()
  await bed.catalog.createCategory({ tenant: TENANT, input: { slug: 'mugs', title: 'Mugs' } }, as())
  await bed.catalog.createCollection(
    { tenant: TENANT, input: { slug: 'gifts', title: 'Gifts' } },
    as(),
  )
  await bed.catalog.putLocation({ tenant: TENANT, locationId: 'main', title: 'Main' }, as())
})
afterAll(() => bed?.close())

async function* pieces(
  text: string | Uint8Array,
  contentType: string,
  size: number,
  tenant: string,
) {
  const bytes = typeof text === 'string' ? Buffer.from(text) : text
  for (let at = 0; at < Math.max(bytes.length, 1); at += size) {
    const body = create(HttpBodySchema, { contentType, data: bytes.subarray(at, at + size) })
    yield { tenant, body }
  }
}

const importCsv = (
  text: string | Uint8Array,
  { contentType = 'text/csv; charset=utf-8', size = 1000 } = {},
) => bed.catalog.importProducts(pieces(text, contentType, size, TENANT), as())

const exportCsv = async () => {
  let text = ''
  for await (const { contentType, data } of bed.catalog.exportProducts({ tenant: TENANT }, as())) {
    expect(contentType).toBe('text/csv; charset=utf-8')
    text += new TextDecoder().decode(data)
  }
  return text
}

const counts = (answer: Awaited<ReturnType<typeof importCsv>>) => [
  answer.createdCount,
  answer.updatedCount,
  answer.unchangedCount,
  answer.rejectedCount,
]

const header =
  'slug,title,description,status,categories,collections,option1_name,option1_value,sku,weight_grams,attribute:material,price:USD,compare_at:USD,price:JPY,stock:main'
const mug = [
  header,
  'mug,"Big ""Blue"" Mug","Two\nlines, one mug",published,mugs,gifts,Size,S,MUG-S,300,Clay;Glaze,19.99,24.5,2200,7',
  'mug,,,,,,Size,L,MUG-L,500,,29,,,0',
  'bowl,Bowl,,published,,,,,BOWL,900,,5,,,',
].join('\r\n')

test('a file creates products with variants, prices and stock; again it changes nothing', async () => {
  expect(counts(await importCsv(mug))).toEqual([2n, 0n, 0n, 0n])
  const shown = await bed.catalog.getProduct({ tenant: TENANT, productId: 'mug' }, as())
  expect(shown).toMatchObject({
    title: 'Big "Blue" Mug',
    description: 'Two\nlines, one mug',
    categories: [{ slug: 'mugs' }],
    attributes: [{ key: 'material', values: ['Clay', 'Glaze'] }],
    options: [{ name: 'Size', values: ['S', 'L'] }],
    variants: [
      {
        sku: 'MUG-S',
        price: { amountCents: 1999n },
        compareAt: { amountCents: 2450n },
        availableQuantity: 7,
      },
      { sku: 'MUG-L', price: { amountCents: 2900n }, availableQuantity: 0 },
    ],
  })
  const inYen = await bed.catalog.getProduct(
    { tenant: TENANT, productId: 'mug', currency: 'JPY' },
    as(),
  )
  expect(inYen.variants[0]?.price).toMatchObject({ amountCents: 2200n })
  for (const size of [1, 7, 100_000]) {
    expect(counts(await importCsv(mug, { size }))).toEqual([0n, 0n, 2n, 0n])
  }
  const stored = await bed.catalog.getStoredProduct({ tenant: TENANT, productId: 'mug' }, as())
  expect(stored.revision).toBe(1n)
})

test('what a file has no column for stays, and stock that was counted too', async () => {
  const before = await bed.catalog.getProduct({ tenant: TENANT, productId: 'mug' }, as())
  const variantId = before.variants[0]?.variantId ?? ''
  const lines = [{ variantId, quantity: 2n }]
  await bed.catalog.reserveStock(
    { tenant: TENANT, reservationId: 'm', currency: 'USD', lines },
    as(),
  )
  const short = 'sku,slug,price:USD,stock:main\nMUG-S,mug,21,50\n'
  expect(counts(await importCsv(short))).toEqual([0n, 1n, 0n, 0n])
  const after = await bed.catalog.getProduct({ tenant: TENANT, productId: 'mug' }, as())
  expect(after).toMatchObject({ title: before.title, options: before.options })
  expect(
    after.variants.map(({ sku, price, availableQuantity }) => [
      sku,
      price?.amountCents,
      availableQuantity,
    ]),
  ).toEqual([
    ['MUG-S', 2100n, 5],
    ['MUG-L', 2900n, 0],
  ])
  expect(await stockFaults(bed)).toEqual([])
})

test('hostile lines are refused by line and reason, and their neighbours are taken', async () => {
  const bad = [
    'slug,title,sku,price:USD,categories,status,weight_grams,publish_time',
    'good-1,Good one,G-1,1,,published,,',
    ',No slug,X-1,1,,,,',
    'no-sku,No sku,,1,,,,',
    'too,few,cells',
    'price,Price,P-1,1.999,,,,',
    'minus,Minus,P-2,-1,,,,',
    'words,Words,P-3,free,,,,',
    'place,Place,P-4,1,nowhere,,,',
    'state,State,P-5,1,,sold,,',
    'heavy,Heavy,P-6,1,,,1e9,',
    'when,When,P-7,1,,,,tomorrow',
    'Slug With Space,Bad slug,P-8,1,,,,',
    'untitled,,P-9,1,,,,',
    'thief,Thief,MUG-S,1,,,,',
    'twin,Twin,T-1,1,,,,',
    'twin,Twin,T-1,1,,,,',
    '"stray"x,Stray,P-10,1,,,,',
    'search,Reserved,P-11,1,,,,',
    `long,${'x'.repeat(300)},P-12,1,,,,`,
    'formula,=1+1,F-1,1,,published,,',
    'good-2,"Good, two",G-2,2,,published,,',
    '"open,Open,P-13,1,,,,',
  ].join('\n')
  const answer = await importCsv(bad, { size: 13 })
  expect(answer.rejections.map(({ line, reason }) => [Number(line), reason])).toEqual([
    [3, 'missing_slug'],
    [4, 'missing_sku'],
    [5, 'wrong_cell_count'],
    [6, 'invalid_price'],
    [7, 'invalid_price'],
    [8, 'invalid_price'],
    [9, 'unknown_category'],
    [10, 'invalid_value'],
    [11, 'invalid_value'],
    [12, 'invalid_value'],
    [13, 'invalid_product'],
    [14, 'invalid_product'],
    [15, 'sku_taken'],
    [16, 'invalid_product'],
    [18, 'stray_quote'],
    [19, 'invalid_product'],
    [20, 'invalid_product'],
    [23, 'unclosed_quote'],
  ])
  expect(counts(answer)).toEqual([3n, 0n, 0n, 19n])
})

test('bytes that are no UTF-8 and text that Postgres cannot hold are refused', async () => {
  const latin = Buffer.from('slug,title,sku\ncafe,Caf\xe9,C-1\nnext,Next,N-1\n', 'latin1')
  const answer = await importCsv(latin)
  expect(answer.rejections.map(({ line, reason }) => [line, reason])).toEqual([[2n, 'not_utf8']])
  expect(answer.createdCount).toBe(1n)
  const nul = await importCsv('slug,title,sku\nnul,a\0b,N-2\n')
  expect(nul.rejections.map(({ line, reason }) => [line, reason])).toEqual([[2n, 'not_utf8']])
})

test.each([
  ['nonsense\n1\n', 'request.invalid'],
  ['slug,sku,sku\n', 'request.invalid'],
  ['slug,title\n', 'request.invalid'],
  ['slug,sku,price:XXX\n', 'request.invalid'],
])('the first line %j is refused', async (text, code) => {
  await expect(importCsv(text)).rejects.toMatchObject({ code })
})

test('another media type is refused', async () => {
  await expect(importCsv('{}', { contentType: 'application/json' })).rejects.toMatchObject({
    code: 'request.unsupported_media_type',
  })
})

test('what is exported is imported without a change', async () => {
  await addProduct(bed, {
    slug: 'scheduled',
    status: ProductStatus.DRAFT,
    variants: [
      variant({
        prices: [{ amount: { amountCents: 5n, currency: 'EUR' }, priceListKey: 'trade' }],
      }),
    ],
  })
  const text = await exportCsv()
  const answer = await importCsv(text)
  expect(answer.rejections).toEqual([])
  expect(counts(answer).slice(0, 2)).toEqual([0n, 0n])
  expect(Number(answer.unchangedCount)).toBeGreaterThan(5)
})

test('whether something is delivered is a column, true where a file says nothing', async () => {
  const file =
    'slug,title,sku,requires_shipping\ncard,Card,CARD,false\nbox,Box,BOX,\nodd,Odd,ODD,no\n'
  const answer = await importCsv(file)
  expect(answer.rejections.map(({ line, reason }) => [line, reason])).toEqual([
    [4n, 'invalid_value'],
  ])
  await importCsv('slug,title,sku\ncard,A card,CARD\n')
  const requires = async (productId: string) => {
    const { input } = await bed.catalog.getStoredProduct({ tenant: TENANT, productId }, as())
    return input?.variants.map(({ requiresShipping }) => requiresShipping)
  }
  expect(await requires('card')).toEqual([false])
  expect(await requires('box')).toEqual([true])
  const text = await exportCsv()
  const { rejections, updatedCount } = await importCsv(text)
  expect([rejections, updatedCount]).toEqual([[], 0n])
})

test('how large something is takes three columns, or none, and stays where a file has none', async () => {
  const file = [
    'slug,title,sku,length_mm,width_mm,height_mm',
    'crate,Crate,CRATE,600,400,300',
    'scarf,Scarf,SCARF,,,',
    'flat,Flat,FLAT,600,400,',
    'vast,Vast,VAST,100001,1,1',
    'torn,Torn,TORN,1.5,1,1',
  ].join('\n')
  const answer = await importCsv(file)
  expect(answer.rejections.map(({ line, reason }) => [line, reason])).toEqual([
    [4n, 'invalid_value'],
    [5n, 'invalid_value'],
    [6n, 'invalid_value'],
  ])
  const sizeOf = async (productId: string) => {
    const { input } = await bed.catalog.getStoredProduct({ tenant: TENANT, productId }, as())
    return input?.variants[0]?.dimensions
  }
  await importCsv('slug,title,sku\ncrate,A crate,CRATE\n')
  expect(await sizeOf('crate')).toMatchObject({ lengthMm: 600, widthMm: 400, heightMm: 300 })
  expect(await sizeOf('scarf')).toBeUndefined()
  await importCsv('slug,sku,height_mm\ncrate,CRATE,310\n')
  expect(await sizeOf('crate')).toMatchObject({ lengthMm: 600, widthMm: 400, heightMm: 310 })
  const text = await exportCsv()
  const { rejections, updatedCount } = await importCsv(text)
  expect([rejections, updatedCount]).toEqual([[], 0n])
  await importCsv('slug,sku,length_mm,width_mm,height_mm\ncrate,CRATE,,,\n')
  expect(await sizeOf('crate')).toBeUndefined()
})

test('two imports of one file at once make each product once', async () => {
  const lines = Array.from(
    { length: 600 },
    (_, index) => `race-${index},Race ${index},RACE-${index},${index}.5`,
  )
  const text = ['slug,title,sku,price:USD', ...lines].join('\n')
  const other = bed.another()
  const answers = await Promise.all([
    importCsv(text),
    other.importProducts(pieces(text, 'text/csv', 5_000, TENANT), as()),
  ])
  const total = answers.reduce((sum, { createdCount }) => sum + createdCount, 0n)
  expect(total).toBe(600n)
  expect(answers.flatMap(({ rejections }) => rejections)).toEqual([])
})

test('two files at once that name the same products in opposite order are both taken', async () => {
  const other = bed.another()
  for (let round = 0; round < 5; round += 1) {
    const lines = Array.from(
      { length: 200 },
      (_, index) => `cross-${round}-${index},Cross w${round}x${index},CROSS-${round}-${index},1`,
    )
    const file = (all: readonly string[]) => ['slug,title,sku,price:USD', ...all].join('\n')
    const answers = await Promise.all([
      importCsv(file(lines)),
      other.importProducts(pieces(file(lines.toReversed()), 'text/csv', 50_000, TENANT), as()),
    ])
    const total = answers.reduce((sum, { createdCount }) => sum + createdCount, 0n)
    expect(total).toBe(200n)
    expect(answers.flatMap(({ rejections }) => rejections)).toEqual([])
  }
})

test('a product that another file adds while this one waits is known by its slug', async () => {
  const file = (...slugs: string[]) =>
    ['slug,title,sku,price:USD', ...slugs.map((slug) => `${slug},Late,${slug}-sku,1`)].join('\n')
  await importCsv(file('late-a'))
  const isWaiting = async () =>
    (
      await bed.adminQuery(
        `select from pg_stat_activity
         where datname = current_database() and wait_event_type = 'Lock' and query like '%product%'`,
      )
    ).length > 0
  const waiting = await bed.database.tx(TENANT, async (tx) => {
    await lockProducts(tx, TENANT, { slugs: ['late-a'] })
    const answer = importCsv(file('late-a', 'late-b'))
    await waitFor(isWaiting)
    const added = await bed
      .another()
      .importProducts(pieces(file('late-b'), 'text/csv', 5_000, TENANT), as())
    expect(counts(added)).toEqual([1n, 0n, 0n, 0n])
    return { answer }
  })
  const answer = await waiting.answer
  expect(answer.rejections).toEqual([])
  expect(counts(answer)).toEqual([0n, 0n, 2n, 0n])
})
