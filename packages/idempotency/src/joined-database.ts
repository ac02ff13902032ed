import { AsyncLocalStorage } from 'node:async_hooks'
import { assert } from '@purser/kernel'
import type { Database } from '@purser/postgres'
import type { LateTransaction } from './late-transaction.ts'

type Act = {
  whole: LateTransaction
  /** Whether this code runs inside a part. */
  inPart: boolean
  /** What is to be done once everything is stored. */
  followUps: (() => void)[]
}

/** A database whose transactions can be made parts of one. */
export type JoinedDatabase = {
  database: Database
  /**
   * Runs `work` so that its transactions become parts of `whole`. Reads before the first write stay
   * transactions of their own: what a handler asks of others before it writes holds no connection.
   */
  run<T>(whole: LateTransaction, work: () => Promise<T>): Promise<T>
  /** Commits `whole` and does what waited for that; called inside `run`. */
  commit(whole: LateTransaction): Promise<void>
  /** Does `work` once the running act is stored, or at once outside of one. */
  afterCommit(work: () => void): void
}

/**
 * `database` behaves as `inner` outside of `run`. Inside, a transaction within a transaction is a bug,
 * and so is a system transaction beside an open act: each would wait for a second connection.
 */
export function joinable(inner: Database): JoinedDatabase {
  const current = new AsyncLocalStorage<Act>()
  const running = (): Act | undefined => {
    const act = current.getStore()
    // What a handler left running after its act has ended goes on by itself.
    return act?.whole.isEnded ? undefined : act
  }
  const database: Database = {
    ...inner,
    tx: async (tenantId, work, options = {}) => {
      const act = running()
      if (act === undefined) return await inner.tx(tenantId, work, options)
      const { whole } = act
      assert(!act.inPart, 'a transaction inside a transaction')
      if (options.readOnly && !whole.isOpen) return await inner.tx(tenantId, work, options)
      assert(tenantId === whole.tenantId, 'a request writes in its own tenant alone')
      const inPart = { ...act, inPart: true }
      return await whole.part((tx) => current.run(inPart, () => work(tx)), options)
    },
    system: async (work, options) => {
      assert(!running()?.whole.isOpen, 'a system transaction beside the one of an act')
      return await inner.system(work, options)
    },
  }
  return {
    database,
    run: (whole, work) => current.run({ whole, inPart: false, followUps: [] }, work),
    commit: async (whole) => {
      await whole.commit()
      for (const work of current.getStore()?.followUps ?? []) work()
    },
    afterCommit: (work) => {
      const act = running()
      if (act === undefined) work()
      else act.followUps.push(work)
    },
  }
}
