import { create } from '@bufbuild/protobuf'
import type { HandlerContext } from '@connectrpc/connect'
import {
  type BatchCreateSubscriptionsRequest,
  type BatchCreateSubscriptionsResponse,
  BatchCreateSubscriptionsResponseSchema,
} from '@purser/contracts/subscription/v1/subscription'
import type { SubscriptionContext } from '../context.ts'
import { publishBatchActivated } from '../events.ts'
import { subscribe } from './subscribe.ts'

/**
 * Subscribes accounts that are not on their plan yet and counts the others, which include those
 * whose canceled subscription ends after the start: repeating a call changes nothing. Throws what
 * `subscribe` throws, and then creates none.
 */
export function batchCreateSubscriptions(ctx: SubscriptionContext) {
  return async (
    req: BatchCreateSubscriptionsRequest,
    call: HandlerContext,
  ): Promise<BatchCreateSubscriptionsResponse> => {
    const { tenant } = req
    const wanted = req.subscriptions.map((requested, index) => ({
      requested,
      path: `subscriptions[${index}]`,
    }))
    const now = ctx.clock.now({ tenantId: tenant }).round('microsecond')
    const { created, existing } = await subscribe(
      ctx,
      call,
      { tenant, wanted },
      async (tx, made) => {
        if (made.created.length > 0) await publishBatchActivated(tx, tenant, now, made.created)
      },
    )
    return create(BatchCreateSubscriptionsResponseSchema, {
      createdCount: created.length,
      existingCount: existing.length,
    })
  }
}
