import type { Clock } from '@purser/kernel'
import type { Database } from '@purser/postgres'
import type { AddCatalogJob } from './jobs/tasks.ts'
import type { ShopReader } from './shop/shop-reader.ts'

/** What code of this service may touch. */
export type CatalogContext = {
  db: Database
  clock: Clock
  /** Reads of the shop, beside every transaction. */
  shop: ShopReader
  addJob: AddCatalogJob
}
