import { readFile } from 'node:fs/promises'
import { create } from '@bufbuild/protobuf'
import type { Client } from '@connectrpc/connect'
import { demoShop } from '@purser/catalog'
import type { CatalogService } from '@purser/contracts/catalog/v1/catalog'
import { HttpBodySchema } from '@purser/contracts/google/api/httpbody'
import { isPurserError } from '@purser/kernel'
import { asService } from '@purser/rpc'
import { DEMO_TENANT } from './seed.ts'

type Catalog = Client<typeof CatalogService>

/**
 * Makes sure that the demo tenant has a shop: categories, locations, products with prices and stock. It is
 * set up once: what was made of it since stays as it is.
 */
export async function seedShop(catalog: Catalog): Promise<void> {
  const tenant = DEMO_TENANT
  const options = asService('seed', tenant)
  // Said last of all: where it is said, everything is there.
  const { updateTime } = await catalog.getCatalogSettings({ tenant }, options)
  if (updateTime !== undefined) return
  await createPlaces(catalog)
  await catalog.importProducts(pieceOf(await readFile(demoShop.productsFile)), options)
  await catalog.putCatalogSettings({ tenant, defaultCurrency: demoShop.currency }, options)
}

/** Where the products go; what is there already stays. All at once, but that a category follows its parent. */
async function createPlaces(catalog: Catalog): Promise<void> {
  const tenant = DEMO_TENANT
  const options = asService('seed', tenant)
  const ids = new Map<string, string>()
  const { categories } = await catalog.listCategories({ tenant }, options)
  for (const { categoryId, input } of categories) ids.set(input?.slug ?? '', categoryId)
  const makeCategories = (isTop: boolean) =>
    demoShop.categories.map(async ({ slug, title, parentSlug }, position) => {
      if (ids.has(slug) || isTop !== (parentSlug === undefined)) return
      const parentId = parentSlug === undefined ? '' : (ids.get(parentSlug) ?? '')
      const input = { slug, title, parentId, position }
      ids.set(slug, (await catalog.createCategory({ tenant, input }, options)).categoryId)
    })
  await Promise.all([
    ...demoShop.locations.map((location) => catalog.putLocation({ tenant, ...location }, options)),
    ...demoShop.collections.map((input) =>
      unlessThere(() => catalog.createCollection({ tenant, input }, options)),
    ),
    ...makeCategories(true),
  ])
  await Promise.all(makeCategories(false))
}

async function* pieceOf(data: Uint8Array) {
  yield { tenant: DEMO_TENANT, body: create(HttpBodySchema, { contentType: 'text/csv', data }) }
}

async function unlessThere(make: () => Promise<unknown>): Promise<void> {
  try {
    await make()
  } catch (error) {
    if (!isPurserError(error) || error.kind !== 'already_exists') throw error
  }
}
