import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  BillingAlignment,
  SubscriptionStatus,
} from '@purser/contracts/subscription/v1/subscription'
import { at, flat, perUnit, type Subscriptions, startSubscription } from './subscription-harness.ts'

let service: Subscriptions
const people = Array.from({ length: 60 }, (_, index) => `acct-${index}`)
let used = 0
/** An account that no other test uses. */
const someone = () => people[used++] as string

beforeAll(async () => {
  service = await startSubscription()
  await service.createTenant('acme', people)
  await service.createTenant('other', people)
  await service.createPlan('acme', 'base')
  await service.createPlan('acme', 'calls', [perUnit('calls')])
  await service.createPlan('acme', 'both', [perUnit('calls'), perUnit('storage'), flat()])
  await service.createPlan('acme', 'seats', [perUnit('seats')])
  await service.createPlan('other', 'base')
})
afterAll(() => service.close())

const eventsOf = async (accountId: string) =>
  (await service.events('acme')).filter(({ payload }) => payload.account_id === accountId)

describe('a subscription', () => {
  test('is answered with its current period, and published', async () => {
    const accountId = someone()
    const created = await service.subscribe('acme', {
      accountId,
      planKey: 'base',
      startTime: at('2026-02-05T12:00:00Z'),
    })
    expect(created).toMatchObject({
      accountId,
      planVersion: 1,
      alignment: BillingAlignment.CALENDAR,
      status: SubscriptionStatus.ACTIVE,
      startTime: at('2026-02-05T12:00:00Z'),
      currentPeriodStart: at('2026-02-05T12:00:00Z'),
      // Midnight in Warsaw.
      currentPeriodEnd: at('2026-02-28T23:00:00Z'),
    })
    const { subscriptionId } = created
    const request = { tenant: 'acme', subscriptionId }
    expect(await service.client.getSubscription(request, service.as('acme'))).toEqual(created)
    expect(await service.list('acme', accountId)).toEqual([created])
    expect(await eventsOf(accountId)).toEqual([
      {
        subject: 'subscription.activated',
        payload: {
          subscription_id: subscriptionId,
          account_id: accountId,
          plan_key: 'base',
          plan_version: 1,
          start_time: '2026-02-05T12:00:00Z',
        },
      },
    ])
  })

  test('starts now unless told, and has no current period before its start', async () => {
    const now = await service.subscribe('acme', { accountId: someone(), planKey: 'base' })
    expect(now.startTime).toEqual(at('2026-02-15T12:00:00Z'))
    const startTime = at('2027-01-01T00:00:00Z')
    const later = await service.subscribe('acme', {
      accountId: someone(),
      planKey: 'base',
      startTime,
    })
    expect(later.currentPeriodStart).toBeUndefined()
  })

  test('stays on its version and interval when the plan gets another', async () => {
    await service.createPlan('acme', 'moving')
    const old = await service.subscribe('acme', { accountId: someone(), planKey: 'moving' })
    await service.client.createPlanVersion(
      {
        tenant: 'acme',
        planKey: 'moving',
        terms: { name: 'moving', currency: 'USD', prices: [flat()], intervalCount: 3 },
      },
      service.as('acme'),
    )
    const fresh = await service.subscribe('acme', { accountId: someone(), planKey: 'moving' })
    const pinned = { accountId: someone(), planKey: 'moving', planVersion: 1 }
    expect(fresh).toMatchObject({ planVersion: 2, currentPeriodEnd: at('2026-03-31T22:00:00Z') })
    expect(await service.subscribe('acme', pinned)).toMatchObject({ planVersion: 1 })
    const request = { tenant: 'acme', subscriptionId: old.subscriptionId }
    expect(await service.client.getSubscription(request, service.as('acme'))).toMatchObject({
      planVersion: 1,
      currentPeriodEnd: at('2026-02-28T23:00:00Z'),
    })
  })

  test.each([
    [
      'an unknown account',
      { accountId: 'nobody', planKey: 'base' },
      'request.invalid',
      'subscription.account_id',
    ],
    [
      'an unknown plan',
      { accountId: 'acct-0', planKey: 'nothing' },
      'subscription.plan_unavailable',
      'subscription.plan_key',
    ],
    [
      'an unknown version',
      { accountId: 'acct-0', planKey: 'base', planVersion: 2 },
      'subscription.plan_unavailable',
      'subscription.plan_key',
    ],
    [
      'an end',
      { accountId: 'acct-0', planKey: 'base', endTime: at('2027-01-01T00:00:00Z') },
      'request.invalid',
      'subscription.end_time',
    ],
  ])('is refused with %s', async (_culprit, subscription, code, field) => {
    const refused = { code, fields: [{ field }] }
    await expect(service.subscribe('acme', subscription)).rejects.toMatchObject(refused)
  })

  test('is seen by its tenant alone', async () => {
    const accountId = someone()
    const mine = await service.subscribe('acme', { accountId, planKey: 'base' })
    const theirs = await service.subscribe('other', { accountId, planKey: 'base' })
    const { subscriptionId } = mine
    const notFound = { code: 'resource.not_found' }
    expect(await service.list('other', accountId)).toEqual([theirs])
    await expect(
      service.client.getSubscription({ tenant: 'other', subscriptionId }, service.as('other')),
    ).rejects.toMatchObject(notFound)
    await expect(service.cancel('other', subscriptionId)).rejects.toMatchObject(notFound)
    await expect(
      service.client.getSubscription({ tenant: 'acme', subscriptionId }, service.as('other')),
    ).rejects.toMatchObject(notFound)
    expect(await service.list('acme', accountId)).toEqual([mine])
  })
})

