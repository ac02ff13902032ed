import { BillingAlignment } from '@purser/contracts/subscription/v1/subscription'
import { fromProtoTimestamp } from '@purser/rpc'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { at, flat, type Subscriptions, startSubscription } from './subscription-harness.ts'

let service: Subscriptions
/** What each subscription is called here, by its id. */
const names = new Map<string, string>()

beforeAll(async () => {
  service = await startSubscription()
  const accounts = ['full', 'stub', 'cut', 'ended', 'future', 'yearly', 'anniversary', 'never']
  await service.createTenant('acme', accounts, 'America/New_York')
  await service.createTenant('other', ['full'], 'America/New_York')
  await service.createPlan('acme', 'monthly')
  await service.createPlan('acme', 'yearly', [flat()], { interval: 2 })
  await service.createPlan('other', 'monthly')
  const add = async (name: string, startTime: string, more = {}) => {
    const subscription = { accountId: name, planKey: 'monthly', startTime: at(startTime), ...more }
    const { subscriptionId } = await service.subscribe('acme', subscription)
    names.set(subscriptionId, name)
    return subscriptionId
  }
  await add('full', '2026-01-01T05:00:00Z')
  await add('stub', '2026-02-10T17:00:00Z')
  const cut = await add('cut', '2026-01-01T05:00:00Z')
  const ended = await add('ended', '2025-11-01T04:00:00Z')
  await add('future', '2026-03-01T05:00:00Z')
  await add('yearly', '2025-07-01T04:00:00Z', { planKey: 'yearly' })
  await add('anniversary', '2026-01-31T15:00:00Z', { alignment: BillingAlignment.ANNIVERSARY })
  const never = await add('never', '2026-03-10T05:00:00Z')
  await service.subscribe('other', {
    accountId: 'full',
    planKey: 'monthly',
    startTime: at('2026-01-01T05:00:00Z'),
  })
  await service.cancel('acme', cut, '2026-02-20T05:00:00Z')
  await service.cancel('acme', never)
  service.present.now = Temporal.Instant.from('2025-11-20T00:00:00Z')
  await service.cancel('acme', ended, '2025-12-01T05:00:00Z')
})
afterAll(() => service.close())

async function due(endsAfter: string, endsUntil: string, pageSize = 0) {
  const found: { name: string; period: string; days: string }[] = []
  let pageToken = ''
  do {
    const request = {
      tenant: 'acme',
      endsAfter: at(endsAfter),
      endsUntil: at(endsUntil),
      pageSize,
      pageToken,
    }
    const page = await service.client.listDuePeriods(request, service.as('acme'))
    for (const period of page.periods) {
      const { periodStart, periodEnd, billableDays, periodDays } = period
      const start = periodStart && fromProtoTimestamp(periodStart)
      const end = periodEnd && fromProtoTimestamp(periodEnd)
      found.push({
        name: names.get(period.subscriptionId) ?? '',
        period: `${start} ${end}`,
        days: `${billableDays}/${periodDays}`,
      })
    }
    pageToken = page.nextPageToken
  } while (pageToken !== '')
  return found
}

const february = ['2026-02-01T05:00:00Z', '2026-03-01T05:00:00Z'] as const

describe('the periods that end in February of the tenant', () => {
  const expected = [
    { name: 'full', period: '2026-02-01T05:00:00Z 2026-03-01T05:00:00Z', days: '28/28' },
    { name: 'stub', period: '2026-02-10T17:00:00Z 2026-03-01T05:00:00Z', days: '19/28' },
    { name: 'cut', period: '2026-02-01T05:00:00Z 2026-02-20T05:00:00Z', days: '19/28' },
    { name: 'anniversary', period: '2026-01-31T15:00:00Z 2026-02-28T15:00:00Z', days: '28/28' },
  ]

  test('are those of running and canceled subscriptions, of this tenant alone', async () => {
    expect(await due(...february)).toEqual(expected)
  })

  test('are the same in pages of any size', async () => {
    for (const pageSize of [1, 2, 3, 8, 9]) {
      expect(await due(...february, pageSize)).toEqual(expected)
    }
  })
})

test('a longer window finds every period of a subscription, across summer time', async () => {
  const found = await due('2026-01-01T05:00:00Z', '2026-04-01T04:00:00Z')
  expect(found.filter(({ name }) => name === 'full')).toEqual([
    { name: 'full', period: '2026-01-01T05:00:00Z 2026-02-01T05:00:00Z', days: '31/31' },
    { name: 'full', period: '2026-02-01T05:00:00Z 2026-03-01T05:00:00Z', days: '28/28' },
    { name: 'full', period: '2026-03-01T05:00:00Z 2026-04-01T04:00:00Z', days: '31/31' },
  ])
})

test('a year that opens with a stub is counted in days of the year', async () => {
  expect(await due('2025-12-31T05:00:00Z', '2026-01-01T05:00:00Z')).toEqual([
    { name: 'yearly', period: '2025-07-01T04:00:00Z 2026-01-01T05:00:00Z', days: '184/365' },
  ])
})

test('the end of the window belongs to it, the start does not', async () => {
  const end = '2026-03-01T05:00:00Z'
  const names = async (from: string, until: string) =>
    (await due(from, until)).map(({ name }) => name)
  expect(await names('2026-03-01T04:59:59Z', end)).toEqual(['full', 'stub'])
  expect(await names(end, '2026-03-02T00:00:00Z')).toEqual([])
})

test('a window must hold an instant', async () => {
  await expect(due('2026-02-01T00:00:00Z', '2026-02-01T00:00:00Z')).rejects.toMatchObject({
    code: 'request.invalid',
    fields: [{ field: 'ends_until' }],
  })
})
