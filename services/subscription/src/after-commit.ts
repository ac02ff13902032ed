import type { Database, Tx } from '@purser/postgres'

/** Something to do once a transaction has committed; it must not throw. */
export type AfterCommit = (tx: Tx, work: () => Promise<void>) => void

/**
 * The database with transactions after which something is done: `afterCommit(tx, work)` runs `work`
 * when `tx` has committed and before its `tx()` resolves, so before the caller has an answer. Nothing
 * is done for a transaction that rolls back. A process that dies in between does nothing either: what
 * must happen is a job of the same transaction.
 */
export function withAfterCommit(inner: Database): {
  database: Database
  afterCommit: AfterCommit
} {
  const works = new WeakMap<Tx, (() => Promise<void>)[]>()
  const database: Database = {
    ...inner,
    tx: async (tenantId, work, options) => {
      // The last one: the work of a transaction may run again after a collision.
      let last: Tx | undefined
      const result = await inner.tx(
        tenantId,
        async (tx) => {
          last = tx
          return await work(tx)
        },
        options,
      )
      const following = last === undefined ? undefined : works.get(last)
      for (const follow of following ?? []) await follow()
      return result
    },
  }
  const afterCommit: AfterCommit = (tx, work) => {
    const known = works.get(tx)
    if (known) known.push(work)
    else works.set(tx, [work])
  }
  return { database, afterCommit }
}
