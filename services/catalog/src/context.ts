import type { Clock } from '@purser/kernel'
import type { Database } from '@purser/postgres'
import type { AddCatalogJob } from './jobs/tasks.ts'
import type { ShopMemory } from './shop/shop-memory.ts'
import type { ShopReader } from './shop/shop-reader.ts'

/** What code of this service may touch. */
export type CatalogContext = {
  /** A write is seen by the shop of this process at once. */
  db: Database
  clock: Clock
  /** Reads of the shop, beside every transaction. */
  shop: ShopReader
  /** What the shop answered in the last second. */
  memory: ShopMemory
  addJob: AddCatalogJob
}
