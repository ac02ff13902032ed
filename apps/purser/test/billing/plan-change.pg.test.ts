import { asService } from '@purser/rpc'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Billing, startBilling } from './billing-harness.ts'
import { contentOf } from './invoice-content.ts'
import type { Shop } from './shop.ts'
import { priceOf, unitPrice, usageEvent } from './usage-fixture.ts'

const feeOf = (amount: string) => priceOf('base', { case: 'flat', value: { amount } }, '')

let billing: Billing
beforeAll(async () => {
  billing = await startBilling()
})
afterAll(() => billing.close())

/** Moves a subscription to another plan as of an instant; answers the new one's id. */
async function changeAt(shop: Shop, present: string, subscriptionId: string, planKey: string) {
  const before = billing.present.now
  // The clock moves on by a millisecond with each look.
  billing.present.now = Temporal.Instant.from(present).subtract({ milliseconds: 1 })
  try {
    const { tenant } = shop
    const request = { tenant, subscriptionId, planKey }
    const started = await billing.client.subscription.changePlan(request, asService('test', tenant))
    return started.subscriptionId
  } finally {
    billing.present.now = before
  }
}

test('plans that change within a month bill each day and each unit once', async () => {
  const shop = await billing.openShop()
  await shop.createPlan('small', [feeOf('31'), unitPrice])
  await shop.createPlan('large', [feeOf('62'), unitPrice])
  const first = await shop.subscribe('a-1', 'small', '2026-03-01T00:00:00Z')
  const times = ['2026-03-11T09:59:59.999Z', '2026-03-11T10:00:00Z', '2026-03-21T23:00:00Z']
  await shop.record(times.map((time) => usageEvent({ id: time, time })))
  const second = await changeAt(shop, '2026-03-11T10:00:00Z', first, 'large')
  const third = await changeAt(shop, '2026-03-21T18:00:00Z', second, 'small')
  await changeAt(shop, '2026-03-21T19:00:00Z', third, 'large')
  await shop.run('2026-03')
  await shop.run('2026-04')
  await shop.run('2026-03')
  expect(await feesAndUnits(shop)).toEqual([
    '2026-03-01T00:00:00Z 2026-03-11T10:00:00Z fee 1000 units 1',
    '2026-03-11T10:00:00Z 2026-03-21T18:00:00Z fee 2000 units 1',
    '2026-03-21T18:00:00Z 2026-03-21T19:00:00Z fee 0 units 0',
    '2026-03-21T19:00:00Z 2026-04-01T00:00:00Z fee 2200 units 1',
    '2026-04-01T00:00:00Z 2026-05-01T00:00:00Z fee 6200 units 0',
  ])
  for (const number of await shop.numbers()) {
    expect(await shop.verify(number)).toMatchObject({ matches: true })
  }
})

async function feesAndUnits(shop: Shop): Promise<string[]> {
  const found = (await contentOf(shop)).map(
    ({ start, end, lines: [base, units] }) =>
      `${start} ${end} fee ${base?.amount} units ${units?.quantity}`,
  )
  return found.toSorted()
}

test('a plan without prices bills nothing, whatever was used', async () => {
  const shop = await billing.openShop()
  const entitlements = [{ featureKey: 'widgets', meterKey: 'units' }]
  await shop.createPlan('free', [], { entitlements })
  await shop.subscribe('a-1', 'free', '2026-03-01T00:00:00Z')
  await shop.record([usageEvent({ id: 'e', time: '2026-03-10T00:00:00Z' })])
  const { failedCount, billedCount } = await shop.run('2026-03')
  expect({ failedCount, billedCount }).toEqual({ failedCount: 0n, billedCount: 1n })
  expect(await contentOf(shop)).toMatchObject([{ total: '0 USD', lines: [] }])
})
