import { UserService } from '@purser/contracts/user/v1/user'
import type { Clock } from '@purser/kernel'
import { createActs } from '@purser/idempotency'
import { createJobs } from '@purser/jobs'
import type { Database } from '@purser/postgres'
import type { Service, ServiceManifest } from '@purser/rpc'
import type { Logger, Metrics } from '@purser/runtime'
import { ApiKeyUses } from './api-key-uses.ts'
import type { UserClients, UserContext } from './context.ts'
import type { RelyingParty } from './credentials/passkey-ceremony.ts'
import { mailTasks } from './jobs/mail-tasks.ts'
import { purge } from './jobs/purge.ts'
import type { AddUserJob } from './jobs/tasks.ts'
import type { UserNeighbours } from './neighbours.ts'
import { createPrivacyContext } from './privacy/privacy-context.ts'
import { privacyTasks } from './privacy/privacy-tasks.ts'
import { apiKeyMethods } from './rpc/api-key-methods.ts'
import { auditMethods } from './rpc/audit/audit-methods.ts'
import { batchCreateAccounts } from './rpc/batch-create-accounts.ts'
import { createAccount } from './rpc/create-account.ts'
import { createTenant } from './rpc/create-tenant.ts'
import { findMissingAccounts } from './rpc/find-missing-accounts.ts'
import { getAccount } from './rpc/get-account.ts'
import { getTenant } from './rpc/get-tenant.ts'
import { listAccounts } from './rpc/list-accounts.ts'
import { memberMethods } from './rpc/members/member-methods.ts'
import { privacyMethods } from './rpc/privacy/privacy-methods.ts'
import { provisioningMethods } from './rpc/provisioning/provisioning-methods.ts'
import { selfMethods } from './rpc/self-methods.ts'
import { signInMethods } from './rpc/sign-in-methods.ts'
import { ssoMethods } from './rpc/single-sign-on/sso-methods.ts'
import { teamMethods } from './rpc/team-methods.ts'

export type { UserNeighbours } from './neighbours.ts'

/** What the composition root needs to know of the service before it exists. */
export const userManifest: ServiceManifest = {
  name: 'user',
  descriptor: UserService,
  migrationsDir: new URL('../migrations/', import.meta.url),
  jobsSchema: 'user_jobs',
  calls: [],
  mayCall: [
    'notification',
    'subscription',
    'metering',
    'invoicing',
    'payment',
    'shipping',
    'cart',
    'order',
  ],
  publishesEvents: true,
  grpcPort: 50051,
}

/** What the service is given. */
export type UserDeps = {
  database: Database
  /** How its job worker reaches the database. */
  connection: { url: string; role: string; password: string }
  clock: Clock
  log: Logger
  metrics: Metrics
  /** The platform's secret, at least 32 characters: keys that sign access tokens are sealed with it. */
  secret: string
  /** `iss` of access tokens. */
  issuer: string
  /** Without a client of the notification service, mails wait as jobs. */
  clients?: UserClients
  /** Who passkeys are made for; `localhost` unless given. */
  relyingParty?: RelyingParty
  /** Address of the web application, where links in mails lead; on this machine unless given. */
  webUrl?: string
  /** Whether identity providers on this machine may be connected, for development; not unless given. */
  ssoOnLoopback?: boolean
  /** Services that answer for people and accounts; left out where none runs. */
  neighbours?: UserNeighbours
}

const LOCAL_WEB = 'http://localhost:3000'
const LOCAL_PARTY: RelyingParty = { rpId: 'localhost', origins: [LOCAL_WEB] }

/** Tenants, their people and accounts, sign-in and API keys. */
export function createUserService(deps: UserDeps): Service {
  const { clock, secret, issuer, log, metrics } = deps
  const { clients = {}, relyingParty = LOCAL_PARTY, webUrl = LOCAL_WEB } = deps
  const { database: db, define } = createActs({ database: deps.database, clock })
  const addJob: AddUserJob = (tx, task, payload, options) => jobs.add(tx, task, payload, options)
  const base = { db, clock, secret, issuer, log, addJob }
  const ctx: UserContext = { ...base, clients, relyingParty, webUrl, neighbours: deps.neighbours }
  const privacy = createPrivacyContext(ctx)
  const purging = purge(ctx)
  const jobs = createJobs({
    ...deps.connection,
    schema: 'user_jobs',
    tasks: { ...privacyTasks(privacy), ...mailTasks(ctx), purge: purging.handler },
    log,
    metrics,
  })
  const uses = new ApiKeyUses({ db: deps.database, log })
  return {
    manifest: userManifest,
    definition: define(UserService, {
      createTenant: createTenant(ctx),
      getTenant: getTenant(ctx),
      createAccount: createAccount(ctx),
      batchCreateAccounts: batchCreateAccounts(ctx),
      getAccount: getAccount(ctx),
      listAccounts: listAccounts(ctx),
      findMissingAccounts: findMissingAccounts(ctx),
      ...apiKeyMethods(ctx, uses),
      ...signInMethods(ctx),
      ...selfMethods(ctx),
      ...teamMethods(ctx),
      ...memberMethods(ctx),
      ...privacyMethods(privacy),
      ...auditMethods(ctx),
      ...provisioningMethods(ctx),
      ...ssoMethods(ctx, { loopback: deps.ssoOnLoopback ?? false }),
    }),
    components: [uses, purging.first, jobs],
  }
}
