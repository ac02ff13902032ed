import { LimitWindow } from '@purser/contracts/common/v1/entitlement'
import { Aggregation } from '@purser/contracts/metering/v1/metering'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { at, limit, type LimitsBed, openLimits, TENANT } from './limits-bed.ts'

let bed: LimitsBed
beforeAll(async () => {
  bed = await openLimits()
})
afterAll(() => bed.close())

const tenant = TENANT
const near = async (more: object = {}) =>
  (await bed.client.listNearLimits({ tenant, ...more }, bed.as)).limits

test('every limit of an account, as it stands right after a decision', async () => {
  await bed.entitle(
    'all',
    {
      featureKey: 'calls',
      limits: [
        limit('monthly', 100),
        limit('rate', 4, { window: LimitWindow.ROLLING, windowSeconds: 60 }),
      ],
    },
    { featureKey: 'tokens', limits: [limit('daily', 0, { window: LimitWindow.DAY })], overage: 2 },
    { featureKey: 'free', limits: [] },
  )
  await bed.consume('all', { calls: 3 })
  await bed.consume('all', { tokens: 2, free: 5 })
  const { limits } = await bed.client.listLimits({ tenant, accountId: 'all' }, bed.as)
  expect(limits).toMatchObject([
    {
      accountId: 'all',
      featureKey: 'calls',
      limitKey: 'monthly',
      limit: 100n,
      used: 3n,
      remaining: 97n,
      percent: 3,
      overageAllowed: false,
      window: LimitWindow.MONTH,
      windowSeconds: 0,
    },
    { limitKey: 'rate', limit: 4n, used: 3n, remaining: 1n, percent: 75, windowSeconds: 60 },
    { featureKey: 'tokens', limitKey: 'daily', limit: 0n, used: 2n, remaining: 0n, percent: 100 },
  ])
  const [monthly, rate] = limits
  expect(Number(monthly?.resetTime?.seconds)).toBeGreaterThan(Date.now() / 1_000)
  const lengthSeconds = Number(rate?.resetTime?.seconds) - Number(rate?.windowStart?.seconds)
  expect(lengthSeconds).toBeGreaterThanOrEqual(60)
  expect(lengthSeconds).toBeLessThanOrEqual(121)
})

test('an account that holds nothing now has no limits, one that never did is not found', async () => {
  await bed.hold('former', [])
  const former = await bed.client.listLimits({ tenant, accountId: 'former' }, bed.as)
  expect(former.limits).toEqual([])
  const nobody = bed.client.listLimits({ tenant, accountId: 'nobody' }, bed.as)
  await expect(nobody).rejects.toMatchObject({ code: 'resource.not_found' })
})

test('a rolling limit that is unused never resets', async () => {
  const rolling = limit('rate', 4, { window: LimitWindow.ROLLING })
  await bed.entitle('unused', { featureKey: 'calls', limits: [rolling] })
  const { limits } = await bed.client.listLimits({ tenant, accountId: 'unused' }, bed.as)
  expect(limits).toMatchObject([{ used: 0n, remaining: 4n, percent: 0 }])
  expect(limits[0]?.resetTime).toBeUndefined()
})

test('limits near full come fullest first, by what counts now', async () => {
  for (const [account, used] of Object.entries({ a: 50, b: 95, c: 80, d: 100, e: 79 })) {
    await bed.entitle(`near-${account}`, { featureKey: 'near', limits: [limit('m', 100)] })
    await bed.consume(`near-${account}`, { near: used })
  }
  const names = async (more: object = {}) =>
    (await near({ featureKey: 'near', ...more })).map(({ accountId, percent }) => [
      accountId,
      percent,
    ])
  expect(await names()).toEqual([
    ['near-d', 100],
    ['near-b', 95],
    ['near-c', 80],
  ])
  expect(await names({ percent: 50, limit: 2 })).toEqual([
    ['near-d', 100],
    ['near-b', 95],
  ])
  // A larger plan takes an account off the list, the end of a window too.
  await bed.entitle('near-d', { featureKey: 'near', limits: [limit('m', 1_000)] })
  await bed.adminQuery(
    `update metering.usage_counter set window_start = '2020-01-01', window_end = '2020-02-01'
     where account_id = 'near-b'`,
  )
  expect(await names()).toEqual([['near-c', 80]])
})

