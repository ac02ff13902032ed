import { fileURLToPath } from 'node:url'
import type { CallOptions } from '@connectrpc/connect'
import { UserService } from '@purser/contracts/user/v1/user'
import { anonymous, asService, callValues } from '@purser/rpc'
import { createLogger, noMetrics } from '@purser/runtime'
import { migrateJobs } from '@purser/jobs'
import { createTestDatabase, hostServices } from '@purser/testing'
import { createUserService, type UserDeps, userManifest } from '../src/index.ts'

/** The user service on a fresh database, driven by its client, at a present that tests move. */
export async function startUser(
  more: Partial<Pick<UserDeps, 'clients' | 'relyingParty' | 'ssoOnLoopback'>> = {},
) {
  const migrationsDir = fileURLToPath(userManifest.migrationsDir)
  const jobs = { schema: 'user_jobs', migrate: migrateJobs }
  const testDatabase = await createTestDatabase('user', migrationsDir, { jobs })
  const { adminUrl: url, role, password } = testDatabase
  const connection = { url, role, password }
  const lines: string[] = []
  const destination = { write: (line: string) => void lines.push(line) }
  const log = createLogger({ level: 'info', name: 'user', destination })
  const present = { now: Temporal.Instant.from('2026-02-15T12:00:00Z') }
  const service = createUserService({
    database: testDatabase.database,
    connection,
    log,
    metrics: noMetrics,
    clock: { now: () => present.now },
    secret: 'a secret of tests, long enough to be one',
    issuer: 'https://purser.test',
    ...more,
  })
  const [uses] = service.components
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
    /** Subjects and payloads in the tenant's outbox, in order; acts for the audit log left out. */
    events: (tenant: string) =>
      testDatabase.adminQuery<{ subject: string; payload: unknown }>(
        `select subject, payload from "user".outbox
         where tenant_id = $1 and subject <> 'audit.recorded' order by seq`,
        [tenant],
      ),
    /** Writes the uses of API keys that were noted, as the process does at its end. */
    writeUses: async () => await uses?.stop(),
    /** What the process starts and stops beside calls. */
    components: service.components,
    lines,
    log,
    connection,
    /** What was recorded for the audit log in the tenant, in order. */
    acts: async (tenant: string) => {
      const rows = await testDatabase.adminQuery<{ payload: Record<string, unknown> }>(
        `select payload from "user".outbox
         where tenant_id = $1 and subject = 'audit.recorded' order by seq`,
        [tenant],
      )
      return rows.map(({ payload }) => payload)
    },
    adminQuery: testDatabase.adminQuery,
    database: testDatabase.database,
    close: () => testDatabase.close(),
  }
}

export type User = Awaited<ReturnType<typeof startUser>>
