import { Interval, Rounding, ZeroUsage } from '@purser/contracts/subscription/v1/subscription'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { flat, perUnit, type Subscriptions, startSubscription } from './subscription-harness.ts'

let service: Subscriptions

beforeAll(async () => {
  service = await startSubscription()
  await service.createTenant('acme', ['someone'])
  await service.createTenant('other', ['someone'])
})
afterAll(() => service.close())

const get = (tenant: string, planKey: string, version = 0) =>
  service.client.getPlan({ tenant, planKey, version }, service.as(tenant))

describe('a plan', () => {
  test('is answered as it was created, with every default written out', async () => {
    const tiers = [
      { upTo: '100.50', unitAmount: '0.10' },
      { unitAmount: '0.0000125', flatAmount: '1' },
    ]
    const graduated = { case: 'graduated' as const, value: { tiers } }
    const created = await service.createPlan('acme', 'pro', [
      flat(),
      { ...perUnit('calls'), model: graduated },
    ])
    expect(created).toMatchObject({
      planKey: 'pro',
      version: 1,
      terms: {
        interval: Interval.MONTH,
        intervalCount: 1,
        policy: { rounding: Rounding.HALF_AWAY_FROM_ZERO, zeroUsage: ZeroUsage.CHARGED },
        prices: [
          { priceKey: 'base', model: { case: 'flat', value: { amount: '10' } } },
          {
            model: {
              case: 'graduated',
              value: {
                tiers: [
                  { upTo: '100.50', unitAmount: '0.10', flatAmount: '0' },
                  { upTo: '', unitAmount: '0.0000125', flatAmount: '1' },
                ],
              },
            },
          },
        ],
      },
    })
    expect(await get('acme', 'pro')).toEqual(created)
    const [row] = await service.adminQuery<{ terms: { prices: unknown[] } }>(
      `select terms from subscription.plan_version where plan_key = 'pro'`,
    )
    expect(row?.terms.prices[0]).toEqual({
      price_key: 'base',
      description: 'Base fee',
      flat: { amount: '10' },
    })
  })

  test('has a key of its own, in its tenant alone', async () => {
    await service.createPlan('acme', 'solo')
    await expect(service.createPlan('acme', 'solo')).rejects.toMatchObject({
      code: 'plan.already_exists',
    })
    await expect(get('other', 'solo')).rejects.toMatchObject({ code: 'resource.not_found' })
    await service.createPlan('other', 'solo', [flat('theirs')])
    expect((await get('acme', 'solo')).terms?.prices[0]?.priceKey).toBe('base')
  })

  test('names only meters that exist, each culprit by its place', async () => {
    const prices = [perUnit('calls'), perUnit('nothing'), flat(), perUnit('nowhere')]
    await expect(service.createPlan('acme', 'lost', prices)).rejects.toMatchObject({
      code: 'plan.unknown_meter',
      fields: [
        { field: 'plan.terms.prices[1].meter_key' },
        { field: 'plan.terms.prices[3].meter_key' },
      ],
    })
    await expect(get('acme', 'lost')).rejects.toMatchObject({ code: 'resource.not_found' })
  })

  test('is refused with every price that cannot be rated', async () => {
    const prices = [flat('a'), { ...perUnit('calls', 'a'), meterKey: '' }]
    await expect(service.createPlan('acme', 'bad', prices)).rejects.toMatchObject({
      code: 'plan.invalid_price',
      fields: [
        { field: 'plan.terms.prices[1].price_key' },
        { field: 'plan.terms.prices[1].meter_key' },
      ],
    })
  })
})

describe('versions', () => {
  const addVersion = (planKey: string, amount: string) =>
    service.client.createPlanVersion(
      {
        tenant: 'acme',
        planKey,
        terms: {
          name: planKey,
          currency: 'USD',
          prices: [flat('base', amount)],
        },
      },
      service.as('acme'),
    )

  test('are numbered without gaps by 10 that come at the same time, and never change', async () => {
    const first = await service.createPlan('acme', 'versions')
    const amounts = Array.from({ length: 10 }, (_, index) => String(index + 20))
    const added = await Promise.all(amounts.map((amount) => addVersion('versions', amount)))
    const numbers = added.map(({ version }) => version).toSorted((a, b) => a - b)
    expect(numbers).toEqual([2, 3, 4, 5, 6, 7, 8, 9, 10, 11])
    for (const plan of [first, ...added]) {
      expect(await get('acme', 'versions', plan.version)).toEqual(plan)
    }
    expect((await get('acme', 'versions')).version).toBe(11)
  })

  test('cannot be changed or removed by the service', async () => {
    await service.createPlan('acme', 'fixed')
    const [rights] = await service.adminQuery<{ change: boolean; remove: boolean }>(
      `select
         has_table_privilege(role, 'subscription.plan_version', 'update') as change,
         has_table_privilege(role, 'subscription.plan_version', 'delete') as remove
       from (values ('purser_subscription')) as login(role)`,
    )
    expect(rights).toEqual({ change: false, remove: false })
  })

  test('belong to a plan that exists', async () => {
    await expect(addVersion('nothing', '1')).rejects.toMatchObject({ code: 'resource.not_found' })
    await service.createPlan('acme', 'short')
    await expect(get('acme', 'short', 2)).rejects.toMatchObject({ code: 'resource.not_found' })
  })
})

test('pages name every plan once, at its newest version', async () => {
  await service.createTenant('pages', ['someone'])
  for (const planKey of ['a', 'b', 'c', 'd']) await service.createPlan('pages', planKey)
  await service.client.createPlanVersion(
    { tenant: 'pages', planKey: 'b', terms: { name: 'b2', currency: 'USD', prices: [flat()] } },
    service.as('pages'),
  )
  const pages: string[][] = []
  let pageToken = ''
  do {
    const request = { tenant: 'pages', pageSize: 2, pageToken }
    const page = await service.client.listPlans(request, service.as('pages'))
    pages.push(page.plans.map((plan) => `${plan.planKey}${plan.version}`))
    pageToken = page.nextPageToken
  } while (pageToken !== '')
  expect(pages).toEqual([
    ['a1', 'b2'],
    ['c1', 'd1'],
  ])
})
