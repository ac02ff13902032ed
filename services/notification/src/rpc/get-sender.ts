import { create } from '@bufbuild/protobuf'
import {
  type GetSenderRequest,
  type Sender,
  SenderSchema,
} from '@purser/contracts/notification/v1/notification'
import type { NotificationContext } from '../context.ts'
import { findSender } from '../store/sender.ts'

/** Answers what the tenant set; empty where it set nothing. */
export function getSender(ctx: NotificationContext) {
  return async ({ tenant }: GetSenderRequest): Promise<Sender> => {
    const sender = await ctx.db.tx(tenant, (tx) => findSender(tx, tenant), { readOnly: true })
    return create(SenderSchema, sender ?? {})
  }
}
