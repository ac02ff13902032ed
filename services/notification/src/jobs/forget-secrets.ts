import type { JobHandler } from '@purser/jobs'
import type { NotificationContext } from '../context.ts'
import { dropSecrets } from '../store/message.ts'
import type { NotificationTasks } from './tasks.ts'

/** Drops the secrets of a failed message that nobody tried again in time. */
export function forgetSecrets(
  ctx: NotificationContext,
): JobHandler<NotificationTasks['forget-secrets']> {
  return async ({ payload: { tenant, ...failure } }) => {
    await ctx.db.tx(tenant, (tx) => dropSecrets(tx, tenant, failure))
  }
}
