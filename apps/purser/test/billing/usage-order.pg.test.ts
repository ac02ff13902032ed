import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Billing, startBilling } from './billing-harness.ts'
import { contentOf, type InvoiceContent } from './invoice-content.ts'
import { eventsIn, referenceAmounts } from './reference-bill.ts'
import type { Shop } from './shop.ts'
import { everyPrice, type UsageEvent, usageEvents } from './usage-fixture.ts'

const RUNS = 20
const accountIds = ['a-1', 'a-2', 'a-3']
const JANUARY = { month: '2026-01', start: '2026-01-01T00:00:00Z', end: '2026-02-01T00:00:00Z' }
const FEBRUARY = { month: '2026-02', start: '2026-02-01T00:00:00Z', end: '2026-03-01T00:00:00Z' }

/** Both edges of two months and instants beside them. */
const times = [
  '2025-12-31T23:59:59.999999Z',
  JANUARY.start,
  '2026-01-15T12:00:00Z',
  '2026-01-31T23:59:59.999999Z',
  FEBRUARY.start,
  '2026-02-11T11:11:11.5Z',
  FEBRUARY.end,
]

let billing: Billing
beforeAll(async () => {
  billing = await startBilling()
})
afterAll(() => billing.close())

async function openShop(): Promise<Shop> {
  const shop = await billing.openShop()
  await shop.createPlan('all', everyPrice)
  await shop.subscribeAll(accountIds, 'all', JANUARY.start)
  return shop
}

/** The same events in an order, in batches and with repetitions of its own. */
const deliveries = usageEvents({ accountIds, times, maxLength: 25 }).chain((events) =>
  fc.record({
    events: fc.constant(events),
    calls: fc
      .tuple(
        fc.shuffledSubarray(events, { minLength: events.length }),
        fc.subarray(events),
        fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 5 }),
      )
      .map(([shuffled, repeated, sizes]) => inBatches([...shuffled, ...repeated], sizes)),
  }),
)

function inBatches(events: readonly UsageEvent[], sizes: readonly number[]): UsageEvent[][] {
  const batches: UsageEvent[][] = []
  for (let from = 0; from < events.length; ) {
    const size = sizes[batches.length % sizes.length] ?? 1
    batches.push(events.slice(from, from + size))
    from += size
  }
  return batches
}

function expectSums(invoices: readonly InvoiceContent[]): void {
  for (const { lines, total } of invoices) {
    expect(`${lines.reduce((sum, { amount }) => sum + amount, 0n)} USD`).toBe(total)
  }
}

/** Amounts of an account's period by price, as billed. */
function billedAmounts(invoices: readonly InvoiceContent[], account: string, start: string) {
  const invoice = invoices.find((one) => one.account === account && one.start === start)
  return Object.fromEntries(invoice?.lines.map(({ price, amount }) => [price, amount]) ?? [])
}

describe('the same events', () => {
  test('in any order, any batches and repeated give the same invoices', async () => {
    await fc.assert(
      fc.asyncProperty(deliveries, async ({ events, calls }) => {
        const [plain, other] = [await openShop(), await openShop()]
        await plain.record(events)
        for (const call of calls) await other.record(call)
        for (const { month } of [JANUARY, FEBRUARY]) {
          await Promise.all([plain.run(month), other.run(month)])
        }
        const invoices = await contentOf(plain)
        expect(await contentOf(other)).toEqual(invoices)
        expect(invoices.length).toBe(2 * accountIds.length)
        expectSums(invoices)
        for (const account of accountIds) {
          for (const { start, end } of [JANUARY, FEBRUARY]) {
            expect(billedAmounts(invoices, account, start)).toEqual({
              base: 19_99n,
              ...referenceAmounts(eventsIn(events, account, start, end)),
            })
          }
        }
      }),
      { numRuns: RUNS },
    )
  })

  test('stored once each, count in exactly one period', async () => {
    const shop = await openShop()
    const events = times.map((time, index) => ({
      id: `edge-${index}`,
      source: 'test',
      subject: 'a-1',
      time,
      quantity: '1',
      properties: { user: `user-${index}`, level: '1', seats: '1' },
    }))
    expect(await shop.record(events)).toBe(times.length)
    expect(await shop.record(events)).toBe(0)
    for (const { month } of [JANUARY, FEBRUARY]) await shop.run(month)
    const counts = (await contentOf(shop))
      .filter(({ account }) => account === 'a-1')
      .map(({ lines }) => lines.find(({ price }) => price === 'calls')?.quantity)
    expect(counts).toEqual(['3', '2'])
  })
})
