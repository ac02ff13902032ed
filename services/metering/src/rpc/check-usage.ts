import { create } from '@bufbuild/protobuf'
import type { HandlerContext } from '@connectrpc/connect'
import {
  type CheckUsageRequest,
  type CheckUsageResponse,
  CheckUsageResponseSchema,
} from '@purser/contracts/metering/v1/metering'
import { PurserError } from '@purser/kernel'
import type { MeteringContext } from '../context.ts'
import { fromProtoFeatures, toProtoStanding } from './convert-usage.ts'
import { tellStanding } from './tell-usage.ts'

/**
 * Says what limits would answer to each account and feature by itself, in one round trip. Counts nothing. The headers
 * tell the standing of an account that is asked about alone.
 */
export function checkUsage({ counters }: Pick<MeteringContext, 'counters'>) {
  return async (req: CheckUsageRequest, call: HandlerContext): Promise<CheckUsageResponse> => {
    const features = fromProtoFeatures(req.features)
    refuseDoubles(req.accountIds)
    const answers = await counters.check(req.tenant, req.accountIds, features)
    const [first] = answers
    if (req.accountIds.length === 1 && first !== undefined) {
      const { decidedMs } = first
      tellStanding(call, { decidedMs, features: answers.flatMap((answer) => answer.features) })
    }
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
