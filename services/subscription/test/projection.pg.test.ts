import { waitFor } from '@purser/testing'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { at, feature, flat, type Subscriptions, startSubscription } from './subscription-harness.ts'

let service: Subscriptions
const people = Array.from({ length: 30 }, (_, index) => `acct-${index}`)
const crowd = Array.from({ length: 5_000 }, (_, index) => `many-${index}`)
let used = 0
/** An account that no other test uses. */
const someone = () => people[used++] as string

beforeAll(async () => {
  service = await startSubscription()
  await service.createTenant('acme', people)
  await service.createTenant('big', crowd)
  for (const tenant of ['acme', 'big']) {
    await service.createPlan(tenant, 'plain')
    await service.createPlan(tenant, 'free', [], { entitlements: [feature()] })
    await service.createPlan(tenant, 'pro', [flat()], {
      entitlements: [feature('widgets', [{ limitKey: 'rate', quantity: 1_000n }])],
    })
  }
})
afterEach(() => {
  service.wire.isCut = false
})
afterAll(() => service.close())

/** What metering was told of an account last. */
const lastSent = (accountId: string) =>
  service.wire.sent
    .flatMap(({ accounts }) => accounts)
    .findLast((account) => account.accountId === accountId)

const inStep = (revision: number) => ({ own: revision, told: revision, known: revision })

test('metering knows each change before its caller has the answer', async () => {
  const accountId = someone()
  const startTime = at('2026-02-01T00:00:00Z')
  const first = await service.subscribe('acme', { accountId, planKey: 'free', startTime })
  expect(await service.revisions('acme', accountId)).toEqual(inStep(1))
  const holding = { planKey: 'free', planVersion: 1, seats: 1, timeZone: 'Europe/Warsaw' }
  expect(lastSent(accountId)).toMatchObject({
    holdings: [{ ...holding, intervalCount: 1, anchorTime: startTime, startTime }],
  })
  await service.setSeats('acme', first.subscriptionId, 3)
  expect(await service.revisions('acme', accountId)).toEqual(inStep(2))
  expect(lastSent(accountId)).toMatchObject({ holdings: [{ seats: 3 }] })
  const second = await service.changePlan('acme', first.subscriptionId, 'pro')
  expect(await service.revisions('acme', accountId)).toEqual(inStep(3))
  const now = at('2026-02-15T12:00:00Z')
  expect(lastSent(accountId)).toMatchObject({
    holdings: [
      { planKey: 'free', endTime: now },
      { planKey: 'pro', startTime: now, seats: 3 },
    ],
  })
  await service.cancel('acme', second.subscriptionId, '2026-06-01T00:00:00Z')
  expect(await service.revisions('acme', accountId)).toEqual(inStep(4))
  await service.cancel('acme', second.subscriptionId)
  expect(await service.revisions('acme', accountId)).toEqual(inStep(4))
})

test('a plan without features is no matter of metering', async () => {
  const accountId = someone()
  const { subscriptionId } = await service.subscribe('acme', { accountId, planKey: 'plain' })
  await service.setSeats('acme', subscriptionId, 2)
  await service.cancel('acme', subscriptionId)
  expect(await service.revisions('acme', accountId)).toEqual(inStep(0))
})

test('what rolls back is not told', async () => {
  const accountId = someone()
  await service.subscribe('acme', { accountId, planKey: 'free' })
  const sent = service.wire.sent.length
  const wanted = [
    { accountId: someone(), planKey: 'free' },
    { accountId: someone(), planKey: 'nothing' },
  ]
  await expect(service.subscribeAll('acme', wanted)).rejects.toThrow()
  await expect(service.subscribe('acme', { accountId, planKey: 'free' })).rejects.toThrow()
  expect(service.wire.sent).toHaveLength(sent)
})

test('with a key: told after the commit, and not again for the stored reply', async () => {
  const accountId = someone()
  const request = { tenant: 'acme', subscription: { accountId, planKey: 'free' } }
  const options = { ...service.as('acme'), headers: { 'idempotency-key': 'k-1' } }
  let committed: unknown[] = []
  service.wire.onSend = async () => {
    committed = await service.adminQuery(
      'select 1 from subscription.subscription where account_id = $1',
      [accountId],
    )
  }
  const first = await service.client.createSubscription(request, options)
  service.wire.onSend = async () => undefined
  expect(committed).toHaveLength(1)
  expect(await service.revisions('acme', accountId)).toEqual(inStep(1))
  const sent = service.wire.sent.length
  expect(await service.client.createSubscription(request, options)).toEqual(first)
  expect(service.wire.sent).toHaveLength(sent)
})

