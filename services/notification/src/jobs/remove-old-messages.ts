import { createRecurringJob, type RecurringJob } from '@purser/jobs'
import type { NotificationContext } from '../context.ts'
import { listOldMessages, removeOldMessages } from '../store/old-message.ts'

const PAUSE_MS = 3_600_000

/** Messages that are looked for at once; those of one tenant go in one transaction. */
const AT_ONCE = 500

/** What is left waits for the next run. */
const BATCHES_A_RUN = 100

const HOURS_A_DAY = 24

/**
 * Removes messages `keptDays` after they were accepted, once it is settled whether they arrived, in bounded
 * transactions, once an hour. Repeatable.
 */
export function removeOldMessagesJob(
  { db: database, clock, addJob }: NotificationContext,
  keptDays: number,
): RecurringJob {
  const task = 'remove-old-messages' as const
  const options = { task, database, clock, addJob, pauseMs: PAUSE_MS }
  return createRecurringJob(options, async (now, { signal, log }) => {
    const before = now.subtract({ hours: keptDays * HOURS_A_DAY })
    let removed = 0
    for (let batch = 0; batch < BATCHES_A_RUN; batch++) {
      signal.throwIfAborted()
      const old = await database.system((tx) => listOldMessages(tx, before, AT_ONCE), {
        readOnly: true,
      })
      const removedBefore = removed
      for (const [tenantId, ofTenant] of Map.groupBy(old, (message) => message.tenantId)) {
        const messageIds = ofTenant.map(({ messageId }) => messageId)
        removed += await database.tx(tenantId, (tx) =>
          removeOldMessages(tx, tenantId, { messageIds, before }),
        )
      }
      // Nothing but what is locked: it waits for the next run.
      if (old.length < AT_ONCE || removed === removedBefore) break
    }
    if (removed > 0) log.info({ removed }, 'removed messages whose time was over')
  })
}
