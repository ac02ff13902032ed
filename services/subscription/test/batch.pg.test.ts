import { afterAll, beforeAll, expect, test } from 'vitest'
import { at, perUnit, type Subscriptions, startSubscription } from './subscription-harness.ts'

let service: Subscriptions
const people = Array.from({ length: 5_000 }, (_, index) => `acct-${index}`)

beforeAll(async () => {
  service = await startSubscription()
  await service.createTenant('acme', people)
  await service.createTenant('small', ['a', 'b', 'c', 'd'])
  for (const tenant of ['acme', 'small']) {
    await service.createPlan(tenant, 'base')
    await service.createPlan(tenant, 'calls', [perUnit('calls'), perUnit('storage')])
    await service.createPlan(tenant, 'calls-too', [perUnit('calls')])
  }
})
afterAll(() => service.close())

const startTime = at('2026-02-01T00:00:00Z')
const on = (accountId: string, planKey: string) => ({ accountId, planKey, startTime })

test('5,000 are created once, however often and in whatever order they are sent', async () => {
  const batch = people.map((accountId) => on(accountId, 'calls'))
  const answers = await Promise.all([
    service.subscribeAll('acme', batch),
    service.subscribeAll('acme', batch.toReversed()),
    service.subscribeAll('acme', batch),
  ])
  const created = answers.map(({ createdCount }) => createdCount).toSorted((a, b) => a - b)
  expect(created).toEqual([0, 0, 5_000])
  expect(await service.subscribeAll('acme', batch)).toMatchObject({ existingCount: 5_000 })
  const events = await service.events('acme')
  expect(events.filter(({ subject }) => subject !== 'plan.version_created')).toEqual([
    {
      subject: 'subscription.batch_activated',
      payload: {
        created_count: 5_000,
        plans: [{ plan_key: 'calls', plan_version: 1, created_count: 5_000 }],
      },
    },
  ])
})

test('an account on the plan is counted, also twice in one call or until its end', async () => {
  const single = await service.subscribe('small', on('a', 'base'))
  await service.cancel('small', single.subscriptionId, '2026-02-20T00:00:00Z')
  const batch = [on('a', 'base'), on('b', 'base'), on('b', 'base'), on('b', 'calls')]
  const { createdCount, existingCount } = await service.subscribeAll('small', batch)
  expect({ createdCount, existingCount }).toEqual({ createdCount: 2, existingCount: 2 })
  expect(await service.list('small', 'b')).toHaveLength(2)
})

test('a meter priced by another subscription refuses the whole call, with every place', async () => {
  await service.subscribe('small', on('c', 'calls'))
  const before = await service.list('small')
  const batch = [
    on('d', 'base'),
    on('c', 'calls-too'),
    on('d', 'calls'),
    on('d', 'calls-too'),
    on('c', 'calls'),
  ]
  await expect(service.subscribeAll('small', batch)).rejects.toMatchObject({
    code: 'subscription.meter_already_priced',
    fields: [{ field: 'subscriptions[1]' }, { field: 'subscriptions[3]' }],
  })
  expect(await service.list('small')).toEqual(before)
})

test('an unknown account or plan refuses the whole call, with every place', async () => {
  const before = await service.list('small')
  await expect(
    service.subscribeAll('small', [on('d', 'base'), on('x', 'base'), on('y', 'base')]),
  ).rejects.toMatchObject({
    code: 'request.invalid',
    fields: [{ field: 'subscriptions[1].account_id' }, { field: 'subscriptions[2].account_id' }],
  })
  await expect(
    service.subscribeAll('small', [on('d', 'base'), on('d', 'nothing')]),
  ).rejects.toMatchObject({
    code: 'subscription.plan_unavailable',
    fields: [{ field: 'subscriptions[1].plan_key' }],
  })
  expect(await service.list('small')).toEqual(before)
})
