import { SubscriptionStatus } from '@purser/contracts/subscription/v1/subscription'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { at, perUnit, type Subscriptions, startSubscription } from './subscription-harness.ts'

let service: Subscriptions
const people = Array.from({ length: 20 }, (_, index) => `acct-${index}`)
let used = 0
/** An account that no other test uses. */
const someone = () => people[used++] as string

beforeAll(async () => {
  service = await startSubscription()
  await service.createTenant('acme', people)
  await service.createPlan('acme', 'base')
  await service.createPlan('acme', 'calls', [perUnit('calls'), perUnit('storage')])
  await service.createPlan('acme', 'calls-too', [perUnit('calls')])
})
afterAll(() => service.close())

const subscribe = (accountId: string, planKey: string, startTime = '2026-01-10T00:00:00Z') =>
  service.subscribe('acme', { accountId, planKey, startTime: at(startTime) })

test('ends the last period with the subscription, and is published once', async () => {
  const accountId = someone()
  const { subscriptionId } = await subscribe(accountId, 'base')
  const canceled = await service.cancel('acme', subscriptionId, '2026-02-20T00:00:00Z')
  expect(canceled).toMatchObject({
    status: SubscriptionStatus.CANCELED,
    endTime: at('2026-02-20T00:00:00Z'),
    currentPeriodStart: at('2026-01-31T23:00:00Z'),
    currentPeriodEnd: at('2026-02-20T00:00:00Z'),
  })
  const again = await service.cancel('acme', subscriptionId, '2026-03-01T00:00:00Z')
  expect(again).toEqual(canceled)
  const events = await service.events('acme')
  expect(events.filter(({ payload }) => payload.account_id === accountId).slice(1)).toEqual([
    {
      subject: 'subscription.canceled',
      payload: {
        subscription_id: subscriptionId,
        account_id: accountId,
        plan_key: 'base',
        plan_version: 1,
        end_time: '2026-02-20T00:00:00Z',
      },
    },
  ])
})

test('ends now unless told', async () => {
  const { subscriptionId } = await subscribe(someone(), 'base')
  const canceled = await service.cancel('acme', subscriptionId)
  expect(canceled.endTime).toEqual(at('2026-02-15T12:00:00Z'))
  expect(canceled.currentPeriodStart).toBeUndefined()
})

test('is refused before the current period, which may be billed', async () => {
  const { subscriptionId } = await subscribe(someone(), 'base')
  await expect(
    service.cancel('acme', subscriptionId, '2026-01-31T22:59:59Z'),
  ).rejects.toMatchObject({ code: 'request.invalid', fields: [{ field: 'end_time' }] })
  const canceled = await service.cancel('acme', subscriptionId, '2026-01-31T23:00:00Z')
  expect(canceled.endTime).toEqual(at('2026-01-31T23:00:00Z'))
})

test('an unknown subscription is not found', async () => {
  await expect(service.cancel('acme', 'sub_nothing')).rejects.toMatchObject({
    code: 'resource.not_found',
  })
})

test('plan and meters are held until the end: the next one starts there or later', async () => {
  const accountId = someone()
  const { subscriptionId } = await subscribe(accountId, 'calls')
  await service.cancel('acme', subscriptionId, '2026-02-20T00:00:00Z')
  await expect(subscribe(accountId, 'calls', '2026-02-19T23:59:59Z')).rejects.toMatchObject({
    code: 'subscription.already_active',
  })
  await expect(subscribe(accountId, 'calls-too', '2026-02-19T23:59:59Z')).rejects.toMatchObject({
    code: 'subscription.meter_already_priced',
  })
  expect((await subscribe(accountId, 'calls', '2026-02-20T00:00:00Z')).planKey).toBe('calls')
  await expect(subscribe(accountId, 'calls-too', '2026-03-01T00:00:00Z')).rejects.toMatchObject({
    code: 'subscription.meter_already_priced',
  })
})

test('cancels and new subscriptions that meet neither deadlock nor overlap', async () => {
  const accounts = Array.from({ length: 10 }, someone)
  for (const accountId of accounts) await subscribe(accountId, 'calls')
  for (let round = 0; round < 5; round++) {
    const active = (await service.list('acme')).filter(
      ({ status, accountId }) =>
        status === SubscriptionStatus.ACTIVE && accounts.includes(accountId),
    )
    const planKey = round % 2 === 0 ? 'calls-too' : 'calls'
    service.present.now = service.present.now.add({ hours: 1 })
    const startTime = at(service.present.now.toString())
    const subscriptions = accounts.map((accountId) => ({ accountId, planKey, startTime }))
    const answers = await Promise.allSettled([
      ...active.map(({ subscriptionId }) => service.cancel('acme', subscriptionId)),
      service.subscribeAll('acme', subscriptions),
      ...subscriptions.map((subscription) => service.subscribe('acme', subscription)),
    ])
    const codes = answers.flatMap((answer) =>
      answer.status === 'rejected' ? [answer.reason.code] : [],
    )
    const expected = ['subscription.meter_already_priced', 'subscription.already_active']
    expect(expected).toEqual(expect.arrayContaining([...new Set(codes)]))
    await service.subscribeAll('acme', subscriptions)
  }
  const [overlaps] = await service.adminQuery<{ count: string }>(
    `select count(*)::text as count
     from subscription.subscription as a
     join subscription.subscription as b
       on b.tenant_id = a.tenant_id
       and b.account_id = a.account_id
       and b.subscription_id > a.subscription_id
       and a.plan_key like 'calls%'
       and b.plan_key like 'calls%'
       and tstzrange(a.start_at, a.end_at) && tstzrange(b.start_at, b.end_at)`,
  )
  expect(overlaps?.count).toBe('0')
})