test('5,000 are told in one call, once', async () => {
  const batch = crowd.map((accountId) => ({ accountId, planKey: 'free' }))
  const sent = service.wire.sent.length
  await service.subscribeAll('big', batch)
  await service.subscribeAll('big', batch)
  expect(service.wire.sent.slice(sent).map(({ accounts }) => accounts.length)).toEqual([5_000])
  const [{ count } = { count: '' }] = await service.adminQuery<{ count: string }>(
    `select count(*) from subscription.account_revision
     where tenant_id = 'big' and told_revision = 1 and revision = 1`,
  )
  expect(Number(count)).toBe(5_000)
  expect(await service.revisions('big', 'many-4999')).toEqual(inStep(1))
})

test('while metering is away requests succeed, and it is told when it is back', async () => {
  const accountId = someone()
  service.wire.isCut = true
  await service.createPlan('acme', 'late', [], { entitlements: [feature('late')] })
  const { subscriptionId } = await service.subscribe('acme', { accountId, planKey: 'late' })
  await service.setSeats('acme', subscriptionId, 8)
  expect(await service.revisions('acme', accountId)).toEqual({ own: 2, told: 0, known: 0 })
  const stop = await service.startWorker()
  try {
    await waitFor(async () => (await failedJobs()) > 0)
    service.wire.isCut = false
    await waitFor(async () => (await service.revisions('acme', accountId)).known === 2, {
      timeoutMs: 20_000,
    })
    expect(lastSent(accountId)).toMatchObject({ holdings: [{ planKey: 'late', seats: 8 }] })
    await waitFor(async () => (await service.revisions('acme', accountId)).told === 2)
  } finally {
    await stop()
  }
})

const failedJobs = async () => {
  const rows = await service.adminQuery(
    'select 1 from subscription_jobs._private_jobs where last_error is not null',
  )
  return rows.length
}

test('changes that meet reach metering as the last of them left the account', async () => {
  const accountId = someone()
  const { subscriptionId } = await service.subscribe('acme', { accountId, planKey: 'free' })
  const topUp = { featureKey: 'widgets', limitKey: 'rate', quantity: 1n }
  const changes = Array.from({ length: 40 }, (_, index) =>
    index % 2 === 0
      ? service.setSeats('acme', subscriptionId, index + 2)
      : service.client.createTopUp({ tenant: 'acme', accountId, topUp }, service.as('acme')),
  )
  await Promise.all(changes)
  expect(await service.revisions('acme', accountId)).toEqual(inStep(41))
  const [{ seats = 0 } = {}] = await service.list('acme', accountId)
  const newest = service.wire.sent
    .flatMap(({ accounts }) => accounts)
    .filter((account) => account.accountId === accountId && account.revision === 41n)
  expect(newest.length).toBeGreaterThan(0)
  for (const account of newest) {
    expect(account.holdings).toMatchObject([{ subscriptionId, seats }])
    expect(account.topUps).toHaveLength(20)
  }
})

test('batches that share accounts in other orders neither deadlock nor lose a revision', async () => {
  const accounts = Array.from({ length: 8 }, someone)
  await service.subscribeAll(
    'acme',
    accounts.map((accountId) => ({ accountId, planKey: 'free' })),
  )
  const batch = accounts.map((accountId) => ({ accountId, planKey: 'pro' }))
  const running = await service.list('acme')
  await Promise.all([
    service.subscribeAll('acme', batch),
    service.subscribeAll('acme', batch.toReversed()),
    ...running
      .filter((one) => accounts.includes(one.accountId))
      .map(({ subscriptionId }) => service.setSeats('acme', subscriptionId, 4)),
  ])
  for (const accountId of accounts) {
    expect(await service.revisions('acme', accountId)).toEqual(inStep(3))
  }
})

test('an account that changed a hundred times just now is told with what it is on', async () => {
  const accountId = someone()
  const { subscriptionId } = await service.subscribe('acme', { accountId, planKey: 'free' })
  await service.adminQuery(
    `insert into subscription.subscription
       (tenant_id, subscription_id, account_id, plan_key, plan_version, status, start_at, end_at,
        alignment, time_zone, interval_unit, interval_count, created_at)
     select tenant_id, 'sub_0' || n, account_id, plan_key, plan_version, 'canceled',
       start_at - interval '30 seconds', start_at - interval '1 second' * (n % 10),
       alignment, time_zone, interval_unit, interval_count, created_at
     from subscription.subscription, generate_series(1, 104) as n
     where subscription_id = $1`,
    [subscriptionId],
  )
  await service.setSeats('acme', subscriptionId, 2)
  expect(await service.revisions('acme', accountId)).toEqual(inStep(2))
  const holdings = lastSent(accountId)?.holdings ?? []
  expect(holdings).toHaveLength(100)
  expect(holdings.filter(({ endTime }) => endTime === undefined)).toMatchObject([
    { subscriptionId, seats: 2 },
  ])
})
