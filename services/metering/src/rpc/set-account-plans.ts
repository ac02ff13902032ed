import { create } from '@bufbuild/protobuf'
import {
  SetAccountPlansResponseSchema,
  type SetAccountPlansRequest,
  type SetAccountPlansResponse,
} from '@purser/contracts/metering/v1/metering'
import { type FieldViolation, PurserError } from '@purser/kernel'
import { addAlertWalk } from '../alerts/alert-walk-store.ts'
import { setAccountAlerts } from '../alerts/account-alert-store.ts'
import type { MeteringContext } from '../context.ts'
import { findUnknownPlans, setAccountHoldings } from '../limits/account-entitlement-store.ts'
import type { AccountHoldings } from '../domain/plan-terms.ts'
import { fromProtoAccountPlans } from './convert-entitlement.ts'

/**
 * Replaces what accounts hold, for every decision that begins after the answer. Throws
 * `metering.unknown_plan_version`, `request.invalid` for things that stand twice; then nothing changed.
 */
export function setAccountPlans(ctx: MeteringContext) {
  return async (req: SetAccountPlansRequest): Promise<SetAccountPlansResponse> => {
    const { tenant } = req
    const accounts = req.accounts.map(fromProtoAccountPlans)
    refuseDoubles(accounts)
    const appliedCount = await ctx.db.tx(tenant, async (tx) => {
      const [unknown] = await findUnknownPlans(tx, tenant, accounts)
      if (unknown !== undefined) {
        throw new PurserError(
          'metering.unknown_plan_version',
          `The entitlements of version ${unknown.version} of plan "${unknown.planKey}" are not known.`,
          { details: { plan_key: unknown.planKey, plan_version: String(unknown.version) } },
        )
      }
      const applied = await setAccountHoldings(tx, tenant, accounts)
      await setAccountAlerts(tx, tenant, accounts)
      await addAlertWalk(tx, tenant)
      return applied
    })
    return create(SetAccountPlansResponseSchema, { appliedCount })
  }
}

function refuseDoubles(accounts: readonly AccountHoldings[]): void {
  const fields: FieldViolation[] = []
  const check = (ids: readonly string[], fieldOf: (index: number) => string) => {
    for (const [index, id] of ids.entries()) {
      if (ids.indexOf(id) !== index) fields.push({ field: fieldOf(index), message: 'stands twice' })
    }
  }
  const seen = new Set<string>()
  for (const [index, { accountId, holdings, topUps }] of accounts.entries()) {
    const place = `accounts[${index}]`
    if (seen.has(accountId)) fields.push({ field: `${place}.account_id`, message: 'stands twice' })
    seen.add(accountId)
    const subscriptionIds = holdings.map(({ subscriptionId }) => subscriptionId)
    check(subscriptionIds, (at) => `${place}.holdings[${at}].subscription_id`)
    const topUpIds = topUps.map(({ topUpId }) => topUpId)
    check(topUpIds, (at) => `${place}.top_ups[${at}].top_up_id`)
  }
  if (fields.length > 0) throw new PurserError('request.invalid', 'Things stand twice.', { fields })
}
