import { afterAll, beforeAll, expect, test } from 'vitest'
import { at, feature, flat, type Subscriptions, startSubscription } from './subscription-harness.ts'

let service: Subscriptions

beforeAll(async () => {
  service = await startSubscription()
  await service.createTenant('acme', ['ann', 'bob', 'full'])
  await service.createPlan('acme', 'pro', [flat()], { entitlements: [feature()] })
  for (const accountId of ['ann', 'full']) {
    await service.subscribe('acme', { accountId, planKey: 'pro' })
  }
})
afterAll(() => service.close())

const units = { featureKey: 'widgets', limitKey: 'rate', quantity: 10n }
const topUp = (accountId: string, more = {}, headers = {}) =>
  service.client.createTopUp(
    { tenant: 'acme', accountId, topUp: { ...units, ...more } },
    { ...service.as('acme'), headers },
  )
const list = (accountId: string, more = {}) =>
  service.client.listTopUps({ tenant: 'acme', accountId, ...more }, service.as('acme'))

test('is given once a key, listed, counted until it expires, and told', async () => {
  const key = { 'idempotency-key': 'k-1' }
  const expiring = { expireTime: at('2026-02-16T00:00:00Z') }
  const first = await topUp('ann', expiring, key)
  expect(await topUp('ann', expiring, key)).toEqual(first)
  const second = await topUp('ann', { quantity: 3n })
  expect((await list('ann')).topUps).toEqual([first, second])
  const { topUps } = await service.client.listEntitlements(
    { tenant: 'acme', accountId: 'ann' },
    service.as('acme'),
  )
  expect(topUps).toEqual([first, second])
  expect(service.wire.sent.at(-1)?.accounts).toMatchObject([
    { accountId: 'ann', topUps: [{ quantity: 10n, ...expiring }, { quantity: 3n }] },
  ])
  expect(await service.revisions('acme', 'ann')).toEqual({ own: 3, told: 3, known: 3 })
  const told = (await service.events('acme')).filter(({ subject }) => subject === 'top_up.created')
  expect(told.map(({ payload }) => payload)).toEqual([
    {
      top_up_id: first.topUpId,
      account_id: 'ann',
      feature_key: 'widgets',
      limit_key: 'rate',
      quantity: 10,
      expire_time: '2026-02-16T00:00:00Z',
    },
    expect.objectContaining({ quantity: 3, expire_time: null }),
  ])
  service.present.now = Temporal.Instant.from('2026-02-16T00:00:00Z')
  const later = await service.client.listEntitlements(
    { tenant: 'acme', accountId: 'ann' },
    service.as('acme'),
  )
  expect(later.topUps).toEqual([second])
  expect((await list('ann')).topUps).toHaveLength(2)
})

test.each([
  ['to a limit that its feature has not', 'ann', { limitKey: 'other' }],
  ['to a feature that its plan has not', 'ann', { featureKey: 'other' }],
  ['for an account without a plan', 'bob', {}],
])('is refused %s', async (_name, accountId, more) => {
  await expect(topUp(accountId, more)).rejects.toMatchObject({ code: 'subscription.not_entitled' })
})

test('of an account that does not exist is not found', async () => {
  await expect(topUp('nobody')).rejects.toMatchObject({ code: 'resource.not_found' })
  await expect(list('nobody')).rejects.toMatchObject({ code: 'resource.not_found' })
})

test('is refused when it has expired, or is of nothing', async () => {
  const expireTime = at(service.present.now.toString())
  await expect(topUp('ann', { expireTime })).rejects.toMatchObject({
    code: 'request.invalid',
    fields: [{ field: 'top_up.expire_time' }],
  })
  await expect(topUp('ann', { quantity: 0n })).rejects.toMatchObject({ code: 'request.invalid' })
})

test('an account has at most 1,000 that have not expired, in pages', async () => {
  await service.adminQuery(
    `insert into subscription.top_up
       (tenant_id, top_up_id, account_id, feature_key, limit_key, quantity, created_at)
     select 'acme', 'top_' || lpad(n::text, 4, '0'), 'full', 'widgets', 'rate', 1, now()
     from generate_series(1, 1000) as n`,
  )
  await expect(topUp('full')).rejects.toMatchObject({ code: 'subscription.too_many_top_ups' })
  const first = await list('full', { pageSize: 600 })
  const second = await list('full', { pageSize: 600, pageToken: first.nextPageToken })
  const ids = [...first.topUps, ...second.topUps].map(({ topUpId }) => topUpId)
  expect([ids.length, new Set(ids).size, second.nextPageToken]).toEqual([1_000, 1_000, ''])
})

test('cannot be changed or removed by the service', async () => {
  const [rights] = await service.adminQuery(
    `select
       has_table_privilege('purser_subscription', 'subscription.top_up', 'update') as change,
       has_table_privilege('purser_subscription', 'subscription.top_up', 'delete') as remove`,
  )
  expect(rights).toEqual({ change: false, remove: false })
})
