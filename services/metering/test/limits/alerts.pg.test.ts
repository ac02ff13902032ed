import { LimitWindow } from '@purser/contracts/common/v1/entitlement'
import { encodePageToken } from '@purser/rpc'
import { waitFor } from '@purser/testing'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { AlertSweeper } from '../../src/alerts/alert-sweeper.ts'
import { TouchedUsage } from '../../src/alerts/touched-usage.ts'
import { limit, type LimitsBed, openLimits, TENANT } from './limits-bed.ts'

let bed: LimitsBed
let touched: TouchedUsage
let sweeper: AlertSweeper
const log = { warn: () => undefined }

beforeAll(async () => {
  bed = await openLimits()
})
afterAll(() => bed.close())
beforeEach(() => {
  touched = new TouchedUsage()
  sweeper = new AlertSweeper({ database: bed.database, touched, counters: bed.counters, log })
})

type Told = { percent: number; used: string; limit: string; limit_key: string }

/** What was told of an account, in order. */
const told = (accountId: string) =>
  bed
    .adminQuery<{ payload: Told }>(
      `select payload from metering.outbox
       where subject = 'usage.threshold_reached' and payload ->> 'account_id' = $1 order by seq`,
      [accountId],
    )
    .then((rows) => rows.map(({ payload }) => payload))

const shares = async (accountId: string) => (await told(accountId)).map(({ percent }) => percent)

const use = async (accountId: string, units: number) => {
  await bed.consume(accountId, { calls: units })
  touched.add(TENANT, accountId, 'calls')
  await sweeper.lookAtTouched()
}

/** Begins the walk anew and goes on to its end. */
const walk = async () => {
  await bed.adminQuery(
    `update metering.alert_walk set account_id = '', feature_key = '', limit_key = '', due_at = '-infinity'`,
  )
  await sweeper.walkOn()
}

test('80 and 100 percent are told, once each, with what there is to know', async () => {
  await bed.entitle('usual', { featureKey: 'calls', limits: [limit('monthly', 10)] })
  await use('usual', 7)
  expect(await told('usual')).toEqual([])
  await use('usual', 1)
  await use('usual', 1)
  expect(await shares('usual')).toEqual([80])
  await use('usual', 1)
  await walk()
  const [first, second, ...others] = await told('usual')
  expect(first).toEqual({
    account_id: 'usual',
    feature_key: 'calls',
    limit_key: 'monthly',
    percent: 80,
    used: '8',
    limit: '10',
    window_start: expect.stringMatching(/^\d{4}-\d\d-01T00:00:00Z$/),
    reset_time: expect.stringMatching(/^\d{4}-\d\d-01T00:00:00Z$/),
  })
  expect(second).toMatchObject({ percent: 100, used: '10' })
  expect(others).toEqual([])
})

test('the last of each share is listed, the latest first, of all accounts or one, page by page', async () => {
  const list = (question: object = {}) =>
    bed.client.listUsageAlerts({ tenant: TENANT, ...question }, bed.as)
  for (const account of ['listed-a', 'listed-b']) {
    await bed.entitle(account, { featureKey: 'calls', limits: [limit('monthly', 10)] })
    await use(account, 8)
  }
  await use('listed-a', 2)
  const brief = ({ alerts }: Awaited<ReturnType<typeof list>>) =>
    alerts.map(({ accountId, percent, used }) => [accountId, percent, used])
  const latest = [
    ['listed-a', 100, 10n],
    ['listed-b', 80, 8n],
    ['listed-a', 80, 8n],
  ]
  expect(brief(await list()).slice(0, 3)).toEqual(latest)
  const mine = await list({ accountId: 'listed-a' })
  expect(brief(mine)).toEqual([latest[0], latest[2]])
  expect(mine.alerts[0]).toMatchObject({ featureKey: 'calls', limitKey: 'monthly', limit: 10n })
  const [{ windowStart, alertTime, resetTime } = {}] = mine.alerts
  expect(windowStart?.seconds).toBeLessThan(alertTime?.seconds ?? 0n)
  expect(alertTime?.seconds).toBeLessThan(resetTime?.seconds ?? 0n)
  for (const question of [{}, { accountId: 'listed-a' }]) {
    const whole = await list({ ...question, pageSize: 1_000 })
    const paged: typeof whole.alerts = []
    let pageToken = ''
    do {
      const page = await list({ ...question, pageSize: 1, pageToken })
      paged.push(...page.alerts)
      pageToken = page.nextPageToken
    } while (pageToken !== '')
    expect(paged).toEqual(whole.alerts)
  }
  const time = '2026-02-01T00:00:00Z'
  for (const position of [
    ['today', 'a', 'calls', 'monthly', '80'],
    [time, 'a', 'calls', 'monthly', 'most'],
  ]) {
    await expect(list({ pageToken: encodePageToken(position) })).rejects.toMatchObject({
      code: 'request.invalid',
      fields: [{ field: 'page_token' }],
    })
  }
  const elsewhere = await bed.client.listUsageAlerts({ tenant: 'other' }, bed.asTenant('other'))
  expect(elsewhere.alerts).toEqual([])
})

