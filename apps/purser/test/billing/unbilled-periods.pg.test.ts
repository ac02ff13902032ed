import type { UnbilledPeriod } from '@purser/contracts/billing/v1/billing'
import { BillingAlignment } from '@purser/contracts/subscription/v1/subscription'
import { fromProtoTimestamp } from '@purser/rpc'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Billing, startBilling } from './billing-harness.ts'
import type { Shop } from './shop.ts'
import { unitPrice } from './usage-fixture.ts'

const { ANNIVERSARY } = BillingAlignment

/** The present is in August 2026: the last whole month is July, and the first of twelve is August 2025. */
let billing: Billing
beforeAll(async () => {
  billing = await startBilling()
})
afterAll(() => billing.close())

async function openShop(timeZone = 'UTC'): Promise<Shop> {
  const shop = await billing.openShop({ timeZone })
  await shop.createPlan('unit', [unitPrice])
  return shop
}

/** The months that wait: `month subscriptions/periods/failed`. */
async function months({ tenant, as }: Shop, fromPeriod = ''): Promise<string[]> {
  const request = { tenant, fromPeriod }
  const answer = await billing.client.billing.summarizeUnbilledPeriods(request, as)
  return answer.months.map(
    ({ period, subscriptionCount, periodCount, failedCount }) =>
      `${period} ${subscriptionCount}/${periodCount}/${failedCount}`,
  )
}

/** Every period that waits, in pages. */
async function periods(
  { tenant, as }: Shop,
  asked: { period?: string; fromPeriod?: string; pageSize?: number } = {},
): Promise<UnbilledPeriod[]> {
  const found: UnbilledPeriod[] = []
  let pageToken = ''
  do {
    const request = { tenant, pageToken, ...asked }
    const page = await billing.client.billing.listUnbilledPeriods(request, as)
    expect(page.unbilledPeriods.length).toBeLessThanOrEqual(asked.pageSize ?? 50)
    found.push(...page.unbilledPeriods)
    pageToken = page.nextPageToken
  } while (pageToken !== '')
  return found
}

/** A period in short: its month, account, begin and end. */
function inShort({ period, accountId, periodStart, periodEnd }: UnbilledPeriod): string {
  const [start, end] = [periodStart, periodEnd].map((time) => time && fromProtoTimestamp(time))
  return `${period} ${accountId} ${start} ${end}`
}

describe('what waits', () => {
  test('is what was recorded for a month after its run, until that month is run again', async () => {
    const shop = await openShop()
    await shop.subscribe('a-1', 'unit', '2026-05-01T00:00:00Z')
    for (const month of ['2026-05', '2026-06', '2026-07']) await shop.run(month)
    expect(await months(shop)).toEqual([])
    const added = await shop.subscribe('a-2', 'unit', '2026-06-10T00:00:00Z')
    expect(await months(shop)).toEqual(['2026-06 1/1/0', '2026-07 1/1/0'])
    const [june] = await periods(shop, { period: '2026-06' })
    expect(june).toMatchObject({
      period: '2026-06',
      subscriptionId: added,
      accountId: 'a-2',
      planKey: 'unit',
      planVersion: 1,
      failureCode: '',
      failureMessage: '',
    })
    expect(await shop.run('2026-06')).toMatchObject({ itemCount: 1n, invoiceCount: 1n })
    expect((await periods(shop)).map(inShort)).toEqual([
      '2026-07 a-2 2026-07-01T00:00:00Z 2026-08-01T00:00:00Z',
    ])
    await shop.run('2026-07')
    expect(await periods(shop)).toEqual([])
    expect(await months(shop)).toEqual([])
  })

  test('goes by the month in which a period ends, in the zone of the tenant', async () => {
    const shop = await openShop('America/New_York')
    const anniversary = { alignment: ANNIVERSARY }
    await shop.subscribe('a-1', 'unit', '2026-06-01T04:00:00Z')
    await shop.subscribe('a-2', 'unit', '2026-06-30T12:00:00Z', anniversary)
    expect((await periods(shop)).map(inShort)).toEqual([
      '2026-06 a-1 2026-06-01T04:00:00Z 2026-07-01T04:00:00Z',
      '2026-07 a-1 2026-07-01T04:00:00Z 2026-08-01T04:00:00Z',
      '2026-07 a-2 2026-06-30T12:00:00Z 2026-07-30T12:00:00Z',
    ])
    for (const { period } of await periods(shop)) await shop.run(period)
    expect(await months(shop)).toEqual([])
  })

  test('counts a subscription once, with both periods of a month in which it was canceled', async () => {
    const shop = await openShop()
    const anniversary = { alignment: ANNIVERSARY }
    const id = await shop.subscribe('a-1', 'unit', '2026-06-10T00:00:00Z', anniversary)
    const { now } = billing.present
    billing.present.now = Temporal.Instant.from('2026-07-12T00:00:00Z')
    await shop.cancel(id, '2026-07-20T00:00:00Z')
    billing.present.now = now
    expect(await months(shop)).toEqual(['2026-07 1/2/0'])
    expect(await shop.run('2026-07')).toMatchObject({ itemCount: 2n })
    expect(await months(shop)).toEqual([])
  })

  test('tells what a run could not bill, and why', async () => {
    const shop = await openShop()
    await shop.subscribeAll(['a-1', 'a-2'], 'unit', '2026-07-01T00:00:00Z')
    const text = { period: '2026-07', planKey: 'unit' }
    await billing.adminQuery(
      `update subscription.plan_version
       set terms = jsonb_set(terms, '{prices,0,per_unit,unit_amount}', '"-1"')
       where tenant_id = $1`,
      [shop.tenant],
    )
    await shop.run('2026-07')
    expect(await months(shop)).toEqual(['2026-07 2/2/2'])
    const failed = { ...text, failureCode: 'plan.invalid_price' }
    expect(await periods(shop)).toMatchObject([failed, failed])
    expect((await periods(shop))[0]?.failureMessage).not.toBe('')
  })

  test('is nothing of another tenant', async () => {
    const shop = await openShop()
    await shop.subscribe('a-1', 'unit', '2026-07-01T00:00:00Z')
    const other = await openShop()
    expect(await months(other)).toEqual([])
    expect(await periods(other)).toEqual([])
    const { tenant } = shop
    const asOther = billing.client.billing.listUnbilledPeriods({ tenant }, other.as)
    await expect(asOther).rejects.toMatchObject({ code: 'resource.not_found' })
  })
})

