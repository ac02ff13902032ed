import { create } from '@bufbuild/protobuf'
import {
  type ListLimitsRequest,
  type ListLimitsResponse,
  ListLimitsResponseSchema,
} from '@purser/contracts/metering/v1/metering'
import { PurserError } from '@purser/kernel'
import type { Tx } from '@purser/postgres'
import type { MeteringContext } from '../context.ts'
import { knowsAccount, listAccountLimits } from '../store/limit-standing.ts'
import { toProtoAccountLimit } from './convert-limit.ts'

/**
 * Answers every limit of an account as it stands now. Throws `resource.not_found` for an account that never held
 * anything.
 */
export function listLimits({ db, counters }: Pick<MeteringContext, 'db' | 'counters'>) {
  return async ({ tenant, accountId }: ListLimitsRequest): Promise<ListLimitsResponse> => {
    const read = async (tx: Tx) => {
      const limits = await listAccountLimits(tx, tenant, accountId)
      if (limits.length > 0 || (await knowsAccount(tx, tenant, accountId))) return limits
      throw new PurserError('resource.not_found', `No plan of an account "${accountId}" is known.`)
    }
    let limits = await db.tx(tenant, read, { readOnly: true })
    if (await counters.show(tenant, limits)) {
      limits = await db.tx(tenant, read, { readOnly: true })
    }
    return create(ListLimitsResponseSchema, { limits: limits.map(toProtoAccountLimit) })
  }
}
