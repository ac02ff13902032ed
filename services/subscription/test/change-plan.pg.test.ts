import {
  BillingAlignment,
  type DuePeriod,
  SubscriptionStatus,
} from '@purser/contracts/subscription/v1/subscription'
import { fromProtoTimestamp } from '@purser/rpc'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { at, flat, perUnit, type Subscriptions, startSubscription } from './subscription-harness.ts'

let service: Subscriptions
const people = Array.from({ length: 20 }, (_, index) => `acct-${index}`)
let used = 0
/** An account that no other test uses. */
const someone = () => people[used++] as string

beforeAll(async () => {
  service = await startSubscription()
  await service.createTenant('acme', people, 'UTC')
  await service.createPlan('acme', 'base')
  await service.createPlan('acme', 'calls', [flat(), perUnit('calls')])
  await service.createPlan('acme', 'calls-too', [flat(), perUnit('calls')])
})
afterAll(() => service.close())

const subscribe = (accountId: string, planKey: string, more = {}) =>
  service.subscribe('acme', {
    accountId,
    planKey,
    startTime: at('2026-02-01T00:00:00Z'),
    ...more,
  })

async function dueIn(accountId: string, endsAfter: string, endsUntil: string) {
  const request = { tenant: 'acme', endsAfter: at(endsAfter), endsUntil: at(endsUntil) }
  const { periods } = await service.client.listDuePeriods(request, service.as('acme'))
  return periods.filter((period) => period.accountId === accountId).map(describeDue)
}

function describeDue({ planKey, periodStart, periodEnd, billableDays, periodDays }: DuePeriod) {
  const [start, end] = [periodStart, periodEnd].map((time) => time && fromProtoTimestamp(time))
  return `${planKey} ${start} to ${end}: ${billableDays} of ${periodDays} days`
}

test('both are billed for their own days, once each', async () => {
  const accountId = someone()
  const first = await subscribe(accountId, 'calls', { seats: 3 })
  const second = await service.changePlan('acme', first.subscriptionId, 'calls-too')
  expect(second).toMatchObject({
    accountId,
    planKey: 'calls-too',
    planVersion: 1,
    seats: 3,
    startTime: at('2026-02-15T12:00:00Z'),
    status: SubscriptionStatus.ACTIVE,
    currentPeriodEnd: at('2026-03-01T00:00:00Z'),
  })
  expect(await dueIn(accountId, '2026-02-01T00:00:00Z', '2026-03-01T00:00:00Z')).toEqual([
    'calls 2026-02-01T00:00:00Z to 2026-02-15T12:00:00Z: 14 of 28 days',
    'calls-too 2026-02-15T12:00:00Z to 2026-03-01T00:00:00Z: 14 of 28 days',
  ])
  const events = (await service.events('acme')).filter(
    ({ payload }) => payload.account_id === accountId,
  )
  expect(events.slice(1)).toMatchObject([
    {
      subject: 'subscription.canceled',
      payload: {
        subscription_id: first.subscriptionId,
        replaced_by_subscription_id: second.subscriptionId,
        end_time: '2026-02-15T12:00:00Z',
      },
    },
    {
      subject: 'subscription.activated',
      payload: {
        subscription_id: second.subscriptionId,
        replaces_subscription_id: first.subscriptionId,
        start_time: '2026-02-15T12:00:00Z',
      },
    },
  ])
})

test('keeps the alignment, and the time zone when the tenant has moved', async () => {
  const accountId = someone()
  const alignment = BillingAlignment.ANNIVERSARY
  const startTime = at('2026-02-10T09:00:00Z')
  const first = await subscribe(accountId, 'base', { alignment, startTime })
  await service.adminQuery(
    `update subscription.subscription set time_zone = 'Pacific/Auckland'
     where subscription_id = $1`,
    [first.subscriptionId],
  )
  const second = await service.changePlan('acme', first.subscriptionId, 'calls', { seats: 2 })
  expect(second).toMatchObject({ alignment, seats: 2, startTime: at('2026-02-15T12:00:00Z') })
  const [row] = await service.adminQuery(
    'select time_zone from subscription.subscription where subscription_id = $1',
    [second.subscriptionId],
  )
  expect(row).toEqual({ time_zone: 'Pacific/Auckland' })
})

