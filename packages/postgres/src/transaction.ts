import { assert, PurserError } from '@purser/kernel'
import type pg from 'pg'
import { sendCancelRequest } from './cancel-request.ts'
import {
  commitOutcomeUnknown,
  databaseUnavailable,
  isConnectionLoss,
  toPurserError,
} from './database-error.ts'
import { toParameter } from './parameter.ts'
import { sendTogether } from './send-together.ts'
import type { Statement } from './statement.ts'

export type StatementOptions = {
  /**
   * Commits along with the statement, so that its locks are held for no answer and question more: no other follows,
   * and what the work throws afterwards undoes nothing. Where a transaction has parts it is ignored.
   */
  isLast?: boolean
}

/** An open transaction. Statements run one after the other, in the order of the calls. */
export type Tx = {
  /** Rows as the driver gives them, typed by the caller; see `valueTypes` for the conversions. */
  query<Row extends object>(
    statement: Statement,
    values?: readonly unknown[],
    options?: StatementOptions,
  ): Promise<Row[]>
  /** Runs a statement; returns the number of rows it changed, 0 when it changes none. */
  execute(
    statement: Statement,
    values?: readonly unknown[],
    options?: StatementOptions,
  ): Promise<number>
  /** Makes `Database.onAnnounced` tell its listeners once the transaction is stored. */
  announce(): void
  /** The tenant whose rows are visible; undefined in a system transaction. */
  readonly tenantId: string | undefined
}

export type TransactionPlan = {
  /** Opens the transaction and fixes its tenant; sent along with its first statement. */
  begin: string
  tenantId: string | undefined
  /** Whether it has one statement, with which it is committed. */
  isSingle: boolean
  isReadOnly: boolean
  /** Whether no statement ends it. */
  hasParts: boolean
  signal: AbortSignal | undefined
  /** Called after the commit of a transaction that announced something. */
  onAnnounced(): void
}

/**
 * Runs `work` between begin and commit on a connection of its own, see `Database.tx`. The
 * connection goes back to the pool only if it is known to be idle and healthy.
 */
export async function runTransaction<T>(
  pool: pg.Pool,
  plan: TransactionPlan,
  work: (tx: Tx) => Promise<T>,
): Promise<T> {
  plan.signal?.throwIfAborted()
  const client = await checkOut(pool)
  const tx = new ClientTx(client, plan)
  try {
    const result = await untilAborted(tx, plan.signal, () => work(tx))
    await commit(tx)
    client.release()
    if (tx.isAnnounced) plan.onAnnounced()
    return result
  } catch (error) {
    client.release(!(await rollBack(tx)))
    if (error !== tx.connectionFailure) throw toPurserError(error)
    throw tx.isEnding && !plan.isReadOnly ? commitOutcomeUnknown(error) : databaseUnavailable(error)
  } finally {
    tx.close(new Error('the transaction is over'))
  }
}

/**
 * Runs one statement that is its own transaction, in one round trip; see `Database.alone`. When no
 * answer comes, the change may or may not be stored.
 */
export async function runAlone<Row extends object>(
  pool: pg.Pool,
  { name, text }: Statement,
  values: readonly unknown[],
): Promise<Row[]> {
  const client = await checkOut(pool)
  try {
    const result = await client.query({ name, text, values: values.map(toParameter) })
    client.release()
    // The caller's claim about its own statement, as in `Tx.query`.
    return result.rows as Row[]
  } catch (error) {
    const isLost = isConnectionLoss(error)
    client.release(isLost)
    throw isLost ? commitOutcomeUnknown(error) : toPurserError(error)
  }
}

class ClientTx implements Tx {
  readonly client: pg.PoolClient
  readonly tenantId: string | undefined
  /** The error after which the connection cannot be used again. */
  connectionFailure: unknown
  isAnnounced = false
  /** Whether its commit was sent along with a statement. */
  isEnding = false
  readonly #isSingle: boolean
  readonly #hasParts: boolean
  /** What opens the transaction, until it is sent. */
  #begin: string | undefined
  #closed: unknown
  #running: Promise<void> | undefined

  constructor(client: pg.PoolClient, { tenantId, begin, isSingle, hasParts }: TransactionPlan) {
    this.client = client
    this.tenantId = tenantId
    this.#begin = begin
    this.#isSingle = isSingle
    this.#hasParts = hasParts
  }

  async query<Row extends object>(
    { name, text }: Statement,
    values: readonly unknown[] = [],
    { isLast }: StatementOptions = {},
  ): Promise<Row[]> {
    const result = await this.run({ name, text, values: values.map(toParameter) }, isLast)
    // The caller's claim about its own statement; rows are checked where they become domain values.
    return result.rows as Row[]
  }

