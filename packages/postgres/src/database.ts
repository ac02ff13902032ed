import { setTimeout as delay } from 'node:timers/promises'
import { assert, isSlug } from '@purser/kernel'
import type { Logger } from '@purser/runtime'
import pg from 'pg'
import { connectionUrl } from './connection-url.ts'
import {
  databaseUnavailable,
  isCollision,
  isConnectionLoss,
  toPurserError,
} from './database-error.ts'
import { STATEMENT_TIMEOUT_MS } from './role.ts'
import type { Statement } from './statement.ts'
import { runAlone, runTransaction, type Tx } from './transaction.ts'
import { valueTypes } from './value-parsers.ts'

export type TransactionOptions = {
  /** Default `read committed`. */
  isolation?: 'read committed' | 'repeatable read' | 'serializable'
  /** Writes are refused by the server. */
  readOnly?: boolean
  /**
   * `work` has one statement, which is committed with it in one round trip: a second one is a bug, and what
   * `work` throws afterwards undoes nothing. When no answer comes, `details.outcome` is `unknown`.
   */
  isSingle?: boolean
  /** Other works are parts of it: no statement of theirs ends it, `isLast` is ignored. */
  hasParts?: boolean
  /**
   * Its statements run by plans that fit whatever values they are given and are made once for each connection, also where
   * Postgres would rather plan for the values each time: for statements over a few rows that take longer to plan than to run.
   */
  generalPlans?: boolean
  /**
   * Ends the transaction early: nothing is stored, the promise rejects with the signal's reason.
   */
  signal?: AbortSignal
  /**
   * Runs `work` again after a serialization failure or a deadlock (SQLSTATE 40001, 40P01),
   * `attempts` times in all. `work` must then have no effect but its statements. Default: once.
   */
  retry?: { attempts: number }
}

export type PoolUse = { total: number; idle: number; waiting: number }

/**
 * One service's access to its own schema. Every statement runs in a transaction that names its
 * tenant; row-level security hides the rows of all others. Errors of both kinds of transaction:
 * `platform.unavailable` when the database cannot be reached (with `details.outcome = 'unknown'`
 * when the reply to COMMIT was lost), `request.deadline_exceeded` when a statement ran over its
 * time, `request.invalid` for text with a NUL character. Other errors of the server pass as they
 * are.
 */
export type Database = {
  /** Commits what `work` did, or rolls back when it throws. `tenantId` is a slug. */
  tx<T>(tenantId: string, work: (tx: Tx) => Promise<T>, options?: TransactionOptions): Promise<T>
  /** As `tx`, for no tenant: only tables protected with `allow_system` show rows. */
  system<T>(work: (tx: Tx) => Promise<T>, options?: TransactionOptions): Promise<T>
  /**
   * Runs one statement that is a transaction by itself, in one round trip: for a function of the
   * schema, called by its full name, that is handed the tenant as `$1` and names it to the wall, and
   * its settings, by itself. `values` begin at `$2`. It joins no transaction. When no answer comes,
   * `details.outcome` is `unknown`.
   */
  alone<Row extends object>(
    tenantId: string,
    statement: Statement,
    values?: readonly unknown[],
  ): Promise<Row[]>
  /**
   * Calls `listener` after each commit of this process whose transaction called `announce`. Other
   * processes are not heard: a listener saves the wait for the next look, and never replaces it.
   */
  onAnnounced(listener: () => void): void
  /** Resolves when the server answers. */
  ping(): Promise<void>
  /** Connections of the pool: open, unused, and callers waiting for one. */
  poolUse(): PoolUse
  /** Waits for running transactions, then closes every connection. */
  close(): Promise<void>
  readonly schema: string
}

export type DatabaseOptions = {
  /** A Postgres URL; `role` and `password` replace what it names. */
  url: string
  schema: string
  role?: string
  password?: string
  /** Most connections at once, from 1; default 10. */
  maxConnections?: number
  /** Shown in `pg_stat_activity`; default `purser-<schema>`. */
  applicationName?: string
  log: Logger
  /** The server ends a statement after this; default is the role's, `STATEMENT_TIMEOUT_MS`. */
  statementTimeoutMs?: number
  /** The client gives up on a reply after this; default 5,000 more than that. */
  queryTimeoutMs?: number
  /** Bound of waiting for a free or a new connection; default 5,000. */
  connectTimeoutMs?: number
}

