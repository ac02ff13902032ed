import type { JobHandler } from '@purser/jobs'
import type { NotificationContext } from '../context.ts'
import { deliverMessage } from '../messages/deliver-message.ts'
import type { NotificationTasks } from './tasks.ts'

/** One attempt to deliver a message; adds the next one itself, so that a mail server that is down fails no job. */
export function deliver(ctx: NotificationContext): JobHandler<NotificationTasks['deliver']> {
  return async ({ payload: { tenant, messageId }, signal }) => {
    await deliverMessage(ctx, tenant, messageId, signal)
  }
}
