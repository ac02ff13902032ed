import type { MessageInitShape } from '@bufbuild/protobuf'
import type { Client } from '@connectrpc/connect'
import { Aggregation, type MeteringService } from '@purser/contracts/metering/v1/metering'
import type {
  PlanTermsSchema,
  SubscriptionService,
} from '@purser/contracts/subscription/v1/subscription'
import { isPurserError } from '@purser/kernel'
import { asService } from '@purser/rpc'
import { DEMO_TENANT } from './seed.ts'

const FEATURE = 'widgets'

/** What counts the units of the feature: one for each that was admitted. */
const meter = {
  meterKey: FEATURE,
  name: 'Widgets',
  eventType: FEATURE,
  aggregation: Aggregation.SUM,
  unit: 'widget',
}

/** So many units in any five minutes. */
function perFiveMinutes(quantity: bigint) {
  const limits = [{ limitKey: 'rate', quantity, windowSeconds: 300 }]
  return [{ featureKey: FEATURE, meterKey: meter.meterKey, limits }]
}

const plans = {
  free: { name: 'Free', currency: 'USD', entitlements: perFiveMinutes(5n) },
  pro: {
    name: 'Pro',
    currency: 'USD',
    prices: [
      {
        priceKey: 'base',
        description: 'Base fee',
        model: { case: 'flat', value: { amount: '20.00' } },
      },
      {
        priceKey: FEATURE,
        description: 'Widgets',
        meterKey: meter.meterKey,
        model: { case: 'perUnit', value: { unitAmount: '0.002' } },
      },
    ],
    entitlements: perFiveMinutes(1_000n),
  },
} as const satisfies Record<string, MessageInitShape<typeof PlanTermsSchema>>

/**
 * Makes sure that the demo tenant sells something to use: the plans `free` and `pro`, with 5 and 1,000
 * widgets in any five minutes. What is there already stays as it is.
 */
export async function seedPlans(clients: {
  metering: Client<typeof MeteringService>
  subscription: Client<typeof SubscriptionService>
}): Promise<void> {
  const tenant = DEMO_TENANT
  const options = asService('seed', tenant)
  await unlessThere(() => clients.metering.createMeter({ tenant, meter }, options))
  for (const [planKey, terms] of Object.entries(plans)) {
    const plan = { planKey, terms }
    await unlessThere(() => clients.subscription.createPlan({ tenant, plan }, options))
  }
}

async function unlessThere(create: () => Promise<unknown>): Promise<void> {
  try {
    await create()
  } catch (error) {
    if (!isPurserError(error) || error.kind !== 'already_exists') throw error
  }
}
