import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Billing, startBilling } from '../billing/billing-harness.ts'
import type { Shop } from '../billing/shop.ts'
import { everyPrice, usageEvent } from '../billing/usage-fixture.ts'
import { checkBetween, checkEvents, checkInvoices } from './check-round.ts'
import { accountIdOf, januaryBatches } from './crash-load.ts'
import { StoredRound } from './stored-round.ts'

/** The checks of the crash suite see what they are there to see. */

const size = { accounts: 3, januaryEvents: 40, laterEvents: 0 }
const events = januaryBatches(7, size).flat()

let billing: Billing
let shop: Shop
let stored: StoredRound
beforeAll(async () => {
  billing = await startBilling()
  shop = await billing.openShop()
  stored = new StoredRound(billing.postgresUrl, shop.tenant)
  await shop.createPlan('all', everyPrice)
  await shop.subscribeAll([0, 1, 2].map(accountIdOf), 'all', '2026-01-01T00:00:00Z')
  await shop.record(events)
  await shop.run('2026-01')
})
afterAll(() => billing.close())

/** Runs a check while one stored event is changed, and puts it back. */
async function whileEvent(change: string, back: string, check: () => Promise<void>) {
  const [first] = events
  const update = (set: string) =>
    billing.adminQuery(
      `update metering.usage_event set ${set} where source = $1 and event_id = $2`,
      [first?.source, first?.id],
    )
  await update(change)
  try {
    await check()
  } finally {
    await update(back)
  }
}

test('a sound round passes', async () => {
  await expect(checkEvents(stored, events, events)).resolves.toBeUndefined()
  await expect(checkBetween(stored)).resolves.toBeUndefined()
  await expect(checkInvoices(stored, size.accounts, ['2026-01'])).resolves.toBeUndefined()
})

describe('told are', () => {
  test('an event that was acknowledged and is not stored', async () => {
    const lost = usageEvent({ id: 'lost' })
    const check = checkEvents(stored, [...events, lost], [...events, lost])
    await expect(check).rejects.toThrow('acknowledged but not stored: test/lost')
  })

  test('an event that nobody sent', async () => {
    await expect(checkEvents(stored, events.slice(1), [])).rejects.toThrow()
  })

  test('an event that is stored otherwise than it was sent', async () => {
    await whileEvent(`subject = 'other'`, `subject = '${events[0]?.subject}'`, async () => {
      await expect(checkEvents(stored, events, events)).rejects.toThrow()
    })
  })

  test('invoices that the stored events do not come to', async () => {
    await whileEvent('quantity = quantity + 100', 'quantity = quantity - 100', async () => {
      await expect(checkInvoices(stored, size.accounts, ['2026-01'])).rejects.toThrow()
    })
  })

  test('a subscription without an invoice', async () => {
    await expect(checkInvoices(stored, size.accounts + 1, ['2026-01'])).rejects.toThrow(
      'one invoice a subscription and period',
    )
  })

  test('a ledger that disagrees with the invoices', async () => {
    const change = (by: string) =>
      billing.adminQuery(
        `update billing.billing_item set amount_minor = amount_minor ${by} where tenant_id = $1`,
        [shop.tenant],
      )
    await change('+ 1')
    await expect(checkInvoices(stored, size.accounts, ['2026-01'])).rejects.toThrow('the ledger')
    await change('- 1')
  })
})
