import { Aggregation } from '@purser/contracts/metering/v1/metering'
import { isPurserError, type ErrorCode } from '@purser/kernel'
import { asService } from '@purser/rpc'
import type { BillingContext } from '../context.ts'

/** Type of synthetic events. */
export const SYNTHETIC_EVENT_TYPE = 'synthetic_usage'

/** Plan of synthetic accounts. */
export const SYNTHETIC_PLAN_KEY = 'synthetic'

const METER_KEY = 'synthetic_usage'

/** Oldest month that synthetic usage may be sent for: the meter takes a century. */
const MAX_PAST_DAYS = 36_500

/** Creates the meter and the plan of synthetic usage unless they are there. */
export async function ensureSyntheticPlan(
  ctx: BillingContext,
  tenant: string,
  signal: AbortSignal,
): Promise<void> {
  const options = asService('billing', tenant, { signal })
  await unlessThere('meter.already_exists', () =>
    ctx.clients.metering.createMeter(
      {
        tenant,
        meter: {
          meterKey: METER_KEY,
          name: 'Synthetic usage',
          eventType: SYNTHETIC_EVENT_TYPE,
          aggregation: Aggregation.SUM,
          dimensions: ['folder'],
          unit: 'unit',
          eventPolicy: { maxPastDays: MAX_PAST_DAYS },
        },
      },
      options,
    ),
  )
  await unlessThere('plan.already_exists', () =>
    ctx.clients.subscription.createPlan(
      { tenant, plan: { planKey: SYNTHETIC_PLAN_KEY, terms } },
      options,
    ),
  )
}

const terms = {
  name: 'Synthetic usage',
  currency: 'USD',
  prices: [
    {
      priceKey: 'usage',
      description: 'Synthetic usage',
      meterKey: METER_KEY,
      model: {
        case: 'graduated' as const,
        value: {
          tiers: [
            { upTo: '1000', unitAmount: '0.002' },
            { upTo: '', unitAmount: '0.0015' },
          ],
        },
      },
    },
  ],
}

async function unlessThere(code: ErrorCode, create: () => Promise<unknown>): Promise<void> {
  try {
    await create()
  } catch (error) {
    if (!isPurserError(error) || error.code !== code) throw error
  }
}