test('the accounts that used most, with their share', async () => {
  await bed.createMeter(tenant, { meterKey: 'top', eventType: 'top', aggregation: Aggregation.SUM })
  const events = Object.entries({ x: '60', y: '30', z: '10' }).map(([subject, quantity]) => ({
    id: subject,
    type: 'top',
    subject,
    quantity,
    time: at('2026-02-01T00:00:00Z'),
  }))
  await bed.client.recordEvents({ tenant, events }, bed.as)
  const ask = (more: object) =>
    bed.client.listTopAccounts(
      {
        tenant,
        meterKey: 'top',
        startTime: at('2026-02-01T00:00:00Z'),
        endTime: at('2026-02-02T00:00:00Z'),
        ...more,
      },
      bed.as,
    )
  expect((await ask({ limit: 2 })).accounts).toMatchObject([
    { accountId: 'x', value: '60', share: '0.6', eventCount: 1n },
    { accountId: 'y', value: '30', share: '0.3' },
  ])
  expect((await ask({ endTime: at('2026-02-01T00:00:00Z') })).accounts).toEqual([])
  await expect(ask({ meterKey: 'none' })).rejects.toMatchObject({ code: 'resource.not_found' })
})

test('another tenant sees none of it', async () => {
  const as = bed.asTenant('globex')
  const foreign = { tenant: 'globex', accountId: 'all' }
  await expect(bed.client.listLimits(foreign, as)).rejects.toMatchObject({
    code: 'resource.not_found',
  })
  expect((await bed.client.listNearLimits({ tenant: 'globex', percent: 1 }, as)).limits).toEqual([])
})

test('two features of one meter are told apart', async () => {
  const meterKey = 'pages'
  const aggregation = Aggregation.SUM
  await bed.createMeter(tenant, { meterKey, eventType: 'page', aggregation })
  for (const account of ['apart-a', 'apart-b']) {
    await bed.entitle(
      account,
      { featureKey: 'print', meterKey, limits: [limit('m', 100)] },
      { featureKey: 'scan', meterKey, limits: [limit('m', 100)] },
    )
  }
  await bed.consume('apart-a', { print: 5, scan: 2 })
  await bed.consume('apart-b', { scan: 4 })
  const { reservationId } = await bed.client.reserveUsage(
    { tenant, accountId: 'apart-a', features: [{ featureKey: 'print', quantity: 9n }] },
    bed.as,
  )
  const features = [{ featureKey: 'print', quantity: 3n }]
  await bed.client.commitUsage({ tenant, reservationId, features }, bed.as)
  await bed.client.recordEvents(
    { tenant, events: [{ id: 'sent', type: 'page', subject: 'apart-a', quantity: '1' }] },
    bed.as,
  )
  const ever = { startTime: at('2020-01-01T00:00:00Z'), endTime: at('2100-01-01T00:00:00Z') }
  const asked = { tenant, meterKey, ...ever }
  const query = async (more: object) =>
    (await bed.client.queryUsage({ ...asked, ...more }, bed.as)).rows.map(({ group, value }) => [
      ...Object.values(group),
      value,
    ])
  expect(await query({ groupBy: ['feature_key'] })).toEqual([
    ['print', '8'],
    ['scan', '6'],
    ['', '1'],
  ])
  expect(await query({ featureKey: 'scan', groupBy: ['feature_key', 'account_id'] })).toEqual([
    ['scan', 'apart-b', '4'],
    ['scan', 'apart-a', '2'],
  ])
  expect(await query({ featureKey: 'print', accountId: 'apart-a' })).toEqual([['8']])
  expect(await query({ featureKey: 'fax' })).toEqual([])
  expect(await query({})).toEqual([['15']])
  const top = async (more: object) =>
    (await bed.client.listTopAccounts({ ...asked, ...more }, bed.as)).accounts.map(
      ({ accountId, value }) => [accountId, value],
    )
  expect(await top({})).toEqual([
    ['apart-a', '11'],
    ['apart-b', '4'],
  ])
  expect(await top({ featureKey: 'scan' })).toEqual([
    ['apart-b', '4'],
    ['apart-a', '2'],
  ])
})
