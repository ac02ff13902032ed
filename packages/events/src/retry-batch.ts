import { allEnded } from '@purser/kernel'
import type { Database } from '@purser/postgres'
import { type DeliveryOptions, deliverAgain } from './delivery.ts'
import type { Subscription } from './in-process-bus.ts'
import { listDueEvents } from './inbox.ts'

/**
 * Makes the attempts that are due in the inbox of one database, consumers side by side; true when
 * there are more. Rejects when the database failed.
 */
export async function retryBatch(
  database: Database,
  subscriptions: readonly Subscription[],
  batchSize: number,
  options: DeliveryOptions,
): Promise<boolean> {
  const consumers = [...new Set(subscriptions.map(({ consumer }) => consumer))]
  const due = await database.system((tx) => listDueEvents(tx, consumers, batchSize))
  const lanes = [...Map.groupBy(due, ({ consumer }) => consumer)].map(async ([consumer, own]) => {
    for (const { event } of own) {
      const subscription = subscriptions.find(
        (candidate) => candidate.consumer === consumer && candidate.subject === event.subject,
      )
      if (subscription) await deliverAgain(subscription, event, options)
    }
  })
  await allEnded(lanes)
  return due.length === batchSize
}
