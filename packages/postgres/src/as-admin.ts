import { isPurserError, PurserError } from '@purser/kernel'
import pg from 'pg'
import { connectionUrl } from './connection-url.ts'
import { databaseUnavailable, isConnectionLoss, toPurserError } from './database-error.ts'

/** SQLSTATE: unknown database, refused login, wrong password. */
const refusals = new Set(['3D000', '28000', '28P01'])
const connectTimeoutMs = 10_000

/**
 * Runs `work` on one session of the admin, which the caller uses for one statement after the other;
 * for set-up only, as nothing here knows of tenants. Throws `platform.unavailable` without a
 * database, `platform.internal` when the server does not admit the admin; the errors of `work`
 * pass.
 */
export async function asAdmin<T>(
  adminUrl: string,
  work: (client: pg.ClientBase) => Promise<T>,
): Promise<T> {
  const client = new pg.Client({
    connectionString: connectionUrl(adminUrl, {}),
    application_name: 'purser-admin',
    connectionTimeoutMillis: connectTimeoutMs,
    keepAlive: true,
  })
  // A break between two statements is reported by the next one.
  client.on('error', () => undefined)
  try {
    await client.connect()
  } catch (error) {
    throw explain(error)
  }
  try {
    return await work(client)
  } catch (error) {
    throw toPurserError(error)
  } finally {
    await client.end()
  }
}

function explain(error: unknown): unknown {
  if (isPurserError(error)) return error
  if (error instanceof pg.DatabaseError && refusals.has(error.code ?? '')) {
    return new PurserError('platform.internal', `Postgres refuses the admin: ${error.message}.`, {
      cause: error,
    })
  }
  return isConnectionLoss(error) ? databaseUnavailable(error) : toPurserError(error)
}
