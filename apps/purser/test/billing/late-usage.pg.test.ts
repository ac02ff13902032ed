import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Billing, startBilling } from './billing-harness.ts'
import { contentOf, type InvoiceContent } from './invoice-content.ts'
import { eventsIn, referenceAmounts } from './reference-bill.ts'
import type { Shop } from './shop.ts'
import { everyPrice, unitPrice, type UsageEvent, usageEvent, usageEvents } from './usage-fixture.ts'

const RUNS = 15
const accountIds = ['a-1', 'a-2']
const MONTHS = ['2026-01', '2026-02', '2026-03', '2026-04'] as const
const startOf = (month: string) => `${month}-01T00:00:00Z`
const endOf = (month: string) =>
  Temporal.PlainYearMonth.from(month).add({ months: 1 }).toString().concat('-01T00:00:00Z')

let billing: Billing
beforeAll(async () => {
  billing = await startBilling()
})
afterAll(() => billing.close())

async function openShop(): Promise<Shop> {
  const shop = await billing.openShop()
  await shop.createPlan('all', everyPrice)
  await shop.subscribeAll(accountIds, 'all', startOf('2026-01'))
  return shop
}

/** Events, each with the number of the run before which it arrives; some arrive again later. */
const arrivals = usageEvents({
  accountIds,
  times: [
    '2026-01-01T00:00:00Z',
    '2026-01-20T08:00:00Z',
    '2026-02-10T00:00:00Z',
    '2026-03-31T00:00:00Z',
  ],
  minLength: 1,
  maxLength: 24,
}).chain((events) =>
  fc.record({
    events: fc.constant(events),
    beforeRun: fc.array(fc.nat(MONTHS.length - 1), {
      minLength: events.length,
      maxLength: events.length,
    }),
    again: fc.subarray(events),
  }),
)

type Billed = { usage: bigint; adjustments: bigint[] }

/** What was billed for an account, month and price: its usage line and the lines that correct it. */
function billedFor(
  invoices: readonly InvoiceContent[],
  account: string,
  month: string,
): Map<string, Billed> {
  const billed = new Map<string, Billed>()
  for (const invoice of invoices.filter((one) => one.account === account)) {
    for (const line of invoice.lines.filter(({ start }) => start === startOf(month))) {
      const charge = billed.get(line.price) ?? { usage: 0n, adjustments: [] }
      if (line.kind === 'USAGE') charge.usage += line.amount
      if (line.kind === 'ADJUSTMENT') charge.adjustments.push(line.amount)
      billed.set(line.price, charge)
    }
  }
  return billed
}

describe('late events', () => {
  test('land in the next invoice, once, and make up the difference to a full re-rating', async () => {
    await fc.assert(
      fc.asyncProperty(arrivals, async ({ events, beforeRun, again }) => {
        const shop = await openShop()
        for (const [index, month] of MONTHS.entries()) {
          await shop.record(events.filter((_, position) => beforeRun[position] === index))
          await shop.run(month)
          const arrived = events.filter((_, position) => (beforeRun[position] ?? 0) <= index)
          const invoices = await contentOf(shop)
          expect(invoices.length).toBe(accountIds.length * (index + 1))
          for (const account of accountIds) {
            for (const billedMonth of MONTHS.slice(0, index + 1)) {
              expectFullyBilled(invoices, arrived, account, billedMonth)
            }
          }
        }
        await expectEveryInvoiceVerifies(shop)
        const invoices = await contentOf(shop)
        await shop.record(again)
        for (const month of MONTHS) expect((await shop.run(month)).invoiceCount).toBe(0n)
        expect(await contentOf(shop)).toEqual(invoices)
      }),
      { numRuns: RUNS },
    )
  }, 90_000)

  test('of a canceled subscription give one invoice of their own', async () => {
    const shop = await billing.openShop()
    await shop.createPlan('unit', [unitPrice])
    const ended = await shop.subscribe('a-1', 'unit', startOf('2026-01'))
    billing.present.now = Temporal.Instant.from('2026-01-20T00:00:00Z')
    await shop.cancel(ended, '2026-01-25T00:00:00Z')
    billing.present.now = Temporal.Instant.from('2026-08-15T12:00:00Z')
    await shop.record([usageEvent({ id: 'in-time', quantity: '3' })])
    await shop.run('2026-01')
    await shop.record([
      usageEvent({ id: 'late', quantity: '4' }),
      usageEvent({ id: 'after-the-end', time: '2026-01-25T00:00:00Z', quantity: '50' }),
    ])
    expect(await shop.run('2026-02')).toMatchObject({ invoiceCount: 1n, adjustmentCount: 1n })
    for (const month of ['2026-01', '2026-02', '2026-03']) {
      expect(await shop.run(month)).toMatchObject({ invoiceCount: 0n, adjustmentCount: 0n })
    }
    const [period, adjustment, ...others] = await contentOf(shop)
    expect(others).toEqual([])
    expect(period).toMatchObject({ kind: 'PERIOD', total: '300 USD' })
    expect(adjustment).toMatchObject({
      kind: 'ADJUSTMENT',
      total: '400 USD',
      lines: [{ quantity: '7', amount: 4_00n, billedBefore: 3_00n, start: startOf('2026-01') }],
    })
    await expectEveryInvoiceVerifies(shop)
  })

  test('are searched for from the last run that settled, canceled subscriptions included', async () => {
    const shop = await billing.openShop()
    await shop.createPlan('unit', [unitPrice])
    const ended = await shop.subscribe('a-1', 'unit', startOf('2026-01'))
    billing.present.now = Temporal.Instant.from('2026-01-20T00:00:00Z')
    await shop.cancel(ended, '2026-01-25T00:00:00Z')
    billing.present.now = Temporal.Instant.from('2026-08-15T12:00:00Z')
    const searches: number[] = []
    const countSearches = async (month: string) => {
      let count = 0
      const before = () => {
        count += 1
      }
      await billing.interfere({ method: 'listLateAccounts', before }, () => shop.run(month))
      searches.push(count)
    }
    await shop.record([usageEvent({ id: 'in-time' })])
    await countSearches('2026-01')
    await shop.record([usageEvent({ id: 'of-another', subject: 'a-2' })])
    for (const month of ['2026-02', '2026-03', '2026-04']) await countSearches(month)
    expect(searches).toEqual([0, 1, 0, 0])
  })
})

function expectFullyBilled(
  invoices: readonly InvoiceContent[],
  arrived: readonly UsageEvent[],
  account: string,
  month: string,
): void {
  const expected = referenceAmounts(eventsIn(arrived, account, startOf(month), endOf(month)))
  const billed = billedFor(invoices, account, month)
  const sums = Object.fromEntries(
    [...billed]
      .filter(([price]) => price !== 'base')
      .map(([price, { usage, adjustments }]) => [
        price,
        adjustments.reduce((a, b) => a + b, usage),
      ]),
  )
  expect(sums, `${account} ${month}`).toEqual(expected)
}

async function expectEveryInvoiceVerifies(shop: Shop): Promise<void> {
  for (const number of await shop.numbers()) {
    expect(await shop.verify(number), number).toMatchObject({ matches: true })
  }
}