  async execute(
    { name, text }: Statement,
    values: readonly unknown[] = [],
    { isLast }: StatementOptions = {},
  ): Promise<number> {
    const result = await this.run({ name, text, values: values.map(toParameter) }, isLast)
    return result.rowCount ?? 0
  }

  announce(): void {
    this.isAnnounced = true
  }

  /** One statement at a time: none is sent once the transaction is closed, as its signal does. */
  async run(query: pg.QueryConfig, isLast = this.#isSingle): Promise<pg.QueryResult> {
    while (this.#running) await this.#running
    if (this.#closed !== undefined) throw this.#closed
    assert(!this.isEnding, 'a statement follows the last one of its transaction')
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#running = promise
    try {
      return await this.#send(query, isLast && !this.#hasParts)
    } catch (error) {
      if (isConnectionLoss(error)) this.connectionFailure ??= error
      throw error
    } finally {
      this.#running = undefined
      resolve()
    }
  }

  /** The first statement takes along what opens the transaction, the last one what commits it. */
  async #send(query: pg.QueryConfig, isLast: boolean): Promise<pg.QueryResult> {
    const before = this.#begin === undefined ? [] : [{ text: this.#begin }]
    if (before.length === 0 && !isLast) return await this.client.query(query)
    this.#begin = undefined
    this.isEnding = isLast
    const after = isLast ? [{ text: 'commit' }] : []
    const answers = await sendTogether(this.client, [...before, query, ...after])
    if (isLast) assertCommitted(answers.at(-1))
    const answer = answers[before.length]
    assert(answer, 'statements that are sent together have an answer each')
    return answer
  }

  /** Whether nothing is left to commit or roll back: it never began, or was ended along with its last statement. */
  get isOver(): boolean {
    return this.#begin !== undefined || this.isEnding
  }

  /** Refuses every later statement with `reason`; the first reason stays. */
  close(reason: unknown): void {
    this.#closed ??= reason
  }

  get isOpen(): boolean {
    return this.#closed === undefined && this.connectionFailure === undefined
  }
}

async function checkOut(pool: pg.Pool): Promise<pg.PoolClient> {
  try {
    return await pool.connect()
  } catch (error) {
    throw isConnectionLoss(error) ? databaseUnavailable(error) : toPurserError(error)
  }
}

/**
 * Rejects with the signal's reason as soon as it aborts: the running statement is cancelled on the
 * server and `work` can run no further one.
 */
async function untilAborted<T>(
  tx: ClientTx,
  signal: AbortSignal | undefined,
  work: () => Promise<T>,
): Promise<T> {
  if (!signal) return await work()
  const { promise, reject } = Promise.withResolvers<never>()
  const onAbort = () => {
    tx.close(signal.reason)
    void cancelStatement(tx.client)
    reject(signal.reason)
  }
  signal.addEventListener('abort', onAbort, { once: true })
  try {
    return await Promise.race([work(), promise])
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}

function cancelStatement(client: pg.PoolClient): Promise<void> {
  // The driver keeps the session's key, but its types do not name the fields.
  const session = client as unknown as {
    host: string
    port: number
    processID: number
    secretKey: number
  }
  return sendCancelRequest({
    host: session.host,
    port: session.port,
    processId: session.processID,
    secretKey: session.secretKey,
  })
}

async function commit(tx: ClientTx): Promise<void> {
  if (tx.isOver) return
  let result: pg.QueryResult
  try {
    result = await tx.run({ text: 'commit' }, false)
  } catch (error) {
    throw isConnectionLoss(error) ? commitOutcomeUnknown(error) : error
  }
  assertCommitted(result)
}

function assertCommitted(result: pg.QueryResult | undefined): void {
  // COMMIT of a transaction whose statement failed answers ROLLBACK and no error.
  if (result?.command === 'COMMIT') return
  throw new PurserError('platform.internal', 'Nothing was stored.', {
    cause: new Error('a statement failed, its error was swallowed, then commit was asked for'),
  })
}

/** True when the connection is idle again and may serve another transaction. */
async function rollBack(tx: ClientTx): Promise<boolean> {
  if (!tx.isOpen) return false
  if (tx.isOver) return true
  try {
    const result = await tx.run({ text: 'rollback' }, false)
    assert(result.command === 'ROLLBACK', 'rollback did not answer ROLLBACK')
    return true
  } catch {
    return false
  }
}
