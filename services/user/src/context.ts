import type { Client } from '@connectrpc/connect'
import type { NotificationService } from '@purser/contracts/notification/v1/notification'
import type { Clock } from '@purser/kernel'
import type { Database } from '@purser/postgres'
import type { Logger } from '@purser/runtime'
import type { RelyingParty } from './credentials/passkey-ceremony.ts'
import type { UserNeighbours } from './neighbours.ts'
import type { AddUserJob } from './jobs/tasks.ts'

/** Clients of the services that this one calls. */
export type UserClients = {
  /** Sends mails; without it they wait as jobs. */
  notification?: Pick<Client<typeof NotificationService>, 'sendEmail'>
}

/** What code of this service may touch. */
export type UserContext = {
  db: Database
  clock: Clock
  /** The platform's secret; see UserDeps. */
  secret: string
  /** `iss` of access tokens. */
  issuer: string
  log: Logger
  /** Adds a job in the caller's transaction. */
  addJob: AddUserJob
  clients: UserClients
  /** Who passkeys are made for. */
  relyingParty: RelyingParty
  /** Address of the web application: links in mails lead there. */
  webUrl: string
  /** Services that answer for people and accounts; undefined where none runs. */
  neighbours: UserNeighbours | undefined
}
