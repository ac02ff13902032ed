import type { Client } from '@connectrpc/connect'
import type { MeteringService } from '@purser/contracts/metering/v1/metering'
import type { UserService } from '@purser/contracts/user/v1/user'
import type { Clock } from '@purser/kernel'
import type { Database } from '@purser/postgres'
import type { Logger } from '@purser/runtime'
import type { AfterCommit } from './after-commit.ts'
import type { AddSubscriptionJob } from './jobs/tasks.ts'
import type { TimeZoneCache } from './time-zone-cache.ts'

/** The services that this one asks. */
export type SubscriptionClients = {
  user: Client<typeof UserService>
  metering: Client<typeof MeteringService>
}

/** What it takes to tell metering. */
export type TellingContext = {
  /** Beside the requests: what is told was committed before, and is no part of a request. */
  db: Database
  clock: Clock
  log: Logger
  clients: SubscriptionClients
}

/** What code of this service may touch. */
export type SubscriptionContext = {
  db: Database
  clock: Clock
  clients: SubscriptionClients
  timeZones: TimeZoneCache
  addJob: AddSubscriptionJob
  afterCommit: AfterCommit
  telling: TellingContext
}
