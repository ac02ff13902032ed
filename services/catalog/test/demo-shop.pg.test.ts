import { readdir, readFile } from 'node:fs/promises'
import { create } from '@bufbuild/protobuf'
import { HttpBodySchema } from '@purser/contracts/google/api/httpbody'
import { expect, test } from 'vitest'
import { makeSeed } from '../seed/make-seed.ts'
import { demoShop } from '../src/index.ts'
import { as, startCatalog, stockFaults, TENANT } from './catalog-harness.ts'

test('the stored file and pictures are those that the script makes', async () => {
  const { csv, pictures } = makeSeed()
  expect(await readFile(demoShop.productsFile, 'utf8')).toBe(csv)
  expect((await readdir(demoShop.picturesDir)).toSorted()).toEqual([...pictures.keys()].toSorted())
  for (const [name, svg] of pictures) {
    expect(await readFile(new URL(name, demoShop.picturesDir), 'utf8')).toBe(svg)
  }
})

test('the whole shop is taken: priced in dollars and euros, with pictures, stock and facets', async () => {
  const bed = await startCatalog()
  const { catalog } = bed
  const tenant = TENANT
  for (const location of demoShop.locations)
    await catalog.putLocation({ tenant, ...location }, as())
  for (const input of demoShop.collections) await catalog.createCollection({ tenant, input }, as())
  const ids = new Map<string, string>()
  for (const { slug, title, parentSlug = '' } of demoShop.categories) {
    const input = { slug, title, parentId: ids.get(parentSlug) ?? '' }
    ids.set(slug, (await catalog.createCategory({ tenant, input }, as())).categoryId)
  }
  const data = await readFile(demoShop.productsFile)
  const file = async function* () {
    yield { tenant, body: create(HttpBodySchema, { contentType: 'text/csv', data }) }
  }
  const report = await catalog.importProducts(file(), as())
  expect(report.rejections).toEqual([])
  expect(report.createdCount).toBe(120n)
  expect((await catalog.importProducts(file(), as())).unchangedCount).toBe(120n)

  for (const currency of ['USD', 'EUR']) {
    const { products, pagination } = await catalog.listProducts(
      { tenant, currency, pageSize: 100 },
      as(),
    )
    expect(pagination?.totalCount).toBe(120n)
    expect(products.filter(({ price, image }) => price?.currency !== currency || !image)).toEqual(
      [],
    )
  }
  const shoes = await catalog.listProducts({ tenant, category: 'clothing', withFacets: true }, as())
  expect(shoes.pagination?.totalCount).toBe(27n)
  expect(shoes.facets.map(({ key }) => key).toSorted()).toEqual(['color', 'material', 'size'])
  const found = await catalog.searchProducts({ tenant, q: 'linnen shirt' }, as())
  expect(found.products[0]?.slug).toBe('linen-shirt')
  expect(found.correctedQ).toBe('linen shirt')
  expect(await stockFaults(bed)).toEqual([])
  await bed.close()
})