describe('how far back', () => {
  test('twelve months, or from the month that is named', async () => {
    const shop = await openShop()
    await shop.subscribe('a-1', 'unit', '2019-01-01T00:00:00Z')
    const { tenant, as } = shop
    const year = await billing.client.billing.summarizeUnbilledPeriods({ tenant }, as)
    expect(year).toMatchObject({ fromPeriod: '2025-08', untilPeriod: '2026-07' })
    expect(year.months.map(({ period }) => period)).toHaveLength(12)
    expect(await months(shop, '2026-06')).toEqual(['2026-06 1/1/0', '2026-07 1/1/0'])
    expect(await months(shop, '2016-08')).toHaveLength(91)
    expect(await periods(shop, { period: '2019-01' })).toHaveLength(1)
    expect(await periods(shop, { fromPeriod: '2019-01', pageSize: 20 })).toHaveLength(91)
  })

  test('not more than ten years, not a month that is not over, not two questions at once', async () => {
    const shop = await openShop()
    const invalid = { code: 'request.invalid', fields: [{ field: 'from_period' }] }
    await expect(months(shop, '2016-07')).rejects.toMatchObject(invalid)
    await expect(months(shop, '2026-13')).rejects.toMatchObject({ code: 'request.invalid' })
    const both = periods(shop, { period: '2026-07', fromPeriod: '2026-06' })
    await expect(both).rejects.toMatchObject(invalid)
    const notEnded = { code: 'billing.period_not_ended' }
    await expect(months(shop, '2026-08')).rejects.toMatchObject(notEnded)
    await expect(periods(shop, { period: '2026-08' })).rejects.toMatchObject(notEnded)
  })

  test('a page token that this list did not answer is refused', async () => {
    const { tenant, as } = await openShop()
    const tokenOf = (position: unknown) =>
      Buffer.from(JSON.stringify(position)).toString('base64url')
    const written = [
      ['', 'sub'],
      ['', 'sub', 'yesterday'],
      ['x', 'sub', '2026-01-01T00:00:00Z'],
    ]
    for (const pageToken of ['x', ...written.map(tokenOf)]) {
      const page = billing.client.billing.listUnbilledPeriods({ tenant, pageToken }, as)
      await expect(page, pageToken).rejects.toMatchObject({ code: 'request.invalid' })
    }
  })
})

test('whatever was run and in whatever pages, the list is what the runs of its months then bill', async () => {
  const starts = [
    '2026-04-01',
    '2026-04-17',
    '2026-05-03',
    '2026-06-30',
    '2026-07-31',
    '2026-08-02',
  ]
  const subscriptions = fc.array(fc.tuple(fc.constantFrom(...starts), fc.boolean()), {
    minLength: 1,
    maxLength: 7,
  })
  const ended = ['2026-04', '2026-05', '2026-06', '2026-07']
  await fc.assert(
    fc.asyncProperty(
      subscriptions,
      subscriptions,
      fc.subarray(ended),
      fc.integer({ min: 1, max: 6 }),
      async (early, late, run, pageSize) => {
        const shop = await openShop()
        const add = async (name: string, wanted: readonly [string, boolean][]) => {
          for (const [index, [start, isAligned]] of wanted.entries()) {
            const fields = isAligned ? {} : { alignment: ANNIVERSARY }
            await shop.subscribe(`${name}-${index}`, 'unit', `${start}T00:00:00Z`, fields)
          }
        }
        await add('early', early)
        for (const month of run) await shop.run(month)
        await add('late', late)
        const waiting = await periods(shop, { pageSize })
        const keys = waiting.map((one) => `${one.subscriptionId} ${inShort(one)}`)
        expect(keys).toEqual(keys.toSorted((a, b) => (sortKey(a) < sortKey(b) ? -1 : 1)))
        const counts = Map.groupBy(waiting, ({ period }) => period)
        const expected = [...counts].map(([month, list]) => {
          const own = new Set(list.map(({ subscriptionId }) => subscriptionId))
          return `${month} ${own.size}/${list.length}/0`
        })
        expect(await months(shop)).toEqual(expected.toSorted())
        for (const month of ended) {
          const listed = await periods(shop, { period: month, pageSize })
          expect(listed.map(inShort)).toEqual((counts.get(month) ?? []).map(inShort))
          expect((await shop.run(month)).itemCount, month).toBe(BigInt(listed.length))
        }
        expect(await periods(shop)).toEqual([])
      },
    ),
    { numRuns: 6 },
  )
}, 120_000)

/** Subscription and begin, by which the list goes. */
function sortKey(text: string): string {
  const [subscriptionId, , , start] = text.split(' ')
  return `${subscriptionId} ${start}`
}
