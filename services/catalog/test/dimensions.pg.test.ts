import { afterAll, beforeAll, expect, test } from 'vitest'
import { addProduct, as, type Catalog, startCatalog, TENANT, variant } from './catalog-harness.ts'

const tenant = TENANT
const dimensions = { lengthMm: 400, widthMm: 300, heightMm: 200 }
let bed: Catalog
beforeAll(async () => {
  bed = await startCatalog()
  await bed.catalog.putLocation({ tenant, locationId: 'main', title: 'Main' }, as())
})
afterAll(() => bed?.close())

test('a page tells of each variant how large it is, and whether it has to be delivered', async () => {
  const { productId } = await addProduct(bed, {
    options: [{ name: 'Kind', values: ['Box', 'Card'] }],
    variants: [
      variant({ optionValues: ['Box'], dimensions }),
      variant({ optionValues: ['Card'], requiresShipping: false }),
    ],
  })
  const { variants } = await bed.catalog.getProduct({ tenant, productId })
  expect(variants).toMatchObject([
    { requiresShipping: true, dimensions },
    { requiresShipping: false },
  ])
  expect(variants[1]?.dimensions).toBeUndefined()
})

test('whoever prices or reserves a variant is told how large it is', async () => {
  const { variants } = await addProduct(bed, { variants: [variant({ dimensions })] })
  const variantId = variants[0]?.variantId ?? ''
  await bed.catalog.setStock({ tenant, variantId, locationId: 'main', onHand: 5n }, as())
  const currency = 'USD'
  const priced = await bed.catalog.priceVariants(
    { tenant, currency, variantIds: [variantId] },
    as(),
  )
  expect(priced.variants).toMatchObject([{ dimensions }])
  const lines = [{ variantId, quantity: 1n }]
  const wanted = { tenant, reservationId: 'measured', currency, lines }
  const reserved = await bed.catalog.reserveStock(wanted, as())
  expect(reserved.lines).toMatchObject([{ dimensions }])
  expect(await bed.catalog.reserveStock(wanted, as())).toEqual(reserved)
})

test.each([
  ['no height', { lengthMm: 1, widthMm: 1, heightMm: 0 }],
  ['a side below 0', { lengthMm: -1, widthMm: 1, heightMm: 1 }],
  ['a side beyond 100 m', { lengthMm: 100_001, widthMm: 1, heightMm: 1 }],
])('%s is refused', async (_, wrong) => {
  const refused = addProduct(bed, { variants: [variant({ dimensions: wrong })] })
  await expect(refused).rejects.toMatchObject({ code: 'request.invalid' })
})