test('to a newer version of the same plan, and not to the one it is on', async () => {
  await service.createPlan('acme', 'moving')
  const first = await subscribe(someone(), 'moving')
  await expect(service.changePlan('acme', first.subscriptionId, 'moving')).rejects.toMatchObject({
    code: 'subscription.already_active',
  })
  const terms = { name: 'moving', currency: 'USD', prices: [flat('base', '20')] }
  const wanted = { tenant: 'acme', planKey: 'moving', terms }
  await service.client.createPlanVersion(wanted, service.as('acme'))
  const second = await service.changePlan('acme', first.subscriptionId, 'moving')
  expect(second.planVersion).toBe(2)
})

test.each([
  ['an unknown plan', 'nothing', 'subscription.plan_unavailable'],
  ['a plan that another subscription has', 'calls', 'subscription.already_active'],
  ['a plan with a meter that another prices', 'calls-too', 'subscription.meter_already_priced'],
])('to %s is refused, and changes nothing', async (_name, planKey, code) => {
  const accountId = someone()
  const base = await subscribe(accountId, 'base')
  await subscribe(accountId, 'calls')
  const before = await service.list('acme', accountId)
  await expect(service.changePlan('acme', base.subscriptionId, planKey)).rejects.toMatchObject({
    code,
  })
  expect(await service.list('acme', accountId)).toEqual(before)
})

test('of a canceled or unknown subscription is refused', async () => {
  const { subscriptionId } = await subscribe(someone(), 'base')
  await service.cancel('acme', subscriptionId, '2026-06-01T00:00:00Z')
  await expect(service.changePlan('acme', subscriptionId, 'calls')).rejects.toMatchObject({
    code: 'subscription.not_active',
  })
  await expect(service.changePlan('acme', 'sub_nothing', 'calls')).rejects.toMatchObject({
    code: 'resource.not_found',
  })
})

test('of many at once, one happens: there is one subscription to bill afterwards', async () => {
  const accountId = someone()
  const { subscriptionId } = await subscribe(accountId, 'base')
  const plans = ['calls', 'calls-too', 'calls', 'calls-too', 'calls', 'calls-too']
  const attempts = [
    ...plans.map((planKey) => service.changePlan('acme', subscriptionId, planKey)),
    service.cancel('acme', subscriptionId),
    subscribe(accountId, 'base', { startTime: undefined }),
  ]
  await Promise.allSettled(attempts)
  const ended = (await service.list('acme', accountId)).filter(({ endTime }) => endTime)
  expect(ended.map((one) => one.subscriptionId)).toEqual([subscriptionId])
  const priced = (await service.list('acme', accountId)).filter(
    ({ planKey, status }) => status === SubscriptionStatus.ACTIVE && planKey.startsWith('calls'),
  )
  expect(priced.length).toBeLessThanOrEqual(1)
})

test('with a key happens once, also when it is sent 10 times at once', async () => {
  const accountId = someone()
  const { subscriptionId } = await subscribe(accountId, 'base')
  const request = { tenant: 'acme', subscriptionId, planKey: 'calls' }
  const options = { ...service.as('acme'), headers: { 'idempotency-key': 'change-1' } }
  const send = () => service.client.changePlan(request, options)
  await Promise.allSettled(Array.from({ length: 10 }, send))
  const answer = await send()
  const all = await service.list('acme', accountId)
  expect(all.map((one) => one.subscriptionId)).toEqual([subscriptionId, answer.subscriptionId])
})

test('seats are set in all, once, and told as a total', async () => {
  const accountId = someone()
  const { subscriptionId, seats } = await subscribe(accountId, 'base')
  expect(seats).toBe(1)
  for (const wanted of [5, 5, 2]) {
    expect(await service.setSeats('acme', subscriptionId, wanted)).toMatchObject({ seats: wanted })
  }
  const events = (await service.events('acme')).filter(
    ({ subject }) => subject === 'subscription.seats_changed',
  )
  expect(events.map(({ payload }) => [payload.previous_seats, payload.seats])).toEqual([
    [1, 5],
    [5, 2],
  ])
  await service.cancel('acme', subscriptionId)
  await expect(service.setSeats('acme', subscriptionId, 9)).rejects.toMatchObject({
    code: 'subscription.not_active',
  })
  await expect(service.setSeats('acme', subscriptionId, 0)).rejects.toMatchObject({
    code: 'request.invalid',
  })
  await expect(service.setSeats('acme', 'sub_nothing', 9)).rejects.toMatchObject({
    code: 'resource.not_found',
  })
})
