import type { Client } from '@connectrpc/connect'
import type { CatalogService } from '@purser/contracts/catalog/v1/catalog'
import type { SubscriptionService } from '@purser/contracts/subscription/v1/subscription'
import type { UserService } from '@purser/contracts/user/v1/user'
import type { Clock } from '@purser/kernel'
import type { Database } from '@purser/postgres'

/** What code of this service may touch. */
export type CartContext = {
  db: Database
  clock: Clock
  clients: {
    user: Client<typeof UserService>
    catalog: Client<typeof CatalogService>
    subscription: Client<typeof SubscriptionService>
  }
  /** How long a cart lives after it was changed last, in milliseconds. */
  timeToLiveMs: number
}
