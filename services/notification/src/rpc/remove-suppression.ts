import { create } from '@bufbuild/protobuf'
import {
  type RemoveSuppressionRequest,
  type RemoveSuppressionResponse,
  RemoveSuppressionResponseSchema,
} from '@purser/contracts/notification/v1/notification'
import type { NotificationContext } from '../context.ts'
import { deleteSuppression } from '../store/suppression.ts'

/** Writes to an address again. */
export function removeSuppression(ctx: NotificationContext) {
  return async ({
    tenant,
    email,
  }: RemoveSuppressionRequest): Promise<RemoveSuppressionResponse> => {
    await ctx.db.tx(tenant, (tx) => deleteSuppression(tx, tenant, email.toLowerCase()))
    return create(RemoveSuppressionResponseSchema)
  }
}
