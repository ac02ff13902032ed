import { create } from '@bufbuild/protobuf'
import {
  type CheckUsageRequest,
  type CheckUsageResponse,
  CheckUsageResponseSchema,
} from '@purser/contracts/metering/v1/metering'
import { PurserError } from '@purser/kernel'
import type { MeteringContext } from '../context.ts'
import { fromProtoFeatures, toProtoStanding } from './convert-usage.ts'

/** Says what limits would answer to each account and feature by itself, in one round trip. Counts nothing. */
export function checkUsage({ counters }: Pick<MeteringContext, 'counters'>) {
  return async (req: CheckUsageRequest): Promise<CheckUsageResponse> => {
    const features = fromProtoFeatures(req.features)
    refuseDoubles(req.accountIds)
    const answers = await counters.check(req.tenant, req.accountIds, features)
    return create(CheckUsageResponseSchema, {
      accounts: req.accountIds.map((accountId, index) => ({
        accountId,
        features: answers
          .slice(index * features.length, (index + 1) * features.length)
          .flatMap((answer) => answer.features.map(toProtoStanding)),
      })),
    })
  }
}

function refuseDoubles(accountIds: readonly string[]): void {
  const fields = accountIds.flatMap((accountId, index) =>
    accountIds.indexOf(accountId) === index
      ? []
      : [{ field: `account_ids[${index}]`, message: 'stands twice' }],
  )
  if (fields.length > 0)
    throw new PurserError('request.invalid', 'Accounts stand twice.', { fields })
}
