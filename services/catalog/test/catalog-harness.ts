import { fileURLToPath } from 'node:url'
import type { MessageInitShape } from '@bufbuild/protobuf'
import { CatalogService } from '@purser/contracts/catalog/v1/catalog'
import {
  type Product,
  type ProductInputSchema,
  ProductStatus,
  type VariantInputSchema,
} from '@purser/contracts/catalog/v1/product'
import { migrateJobs } from '@purser/jobs'
import { asService } from '@purser/rpc'
import { noMetrics, silentLogger } from '@purser/runtime'
import { createTestDatabase, hostServices } from '@purser/testing'
import { createDatabase } from '@purser/postgres'
import { releaseDue } from '../src/jobs/release-expired.ts'
import { catalogManifest, createCatalogService } from '../src/index.ts'

export const TENANT = 'acme'
export const NOW: Temporal.Instant = Temporal.Instant.from('2026-02-15T12:00:00Z')
export const as = (tenant: string = TENANT) => asService('test', tenant)

/** A clock that a test sets. */
class SetClock {
  instant: Temporal.Instant = NOW
  now(): Temporal.Instant {
    return this.instant
  }
  advance(duration: Temporal.DurationLike): void {
    this.instant = this.instant.add(duration)
  }
}

/** The service on a database of its own, and further processes of it, each with its own pool. */
export async function startCatalog() {
  const options = { maxConnections: 10, jobs: { schema: 'catalog_jobs', migrate: migrateJobs } }
  const db = await createTestDatabase(
    'catalog',
    fileURLToPath(catalogManifest.migrationsDir),
    options,
  )
  const { adminUrl, role, password, schema } = db
  const clock = new SetClock()
  const connection = { url: adminUrl, role, password }
  const common = { connection, clock, log: silentLogger, metrics: noMetrics }
  const clientOf = (database: typeof db.database) =>
    hostServices(createCatalogService({ ...common, database }))(CatalogService)
  const further: (typeof db.database)[] = []
  return {
    clock,
    database: db.database,
    adminQuery: db.adminQuery,
    catalog: clientOf(db.database),
    /** Another process of the service on the same database. */
    another: () => {
      const database = createDatabase({
        url: adminUrl,
        schema,
        role,
        password,
        maxConnections: 10,
        log: silentLogger,
      })
      further.push(database)
      return clientOf(database)
    },
    /** What the job does. */
    releaseDue: () => releaseDue({ db: db.database }, clock.now()),
    close: async () => {
      for (const database of further) await database.close()
      await db.close()
    },
  }
}

export type Catalog = Awaited<ReturnType<typeof startCatalog>>

type Variant = MessageInitShape<typeof VariantInputSchema>
type Input = MessageInitShape<typeof ProductInputSchema>

let made = 0

/** A variant that costs 10.00 USD and 9.00 EUR. */
export function variant(overrides: Partial<Variant> = {}): Variant {
  made += 1
  const prices = [
    { amount: { amountCents: 1000n, currency: 'USD' } },
    { amount: { amountCents: 900n, currency: 'EUR' } },
  ]
  return { sku: `SKU-${made}`, prices, weightGrams: 500, ...overrides } as Variant
}

/** A published product with one variant. */
export function productInput(overrides: Partial<Input> = {}): Input {
  made += 1
  return {
    slug: `thing-${made}`,
    title: `Thing ${made}`,
    status: ProductStatus.PUBLISHED,
    variants: [variant()],
    ...overrides,
  } as Input
}

/** Creates a product. */
export async function addProduct(
  { catalog }: Pick<Catalog, 'catalog'>,
  overrides: Partial<Input> = {},
  tenant: string = TENANT,
): Promise<Product> {
  return await catalog.createProduct({ tenant, input: productInput(overrides) }, as(tenant))
}

/** Creates a product with one variant of which so many units lie at location `main`; answers the variant's id. */
export async function addStocked(
  { catalog }: Pick<Catalog, 'catalog'>,
  units: number,
  overrides: Partial<Variant> = {},
  tenant: string = TENANT,
): Promise<string> {
  const product = await addProduct({ catalog }, { variants: [variant(overrides)] }, tenant)
  const variantId = product.variants[0]?.variantId ?? ''
  const location = { tenant, locationId: 'main', title: 'Main', position: 0 }
  await catalog.putLocation(location, as(tenant))
  await catalog.setStock(
    { tenant, variantId, locationId: 'main', onHand: BigInt(units) },
    as(tenant),
  )
  return variantId
}

/** Reserves; one unit of each variant unless told otherwise. */
export async function reserve(
  catalog: Catalog['catalog'],
  reservationId: string,
  variantIds: readonly string[],
  { quantity = 1n, tenant = TENANT, currency = 'USD', priceListKey = '' } = {},
) {
  const lines = variantIds.map((variantId) => ({ variantId, quantity }))
  return await catalog.reserveStock(
    { tenant, reservationId, currency, priceListKey, lines },
    as(tenant),
  )
}

/** I-18, I-19 and the ledger: every way in which the counters of any level disagree with its rows. */
export async function stockFaults({ adminQuery }: Catalog): Promise<object[]> {
  return await adminQuery(
    `select s.tenant_id, s.variant_id, s.location_id, s.on_hand, s.reserved, s.backordered, s.owed, m.*, u.*
     from catalog.stock_level as s
     left join lateral (
       select coalesce(sum(m.on_hand), 0) as moved_on_hand, coalesce(sum(m.reserved), 0) as moved_reserved,
         coalesce(sum(m.backordered), 0) as moved_backordered, coalesce(sum(m.owed), 0) as moved_owed
       from catalog.stock_movement as m
       where (m.tenant_id, m.variant_id, m.location_id) = (s.tenant_id, s.variant_id, s.location_id)
     ) as m on true
     left join lateral (
       select coalesce(sum(u.quantity), 0) as held, coalesce(sum(u.backordered), 0) as promised
       from catalog.reservation_line as u
       where (u.tenant_id, u.variant_id, u.location_id) = (s.tenant_id, s.variant_id, s.location_id)
         and u.state = 'held'
     ) as u on true
     where s.on_hand < 0 or s.reserved < 0 or s.reserved > s.on_hand
       or s.on_hand <> m.moved_on_hand or s.reserved <> m.moved_reserved
       or s.backordered <> m.moved_backordered or s.owed <> m.moved_owed
       or s.reserved <> u.held or s.backordered <> u.promised`,
  )
}
