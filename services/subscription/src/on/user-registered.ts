import type { Subscription } from '@purser/events'
import { PurserError } from '@purser/kernel'
import type { Database } from '@purser/postgres'
import type { AddSubscriptionJob } from '../jobs/tasks.ts'

/** `user.registered` of user: a job puts the account of the newcomer onto the plan for newcomers. */
export function onUserRegistered(deps: {
  database: Database
  addJob: AddSubscriptionJob
}): Subscription {
  return {
    subject: 'user.registered',
    consumer: 'subscription.subscribe_newcomer',
    database: deps.database,
    handle: async (tx, { tenantId: tenant, payload }) => {
      const accountId = payload['account_id']
      if (typeof accountId !== 'string') {
        throw new PurserError('platform.internal', 'user.registered has no text account_id')
      }
      if (accountId === '') return
      const jobKey = `subscribe-newcomer/${tenant}/${accountId}`
      await deps.addJob(tx, 'subscribe-newcomer', { tenant, accountId }, { jobKey })
    },
  }
}