test('one step over both is two alerts; each limit of a feature has its own', async () => {
  await bed.entitle('leap', {
    featureKey: 'calls',
    limits: [limit('monthly', 10), limit('rate', 100, { window: LimitWindow.ROLLING })],
  })
  await use('leap', 10)
  expect(await told('leap')).toMatchObject([
    { limit_key: 'monthly', percent: 80 },
    { limit_key: 'monthly', percent: 100 },
  ])
})

test('a plan may name other shares, beyond the limit too', async () => {
  await bed.entitle('other', {
    featureKey: 'calls',
    limits: [limit('monthly', 10)],
    alertPercents: [50, 150],
    overage: 2,
  })
  await use('other', 5)
  expect(await shares('other')).toEqual([50])
  await use('other', 9)
  expect(await shares('other')).toEqual([50])
  await use('other', 1)
  expect(await shares('other')).toEqual([50, 150])
  // Back on a plan that names none: 80 and 100 hold.
  await bed.entitle('other', { featureKey: 'calls', limits: [limit('monthly', 10)] })
  await walk()
  expect(await shares('other')).toEqual([50, 150, 80, 100])
})

test('the next window begins anew; a rolling one after its length', async () => {
  await bed.entitle('turns', {
    featureKey: 'calls',
    limits: [limit('rate', 2, { window: LimitWindow.FIXED, windowSeconds: 2 })],
  })
  // Whatever the moment, some window of two seconds sees two, and the next one.
  await waitFor(async () => {
    await use('turns', 1).catch(() => undefined)
    return (await shares('turns')).length >= 4
  })
  expect((await shares('turns')).slice(0, 4)).toEqual([80, 100, 80, 100])

  await bed.entitle('rolls', {
    featureKey: 'calls',
    limits: [limit('rate', 1, { window: LimitWindow.ROLLING, windowSeconds: 300 })],
  })
  await use('rolls', 1)
  await walk()
  expect(await shares('rolls')).toEqual([80, 100])
  await bed.adminQuery(
    `update metering.usage_alert set rearm_at = now() where account_id = 'rolls' and percent = 100`,
  )
  await walk()
  expect(await shares('rolls')).toEqual([80, 100, 100])
})

test('more units arm the alerts again, fewer units tell them', async () => {
  await bed.entitle('plans', { featureKey: 'calls', limits: [limit('monthly', 10)] })
  await use('plans', 8)
  await bed.entitle('plans', { featureKey: 'calls', limits: [limit('monthly', 20)] })
  await use('plans', 8)
  expect(await told('plans')).toMatchObject([
    { percent: 80, limit: '10' },
    { percent: 80, limit: '20' },
  ])
  await bed.entitle('plans', { featureKey: 'calls', limits: [limit('monthly', 12)] })
  await walk()
  expect(await shares('plans')).toEqual([80, 80, 100])
})

test('the walk finds what no process noted: usage by SQL, and units of a lease', async () => {
  await bed.entitle('by-sql', { featureKey: 'calls', limits: [limit('monthly', 10)] })
  await bed.adminQuery(`select * from metering.consume('${TENANT}', 'by-sql', 'calls', 10)`)
  await bed.entitle('by-lease', { featureKey: 'calls', limits: [limit('monthly', 1)] })
  await bed.client.borrowUsage(
    { tenant: TENANT, accountId: 'by-lease', featureKey: 'calls', quantity: 1n, leaseId: 'l1' },
    bed.as,
  )
  await walk()
  expect(await shares('by-sql')).toEqual([80, 100])
  expect(await shares('by-lease')).toEqual([80, 100])
})

test('many processes at once tell once', async () => {
  const names = Array.from({ length: 20 }, (_, index) => `rush-${index}`)
  for (const name of names) {
    await bed.entitle(name, { featureKey: 'calls', limits: [limit('monthly', 1)] })
    await bed.consume(name, { calls: 1 })
  }
  const sweepers = Array.from({ length: 4 }, () => {
    const noted = new TouchedUsage()
    for (const name of names) noted.add(TENANT, name, 'calls')
    return new AlertSweeper({ database: bed.database, touched: noted, counters: bed.counters, log })
  })
  await Promise.all([...sweepers.map((each) => each.lookAtTouched()), walk()])
  for (const name of names) expect(await shares(name)).toEqual([80, 100])
})

test('what could not be looked at is looked at again', async () => {
  await bed.entitle('again', { featureKey: 'calls', limits: [limit('monthly', 1)] })
  await bed.consume('again', { calls: 1 })
  touched.add(TENANT, 'again', 'calls')
  await bed.adminQuery('alter table metering.usage_alert rename to away')
  await expect(sweeper.lookAtTouched()).rejects.toThrow()
  await bed.adminQuery('alter table metering.away rename to usage_alert')
  await sweeper.lookAtTouched()
  expect(await shares('again')).toEqual([80, 100])
})

test('the service notes its usage by itself, and stops after a last look', async () => {
  await bed.entitle('whole', { featureKey: 'calls', limits: [limit('monthly', 5)] })
  const component = bed.service.components.find(({ name }) => name === 'metering alert sweeper')
  await bed.consume('whole', { calls: 5 })
  await component?.start()
  await bed.consume('whole', { calls: 1 }).catch(() => undefined)
  await component?.stop()
  expect(await shares('whole')).toEqual([80, 100])
})
