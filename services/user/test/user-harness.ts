import { fileURLToPath } from 'node:url'
import { UserService } from '@purser/contracts/user/v1/user'
import { asService } from '@purser/rpc'
import { createTestDatabase, hostServices } from '@purser/testing'
import { createUserService, userManifest } from '../src/index.ts'

/** The user service on a fresh database, driven by its client, at a present that tests move. */
export async function startUser() {
  const migrationsDir = fileURLToPath(userManifest.migrationsDir)
  const testDatabase = await createTestDatabase('user', migrationsDir)
  const present = { now: Temporal.Instant.from('2026-02-15T12:00:00Z') }
  const service = createUserService({
    database: testDatabase.database,
    clock: { now: () => present.now },
  })
  const client = hostServices(service)(UserService)
  return {
    client,
    present,
    /** A caller of the tenant with these permissions. */
    as: (tenant: string, permissions: readonly string[] = ['*']) =>
      asService('test', tenant, { permissions }),
    createTenant: (tenant: string) =>
      client.createTenant(
        { newTenant: { tenant, legalName: `${tenant} Inc.`, timeZone: 'Europe/Warsaw' } },
        asService('test', tenant),
      ),
    /** Subjects and payloads in the tenant's outbox, in order. */
    events: (tenant: string) =>
      testDatabase.adminQuery<{ subject: string; payload: unknown }>(
        'select subject, payload from "user".outbox where tenant_id = $1 order by seq',
        [tenant],
      ),
    adminQuery: testDatabase.adminQuery,
    database: testDatabase.database,
    close: () => testDatabase.close(),
  }
}

export type User = Awaited<ReturnType<typeof startUser>>
