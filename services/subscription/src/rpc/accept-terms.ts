import type { HandlerContext } from '@connectrpc/connect'
import type { PlanTerms } from '@purser/contracts/subscription/v1/subscription'
import { isPurserError, PurserError } from '@purser/kernel'
import { asService } from '@purser/rpc'
import type { SubscriptionContext } from '../context.ts'
import { checkPrices } from '../domain/check-prices.ts'
import type { PlanVersion } from '../domain/plan.ts'
import { meterKeysOf } from '../domain/price.ts'
import { completeTerms, fromProtoInterval, fromProtoPrices, toTermsJson } from './convert-plan.ts'

/** What a version of a plan is made of, before it has a number. */
export type AcceptedTerms = Pick<
  PlanVersion,
  'intervalUnit' | 'intervalCount' | 'meterKeys' | 'terms'
>

/**
 * Checks the terms of a plan and completes them. `path` is their place in the request. Checks in
 * this order: the prices by themselves (`plan.invalid_price`), then that each meter exists
 * (`plan.unknown_meter`).
 */
export async function acceptTerms(
  ctx: SubscriptionContext,
  call: HandlerContext,
  request: { tenant: string; terms: PlanTerms; path: string },
): Promise<AcceptedTerms> {
  const { tenant, path } = request
  const terms = completeTerms(request.terms)
  const prices = fromProtoPrices(terms.prices)
  const violations = checkPrices(prices, terms.currency, `${path}.prices`)
  if (violations.length > 0) {
    throw new PurserError('plan.invalid_price', 'The prices of the plan cannot be rated.', {
      fields: violations,
    })
  }
  const meterKeys = meterKeysOf(prices)
  const unknown = await unknownMeters(ctx, call, tenant, meterKeys)
  if (unknown.size > 0) {
    const fields = prices.flatMap(({ meterKey }, index) =>
      unknown.has(meterKey)
        ? [{ field: `${path}.prices[${index}].meter_key`, message: 'is not the key of a meter' }]
        : [],
    )
    throw new PurserError('plan.unknown_meter', 'A price names a meter that does not exist.', {
      fields,
    })
  }
  return {
    intervalUnit: fromProtoInterval(terms.interval),
    intervalCount: terms.intervalCount,
    meterKeys,
    terms: toTermsJson(terms),
  }
}

/** Asks in the service's own name: who may write plans need not be allowed to read meters. */
async function unknownMeters(
  ctx: SubscriptionContext,
  call: HandlerContext,
  tenant: string,
  meterKeys: readonly string[],
): Promise<ReadonlySet<string>> {
  const options = asService('subscription', tenant, { context: call })
  const exists = await Promise.all(
    meterKeys.map(async (meterKey) => {
      try {
        await ctx.clients.metering.getMeter({ tenant, meterKey }, options)
        return true
      } catch (error) {
        if (isPurserError(error) && error.code === 'resource.not_found') return false
        throw error
      }
    }),
  )
  return new Set(meterKeys.filter((_, index) => !exists[index]))
}
