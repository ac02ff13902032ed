import type {
  AddSuppressionRequest,
  Suppression,
} from '@purser/contracts/notification/v1/notification'
import type { NotificationContext } from '../context.ts'
import { findSuppression, insertSuppression } from '../store/suppression.ts'
import { fromProtoReason, toProtoSuppression } from './convert-suppression.ts'

/** Stops writing to an address; answers what stands, which is the first reason told. */
export function addSuppression(ctx: NotificationContext) {
  return async (req: AddSuppressionRequest): Promise<Suppression> => {
    const { tenant } = req
    const wanted = {
      email: req.email.toLowerCase(),
      reason: fromProtoReason(req.reason),
      createdAt: ctx.clock.now().round('microsecond'),
    }
    return await ctx.db.tx(tenant, async (tx) => {
      await insertSuppression(tx, tenant, wanted)
      return toProtoSuppression((await findSuppression(tx, tenant, wanted.email)) ?? wanted)
    })
  }
}
