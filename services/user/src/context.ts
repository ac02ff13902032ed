import type { Clock } from '@purser/kernel'
import type { Database } from '@purser/postgres'

/** What code of this service may touch. */
export type UserContext = {
  db: Database
  clock: Clock
  /** The platform's secret; see UserDeps. */
  secret: string
  /** `iss` of access tokens. */
  issuer: string
}
