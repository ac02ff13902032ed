import type { Message, RetryMessageRequest } from '@purser/contracts/notification/v1/notification'
import { PurserError } from '@purser/kernel'
import type { NotificationContext } from '../context.ts'
import { queueAgain } from '../domain/delivery.ts'
import { deliveryJob } from '../messages/delivery-job.ts'
import { listAttempts } from '../store/delivery-attempt.ts'
import { lockMessage, updateMessage } from '../store/message.ts'
import { toProtoWholeMessage } from './convert.ts'
import { unknownMessage } from './unknown-message.ts'

/**
 * Queues a failed message again; one on its way stays as it is. Throws `resource.not_found`,
 * `notification.already_sent`, `notification.content_dropped`.
 */
export function retryMessage(ctx: NotificationContext) {
  return async ({ tenant, messageId }: RetryMessageRequest): Promise<Message> => {
    return await ctx.db.tx(tenant, async (tx) => {
      const locked = await lockMessage(tx, tenant, messageId)
      if (locked === undefined) throw unknownMessage()
      const { message, sealedContent } = locked
      if (message.state === 'sent') {
        throw new PurserError('notification.already_sent', 'The message was delivered.')
      }
      const next = queueAgain(message)
      if (next !== message) {
        if (message.redacted && sealedContent === undefined) throw contentDropped()
        await updateMessage(tx, tenant, next)
        await ctx.addJob(tx, 'deliver', ...deliveryJob(tenant, messageId))
      }
      return toProtoWholeMessage(next, await listAttempts(tx, tenant, messageId))
    })
  }
}

function contentDropped(): PurserError {
  return new PurserError(
    'notification.content_dropped',
    'The secrets of this message are no longer kept; have it made anew.',
  )
}
