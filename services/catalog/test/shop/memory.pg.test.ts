import { ProductStatus } from '@purser/contracts/catalog/v1/product'
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
