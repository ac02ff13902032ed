import type { Clock } from '@purser/kernel'
import type { Database } from '@purser/postgres'
import type { Logger } from '@purser/runtime'
import type { Carrier } from './domain/carrier.ts'

/** What code of this service may touch. */
export type ShippingContext = {
  db: Database
  clock: Clock
  log: Logger
  /** Carriers by name. */
  carriers: ReadonlyMap<string, Carrier>
  /** Bound of one question to a carrier, in milliseconds. */
  carrierTimeoutMs: number
}
