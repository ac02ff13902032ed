import type { Erasure, GetErasureRequest } from '@purser/contracts/user/v1/privacy'
import { PurserError } from '@purser/kernel'
import type { Tx } from '@purser/postgres'
import type { UserContext } from '../../context.ts'
import { findErasure } from '../../store/erasure.ts'
import { listSteps } from '../../store/erasure-step.ts'
import { toProtoErasure } from './convert-privacy.ts'

/** Answers an erasure with its step in each service. Throws `resource.not_found`. */
export function getErasure(ctx: UserContext) {
  return async ({ tenant, erasureId }: GetErasureRequest): Promise<Erasure> => {
    const read = async (tx: Tx) => {
      const erasure = await findErasure(tx, tenant, erasureId)
      return erasure && toProtoErasure(erasure, await listSteps(tx, tenant, erasureId))
    }
    const erasure = await ctx.db.tx(tenant, read, { readOnly: true })
    if (erasure !== undefined) return erasure
    throw new PurserError('resource.not_found', `There is no erasure "${erasureId}".`)
  }
}
