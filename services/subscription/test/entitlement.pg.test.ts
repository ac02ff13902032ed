import {
  LimitScope,
  LimitWindow,
  OutagePolicy,
  Overage,
} from '@purser/contracts/common/v1/entitlement'
import { Aggregation } from '@purser/contracts/metering/v1/metering'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { at, feature, flat, type Subscriptions, startSubscription } from './subscription-harness.ts'

let service: Subscriptions

beforeAll(async () => {
  service = await startSubscription()
  await service.createTenant('acme', ['ann', 'bob', 'cy'])
  await service.createTenant('other', ['ann'])
  const meters = [
    { meterKey: 'peaks', aggregation: Aggregation.MAX },
    { meterKey: 'bytes', aggregation: Aggregation.SUM, valueProperty: 'bytes' },
  ]
  for (const meter of meters) {
    const complete = { name: meter.meterKey, eventType: 'file', ...meter }
    await service.metering.createMeter({ tenant: 'acme', meter: complete }, service.as('acme'))
  }
})
afterAll(() => service.close())

describe('a plan', () => {
  test('without prices is free, and its entitlements are stored with every default', async () => {
    const created = await service.createPlan('acme', 'free', [], { entitlements: [feature()] })
    expect(created.terms?.entitlements).toMatchObject([
      {
        featureKey: 'widgets',
        meterKey: 'calls',
        overage: Overage.REFUSED,
        onOutage: OutagePolicy.CLOSED,
        alertPercents: [80, 100],
        limits: [
          {
            limitKey: 'rate',
            quantity: 5n,
            window: LimitWindow.ROLLING,
            windowSeconds: 300,
            burst: 0n,
            scope: LimitScope.ACCOUNT,
          },
        ],
      },
    ])
    const read = { tenant: 'acme', planKey: 'free' }
    expect(await service.client.getPlan(read, service.as('acme'))).toEqual(created)
  })

  test('has prices or entitlements', async () => {
    await expect(service.createPlan('acme', 'empty', [])).rejects.toMatchObject({
      code: 'plan.invalid_price',
      fields: [{ field: 'plan.terms.prices' }],
    })
  })

  test.each([
    [
      'contradicts itself',
      [
        feature(),
        feature('widgets', [{ limitKey: 'd', window: LimitWindow.DAY, windowSeconds: 9 }]),
      ],
      'plan.invalid_entitlement',
      ['entitlements[1].feature_key', 'entitlements[1].limits[0].window_seconds'],
    ],
    [
      'names a meter that there is not',
      [feature(), feature('b', [], { meterKey: 'nothing' })],
      'plan.unknown_meter',
      ['entitlements[1].meter_key'],
    ],
    [
      'names a meter that does not sum',
      [feature('a', [], { meterKey: 'peaks' })],
      'plan.invalid_entitlement',
      ['entitlements[0].meter_key'],
    ],
    [
      'names a meter that sums a property',
      [feature('a', [], { meterKey: 'bytes' })],
      'plan.invalid_entitlement',
      ['entitlements[0].meter_key'],
    ],
  ])('that %s is refused with every place', async (_name, entitlements, code, fields) => {
    await expect(
      service.createPlan('acme', 'bad', [flat()], { entitlements }),
    ).rejects.toMatchObject({
      code,
      fields: fields.map((field) => ({ field: `plan.terms.${field}` })),
    })
  })
})

describe('an account', () => {
  const ask = (accountId: string, tenant = 'acme') =>
    service.client.listEntitlements({ tenant, accountId }, service.as(tenant))
  const plansOf = (accountId: string) =>
    service.client.listAccountPlans({ tenant: 'acme', accountId }, service.as('acme'))

  test('is told what its plans entitle to now, with seats and top-ups', async () => {
    await service.createPlan('acme', 'pro', [flat()], { entitlements: [feature(), feature('api')] })
    await service.createPlan('acme', 'plain')
    const on = (planKey: string, more = {}) =>
      service.subscribe('acme', { accountId: 'ann', planKey, ...more })
    const pro = await on('pro', { seats: 4 })
    await on('plain')
    await on('free', { startTime: at('2026-03-01T00:00:00Z') })
    const { entitlements } = await ask('ann')
    expect(entitlements).toMatchObject([
      { subscriptionId: pro.subscriptionId, seats: 4, entitlement: { featureKey: 'widgets' } },
      { planKey: 'pro', planVersion: 1, entitlement: { featureKey: 'api' } },
    ])
    expect((await plansOf('ann')).plans).toMatchObject([
      { name: 'pro', subscription: pro },
      { name: 'plain', subscription: { planKey: 'plain', seats: 1 } },
    ])
  })

  test('without a plan, or of another tenant, has nothing; an unknown one is not found', async () => {
    expect((await ask('bob')).entitlements).toEqual([])
    expect((await ask('ann', 'other')).entitlements).toEqual([])
    expect((await plansOf('bob')).plans).toEqual([])
    for (const answer of [ask('nobody'), plansOf('nobody')]) {
      await expect(answer).rejects.toMatchObject({ code: 'resource.not_found' })
    }
  })

  test('has at most 100 subscriptions that have not ended', async () => {
    for (let index = 0; index < 101; index++) await service.createPlan('acme', `p-${index}`)
    const wanted = Array.from({ length: 101 }, (_, index) => ({
      accountId: 'cy',
      planKey: `p-${index}`,
    }))
    await expect(service.subscribeAll('acme', wanted)).rejects.toMatchObject({
      code: 'subscription.too_many',
      fields: [{ field: 'subscriptions[100]' }],
    })
    await service.subscribeAll('acme', wanted.slice(0, 100))
    await expect(service.subscribeAll('acme', wanted)).rejects.toMatchObject({
      code: 'subscription.too_many',
    })
  })
})
