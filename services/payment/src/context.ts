import type { Client } from '@connectrpc/connect'
import type { UserService } from '@purser/contracts/user/v1/user'
import type { Clock } from '@purser/kernel'
import type { Database } from '@purser/postgres'
import type { Logger } from '@purser/runtime'
import type { PaymentProvider } from './domain/provider.ts'

/** What code of this service may touch. */
export type PaymentContext = {
  db: Database
  clock: Clock
  clients: { user: Client<typeof UserService> }
  log: Logger
  /** Providers by name. */
  providers: ReadonlyMap<string, PaymentProvider>
  /** Name of the provider that new charges go to. */
  defaultProvider: string
  /** Bound of one question to a provider, in milliseconds. */
  providerTimeoutMs: number
}
