import type { Client } from '@connectrpc/connect'
import type { MeteringService } from '@purser/contracts/metering/v1/metering'
import type { SubscriptionService } from '@purser/contracts/subscription/v1/subscription'
import type { PersonalDataClient } from './privacy/holder.ts'

/**
 * Services that this one asks about people and accounts. They ask this one too, so nothing here is
 * called before all run, and nothing that this service does by itself waits for them.
 */
export type UserNeighbours = {
  /** Tells plans, and whether an account may be erased. */
  subscription: Client<typeof SubscriptionService>
  /** Tells quotas. */
  metering: Client<typeof MeteringService>
  /** Services that hold data about people, by name, in the order in which an erasure walks them. */
  holders: readonly { service: string; client: PersonalDataClient }[]
}
