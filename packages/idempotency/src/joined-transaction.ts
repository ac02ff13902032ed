import { AsyncLocalStorage } from 'node:async_hooks'
import { assert } from '@purser/kernel'
import { type Database, statement, type Tx } from '@purser/postgres'

type Joined = { tx: Tx; last: Promise<unknown> }

/** The part of a transaction that can be undone by itself. */
const savepoint = statement('idempotency.savepoint', 'savepoint joined')
const release = statement('idempotency.release', 'release savepoint joined')
const rollBack = statement('idempotency.roll_back', 'rollback to savepoint joined')

/**
 * A database whose transactions, inside `run`, become parts of a given transaction: each can fail by
 * itself, all are stored together or not at all. They run one after the other; `work` of one must not
 * open another.
 */
export function joinable(inner: Database): {
  database: Database
  run<T>(tx: Tx, work: () => Promise<T>): Promise<T>
} {
  const current = new AsyncLocalStorage<Joined>()
  const database: Database = {
    ...inner,
    tx: async (tenantId, work, options) => {
      const joined = current.getStore()
      if (joined === undefined) return await inner.tx(tenantId, work, options)
      assert(tenantId === joined.tx.tenantId, 'a request writes in its own tenant alone')
      const part = joined.last.then(() => partOf(joined.tx, work))
      joined.last = part.catch(() => undefined)
      return await part
    },
  }
  return {
    database,
    run: (tx, work) => current.run({ tx, last: Promise.resolve() }, work),
  }
}

async function partOf<T>(tx: Tx, work: (tx: Tx) => Promise<T>): Promise<T> {
  await tx.execute(savepoint)
  try {
    const result = await work(tx)
    await tx.execute(release)
    return result
  } catch (error) {
    await tx.execute(rollBack)
    throw error
  }
}
