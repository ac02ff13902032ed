import { create } from '@bufbuild/protobuf'
import {
  type DeleteSsoConnectionRequest,
  type DeleteSsoConnectionResponse,
  DeleteSsoConnectionResponseSchema,
} from '@purser/contracts/user/v1/single_sign_on'
import type { UserContext } from '../../context.ts'
import { publishSsoConnectionDeleted } from '../../provisioning-events.ts'
import { deleteConnection } from '../../store/sso-connection.ts'

/**
 * Removes the tenant's connection: nobody can begin or finish a sign-in by it, sessions go on.
 * Repeating it changes nothing.
 */
export function deleteSsoConnection(ctx: UserContext) {
  return async ({ tenant }: DeleteSsoConnectionRequest): Promise<DeleteSsoConnectionResponse> => {
    const now = ctx.clock.now({ tenantId: tenant }).round('microsecond')
    await ctx.db.tx(tenant, async (tx) => {
      if (!(await deleteConnection(tx, tenant))) return
      await publishSsoConnectionDeleted(tx, tenant, now)
    })
    return create(DeleteSsoConnectionResponseSchema)
  }
}
