import { create } from '@bufbuild/protobuf'
import {
  type Sender,
  SenderSchema,
  type SetSenderRequest,
} from '@purser/contracts/notification/v1/notification'
import type { NotificationContext } from '../context.ts'
import { headerText } from '../domain/header-text.ts'
import { putSender } from '../store/sender.ts'

/** Sets what the tenant's mails say of their sender; messages that are accepted already keep what they say. */
export function setSender(ctx: NotificationContext) {
  return async ({ tenant, sender }: SetSenderRequest): Promise<Sender> => {
    const { senderName = '', replyTo = '' } = sender ?? {}
    const next = { senderName: headerText(senderName), replyTo }
    await ctx.db.tx(tenant, (tx) => putSender(tx, tenant, next))
    return create(SenderSchema, next)
  }
}
