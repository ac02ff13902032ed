import { CatalogService } from '@purser/contracts/catalog/v1/catalog'
import { createActs } from '@purser/idempotency'
import { createJobs } from '@purser/jobs'
import type { Clock } from '@purser/kernel'
import type { Database } from '@purser/postgres'
import type { Service, ServiceManifest } from '@purser/rpc'
import type { Logger, Metrics } from '@purser/runtime'
import type { CatalogContext } from './context.ts'
import { releaseExpired } from './jobs/release-expired.ts'
import type { AddCatalogJob, CatalogTasks } from './jobs/tasks.ts'
import { archiveProduct } from './rpc/archive-product.ts'
import { categoryMethods } from './rpc/category-methods.ts'
import { collectionMethods } from './rpc/collection-methods.ts'
import { createProduct } from './rpc/create-product.ts'
import { exportProducts } from './rpc/export-products.ts'
import { getStoredProduct } from './rpc/get-stored-product.ts'
import { importProducts } from './rpc/import-products.ts'
import { listStoredProducts } from './rpc/list-stored-products.ts'
import { priceVariants } from './rpc/price-variants.ts'
import { reservationMethods } from './rpc/reservation-methods.ts'
import { reserveStock } from './rpc/reserve-stock.ts'
import { settingsMethods } from './rpc/settings-methods.ts'
import { shopMethods } from './rpc/shop-methods.ts'
import { stockMethods } from './rpc/stock-methods.ts'
import { updateProduct } from './rpc/update-product.ts'
import { tellingWrites } from './shop/telling-writes.ts'
import { ShopMemory } from './shop/shop-memory.ts'
import { ShopReader } from './shop/shop-reader.ts'

export { demoShop } from './demo-shop.ts'

/** What the composition root needs to know of the service before it exists. */
export const catalogManifest: ServiceManifest = {
  name: 'catalog',
  descriptor: CatalogService,
  migrationsDir: new URL('../migrations/', import.meta.url),
  keepsPlans: true,
  jobsSchema: 'catalog_jobs',
  calls: [],
  publishesEvents: true,
  grpcPort: 50052,
}

/** What the service is given. */
export type CatalogDeps = {
  database: Database
  /** How its job worker reaches the database. */
  connection: { url: string; role: string; password: string }
  clock: Clock
  log: Logger
  metrics: Metrics
}

/** Products, their prices and stock, and the shop that shows them. */
export function createCatalogService(deps: CatalogDeps): Service {
  const { clock, log, metrics } = deps
  const { database, define, afterCommit } = createActs({ database: deps.database, clock })
  const memory = new ShopMemory()
  const db = tellingWrites(database, (tenantId) => afterCommit(() => memory.forget(tenantId)))
  const addJob: AddCatalogJob = (tx, task, payload, options) => jobs.add(tx, task, payload, options)
  const ctx: CatalogContext = { db, clock, shop: new ShopReader(deps.database), memory, addJob }
  // What buyers do to stock is seen within a second: a busy shop would forget all the time.
  const buying: CatalogContext = { ...ctx, db: database }
  const release = releaseExpired(buying)
  const jobs = createJobs<CatalogTasks>({
    ...deps.connection,
    schema: 'catalog_jobs',
    tasks: { 'release-expired': release.handler },
    log,
    metrics,
  })
  return {
    manifest: catalogManifest,
    definition: define(CatalogService, {
      ...shopMethods(ctx),
      createProduct: createProduct(ctx),
      updateProduct: updateProduct(ctx),
      archiveProduct: archiveProduct(ctx),
      getStoredProduct: getStoredProduct(ctx),
      listStoredProducts: listStoredProducts(ctx),
      importProducts: importProducts(ctx),
      exportProducts: exportProducts(ctx),
      ...categoryMethods(ctx),
      ...collectionMethods(ctx),
      ...settingsMethods(ctx),
      ...stockMethods(ctx),
      priceVariants: priceVariants(ctx),
      reserveStock: reserveStock(buying),
      ...reservationMethods(buying),
    }),
    components: [release.first, jobs],
  }
}
