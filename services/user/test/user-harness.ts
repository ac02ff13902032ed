import { fileURLToPath } from 'node:url'
import type { CallOptions } from '@connectrpc/connect'
import { UserService } from '@purser/contracts/user/v1/user'
import { anonymous, asService, callValues } from '@purser/rpc'
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
    secret: 'a secret of tests, long enough to be one',
    issuer: 'https://purser.test',
  })
  const client = hostServices(service)(UserService)
  return {
    client,
    present,
    /** A caller of the tenant with these permissions. */
    as: (tenant: string, permissions: readonly string[] = ['*']) =>
      asService('test', tenant, { permissions }),
    /** A person who is signed in, with the headers that the gateway would set. */
    asPerson: (
      tenant: string,
      userId: string,
      permissions: readonly string[] = ['user.self.*'],
      headers: Record<string, string> = {},
    ): CallOptions => ({
      headers,
      contextValues: callValues({ kind: 'user', id: userId, tenant, permissions }, ''),
    }),
    /** Somebody who brings no credentials, with the headers that the gateway would set. */
    anyone: (headers: Record<string, string> = {}): CallOptions => ({
      headers,
      contextValues: callValues(anonymous, ''),
    }),
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
