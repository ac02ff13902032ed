import { create } from '@bufbuild/protobuf'
import { ProductStatus } from '@purser/contracts/catalog/v1/product'
import { HttpBodySchema } from '@purser/contracts/google/api/httpbody'
import { waitFor } from '@purser/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  addProduct,
  addStocked,
  as,
  type Catalog,
  productInput,
  reserve,
  startCatalog,
  TENANT,
  variant,
} from '../catalog-harness.ts'

let bed: Catalog
beforeAll(async () => {
  bed = await startCatalog()
})
afterAll(() => bed?.close())

const slugs = async (catalog: Catalog['catalog']) =>
  (await catalog.listProducts({ tenant: TENANT, pageSize: 100 }, as())).products.map(
    ({ slug }) => slug,
  )

test('what this process writes, its shop shows at once', async () => {
  await addProduct(bed, { slug: 'first' })
  expect(await slugs(bed.catalog)).toContain('first')
  const { productId, revision } = await addProduct(bed, { slug: 'second' })
  expect(await slugs(bed.catalog)).toContain('second')
  const shown = async () =>
    (await bed.catalog.getProduct({ tenant: TENANT, productId }, as())).title
  await shown()
  const input = productInput({ slug: 'second', title: 'Renamed', variants: [variant()] })
  await bed.catalog.updateProduct({ tenant: TENANT, productId, input, revision }, as())
  expect(await shown()).toBe('Renamed')
  const draft = productInput({ slug: 'second', status: ProductStatus.DRAFT })
  await bed.catalog.updateProduct({ tenant: TENANT, productId, input: draft }, as())
  await expect(shown()).rejects.toMatchObject({ code: 'resource.not_found' })
  expect(await slugs(bed.catalog)).not.toContain('second')
})

test('a price is the new one on the page of its product, in lists and in searches, however it was written', async () => {
  const priced = (amountCents: bigint) =>
    variant({ sku: 'PRICED', prices: [{ amount: { amountCents, currency: 'USD' } }] })
  const { productId } = await addProduct(bed, {
    slug: 'priced',
    title: 'Priced',
    variants: [priced(1_000n)],
  })
  const shown = async () => {
    const tenant = TENANT
    const page = await bed.catalog.getProduct({ tenant, productId }, as())
    const list = await bed.catalog.listProducts({ tenant, pageSize: 100 }, as())
    const search = await bed.catalog.searchProducts({ tenant, q: 'priced' }, as())
    const cards = [list, search].map(({ products }) =>
      products.find(({ slug }) => slug === 'priced'),
    )
    return [page.variants[0], ...cards].map((each) => each?.price?.amountCents)
  }
  expect(await shown()).toEqual([1_000n, 1_000n, 1_000n])
  const input = productInput({ slug: 'priced', title: 'Priced', variants: [priced(1_200n)] })
  await bed.catalog.updateProduct({ tenant: TENANT, productId, input }, as())
  expect(await shown()).toEqual([1_200n, 1_200n, 1_200n])
  const data = Buffer.from('slug,title,status,sku,price:USD\npriced,Priced,published,PRICED,13.00')
  const file = async function* () {
    yield { tenant: TENANT, body: create(HttpBodySchema, { contentType: 'text/csv', data }) }
  }
  expect((await bed.catalog.importProducts(file(), as())).updatedCount).toBe(1n)
  expect(await shown()).toEqual([1_300n, 1_300n, 1_300n])
})

test('another process shows it within a second of its clock, and of real time', async () => {
  const another = bed.another()
  await slugs(another)
  await addProduct(bed, { slug: 'third' })
  bed.clock.advance({ seconds: 1 })
  expect(await slugs(another)).toContain('third')
  await addProduct(bed, { slug: 'fourth' })
  await waitFor(async () => (await slugs(another)).includes('fourth'))
})

test('counts of operators are seen at once, what buyers take within a second', async () => {
  const variantId = await addStocked(bed, 5)
  const [priced] = (
    await bed.catalog.priceVariants(
      { tenant: TENANT, currency: 'USD', variantIds: [variantId] },
      as(),
    )
  ).variants
  const available = async () => {
    const wanted = { tenant: TENANT, productId: priced?.productId ?? '' }
    return (await bed.catalog.getProduct(wanted, as())).variants[0]?.availableQuantity
  }
  expect(await available()).toBe(5)
  await bed.catalog.setStock({ tenant: TENANT, variantId, locationId: 'main', onHand: 7n }, as())
  expect(await available()).toBe(7)
  await reserve(bed.catalog, 'seen-later', [variantId], { quantity: 3n })
  bed.clock.advance({ seconds: 1 })
  expect(await available()).toBe(4)
})
