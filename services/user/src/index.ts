import { UserService } from '@purser/contracts/user/v1/user'
import type { Clock } from '@purser/kernel'
import { createIdempotency } from '@purser/idempotency'
import type { Database } from '@purser/postgres'
import { defineService, type Service, type ServiceManifest } from '@purser/rpc'
import type { UserContext } from './context.ts'
import { batchCreateAccounts } from './rpc/batch-create-accounts.ts'
import { createAccount } from './rpc/create-account.ts'
import { createApiKey } from './rpc/create-api-key.ts'
import { createTenant } from './rpc/create-tenant.ts'
import { findMissingAccounts } from './rpc/find-missing-accounts.ts'
import { getAccount } from './rpc/get-account.ts'
import { getTenant } from './rpc/get-tenant.ts'
import { listAccounts } from './rpc/list-accounts.ts'
import { listApiKeys } from './rpc/list-api-keys.ts'
import { revokeApiKey } from './rpc/revoke-api-key.ts'
import { selfMethods } from './rpc/self-methods.ts'
import { signInMethods } from './rpc/sign-in-methods.ts'
import { teamMethods } from './rpc/team-methods.ts'
import { verifyApiKey } from './rpc/verify-api-key.ts'

/** What the composition root needs to know of the service before it exists. */
export const userManifest: ServiceManifest = {
  name: 'user',
  descriptor: UserService,
  migrationsDir: new URL('../migrations/', import.meta.url),
  calls: [],
  publishesEvents: true,
  grpcPort: 50051,
}

/** What the service is given. */
export type UserDeps = {
  database: Database
  clock: Clock
  /** The platform's secret, at least 32 characters: keys that sign access tokens are sealed with it. */
  secret: string
  /** `iss` of access tokens. */
  issuer: string
}

/** Tenants, their people and accounts, sign-in and API keys. */
export function createUserService(deps: UserDeps): Service {
  const { clock, secret, issuer } = deps
  const { database: db, once } = createIdempotency(deps.database)
  const ctx: UserContext = { db, clock, secret, issuer }
  return {
    manifest: userManifest,
    definition: defineService(UserService, {
      createTenant: createTenant(ctx),
      getTenant: getTenant(ctx),
      createAccount: once(UserService.method.createAccount, createAccount(ctx)),
      batchCreateAccounts: batchCreateAccounts(ctx),
      getAccount: getAccount(ctx),
      listAccounts: listAccounts(ctx),
      findMissingAccounts: findMissingAccounts(ctx),
      createApiKey: once(UserService.method.createApiKey, createApiKey(ctx)),
      listApiKeys: listApiKeys(ctx),
      revokeApiKey: revokeApiKey(ctx),
      verifyApiKey: verifyApiKey(ctx),
      ...signInMethods(ctx),
      ...selfMethods(ctx, once),
      ...teamMethods(ctx, once),
    }),
    components: [],
  }
}