describe('one at a time', () => {
  test('20 concurrent subscriptions of one account to one plan give one', async () => {
    const accountId = someone()
    const answers = await Promise.allSettled(
      Array.from({ length: 20 }, () => service.subscribe('acme', { accountId, planKey: 'both' })),
    )
    const refused = answers.filter((answer) => answer.status === 'rejected')
    expect(refused.map(({ reason }) => reason.code)).toEqual(
      Array(19).fill('subscription.already_active'),
    )
    expect(await service.list('acme', accountId)).toHaveLength(1)
    expect(await eventsOf(accountId)).toHaveLength(1)
  })

  test('of two plans that price the same meter one wins, the other leaves no trace', async () => {
    for (let round = 0; round < 10; round++) {
      const accountId = someone()
      const answers = await Promise.allSettled([
        service.subscribe('acme', { accountId, planKey: 'calls' }),
        service.subscribe('acme', { accountId, planKey: 'both' }),
      ])
      const refused = answers.filter((answer) => answer.status === 'rejected')
      expect(refused.map(({ reason }) => reason.code)).toEqual([
        'subscription.meter_already_priced',
      ])
      const [winner, ...rest] = await service.list('acme', accountId)
      expect(rest).toEqual([])
      // The loser left nothing behind that would hold the meters.
      await service.cancel('acme', winner?.subscriptionId ?? '')
      const next = { accountId, planKey: winner?.planKey === 'both' ? 'calls' : 'both' }
      expect((await service.subscribe('acme', next)).planKey).toBe(next.planKey)
    }
  })

  test('plans that share no meter live beside each other', async () => {
    const accountId = someone()
    for (const planKey of ['both', 'seats', 'base']) {
      await service.subscribe('acme', { accountId, planKey })
    }
    expect(await service.list('acme', accountId)).toHaveLength(3)
    await expect(service.subscribe('acme', { accountId, planKey: 'calls' })).rejects.toMatchObject({
      code: 'subscription.meter_already_priced',
      fields: [
        { field: 'subscription', message: 'another subscription of the account prices "calls"' },
      ],
    })
  })
})