const systemTenant = '*'
const retryDelayMs = 5
/**
 * Opens no connection yet. What every transaction needs and no tenant changes, such as the search path, the login
 * role brings along (`ensureRoles`): set anew by each transaction, it was four more statements in each.
 */
export function createDatabase(options: DatabaseOptions): Database {
  const { statementTimeoutMs } = options
  const replyTimeoutMs =
    options.queryTimeoutMs ?? (statementTimeoutMs ?? STATEMENT_TIMEOUT_MS) + 5_000
  const pool = createPool(options, replyTimeoutMs)
  const settings =
    statementTimeoutMs === undefined ? '' : `; set local statement_timeout = ${statementTimeoutMs}`

  const listeners: (() => void)[] = []
  const onAnnounced = (): void => {
    for (const listener of listeners) listener()
  }

  async function run<T>(
    tenantId: string | undefined,
    work: (tx: Tx) => Promise<T>,
    { signal, retry, ...mode }: TransactionOptions,
  ): Promise<T> {
    const begin = `${beginText(tenantId ?? systemTenant, mode)}${settings}`
    const { isSingle = false, readOnly: isReadOnly = false, hasParts = false } = mode
    const plan = { begin, tenantId, isSingle, isReadOnly, hasParts, signal, onAnnounced }
    const attempts = retry?.attempts ?? 1
    for (let attempt = 1; ; attempt++) {
      try {
        return await runTransaction(pool, plan, work)
      } catch (error) {
        if (attempt >= attempts || !isCollision(error)) throw error
        // Spread out, or the same transactions collide again.
        await delay(retryDelayMs * 2 ** Math.min(attempt, 8) * Math.random(), undefined, { signal })
      }
    }
  }

  return {
    schema: options.schema,
    tx: async (tenantId, work, txOptions = {}) => {
      assert(isSlug(tenantId), () => `not a tenant id: ${tenantId}`)
      return await run(tenantId, work, txOptions)
    },
    system: async (work, txOptions = {}) => await run(undefined, work, txOptions),
    alone: async (tenantId, statement, values = []) => {
      assert(isSlug(tenantId), () => `not a tenant id: ${tenantId}`)
      return await runAlone(pool, statement, [tenantId, ...values])
    },
    onAnnounced: (listener) => {
      listeners.push(listener)
    },
    ping: async () => {
      try {
        await pool.query('select 1')
      } catch (error) {
        throw isConnectionLoss(error) ? databaseUnavailable(error) : toPurserError(error)
      }
    },
    poolUse: () => ({
      total: pool.totalCount,
      idle: pool.idleCount,
      waiting: pool.waitingCount,
    }),
    close: () => pool.end(),
  }
}

function createPool(options: DatabaseOptions, queryTimeoutMs: number): pg.Pool {
  const { log, schema, role, password } = options
  const changes = { ...(role ? { user: role } : {}), ...(password ? { password } : {}) }
  const pool = new pg.Pool({
    connectionString: connectionUrl(options.url, changes),
    max: options.maxConnections ?? 10,
    application_name: options.applicationName ?? `purser-${schema}`,
    connectionTimeoutMillis: options.connectTimeoutMs ?? 5_000,
    query_timeout: queryTimeoutMs,
    idleTimeoutMillis: 30_000,
    keepAlive: true,
    pipeline: true,
    types: valueTypes,
  })
  pool.on('error', ({ message }) => {
    // The pool does not wait for connections that it ends, so the server may be gone before they are.
    if (pool.ending) return
    // Not the error itself: the driver hangs the whole connection on it.
    log.warn({ reason: message, schema }, 'an idle database connection broke')
  })
  // Without a listener, a connection that breaks between two statements would end the process; the
  // next statement reports it.
  pool.on('connect', (client) => client.on('error', () => undefined))
  return pool
}

/**
 * The tenant is local to the transaction, so it does not outlive it on a pooled connection, also
 * behind a transaction-pooling proxy. `tenantId` is a slug or `*`: nothing to escape.
 */
function beginText(
  tenantId: string,
  { isolation, readOnly, generalPlans }: TransactionOptions,
): string {
  const level = isolation ? ` isolation level ${isolation}` : ''
  const access = readOnly ? ' read only' : ''
  const plans = generalPlans ? '; set local plan_cache_mode = force_generic_plan' : ''
  return `begin${level}${access}; set local purser.tenant_id = '${tenantId}'${plans}`
}
