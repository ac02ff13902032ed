import type { GetMessageRequest, Message } from '@purser/contracts/notification/v1/notification'
import type { NotificationContext } from '../context.ts'
import { listAttempts } from '../store/delivery-attempt.ts'
import { findMessage } from '../store/message.ts'
import { toProtoWholeMessage } from './convert.ts'
import { unknownMessage } from './unknown-message.ts'

/** Answers a message with content and attempts. Throws `resource.not_found`. */
export function getMessage(ctx: NotificationContext) {
  return async ({ tenant, messageId }: GetMessageRequest): Promise<Message> => {
    const read = { isolation: 'repeatable read', readOnly: true } as const
    return await ctx.db.tx(
      tenant,
      async (tx) => {
        const message = await findMessage(tx, tenant, messageId)
        if (message === undefined) throw unknownMessage()
        return toProtoWholeMessage(message, await listAttempts(tx, tenant, messageId))
      },
      read,
    )
  }
}
