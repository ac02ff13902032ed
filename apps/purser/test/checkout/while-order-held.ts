import { asAdmin } from '@purser/postgres'
import { waitFor } from '@purser/testing'
import type { CheckoutBed } from './checkout-bed.ts'

/**
 * Locks the row of an order, starts the works one after the other, each once those before it wait for the lock, and lets go:
 * they go on in their order, each with what it saw before it waited. Answers how they ended.
 */
export async function whileOrderHeld(
  bed: CheckoutBed,
  orderId: string,
  works: readonly (() => Promise<unknown>)[],
): Promise<PromiseSettledResult<unknown>[]> {
  const under: Promise<unknown>[] = []
  await asAdmin(bed.adminUrl, async (client) => {
    await client.query('begin')
    await client.query('select from "order".sales_order where order_id = $1 for no key update', [
      orderId,
    ])
    for (const work of works) {
      under.push(work())
      await waitFor(async () => (await countWaiting(bed)) >= under.length, { timeoutMs: 60_000 })
    }
    await client.query('rollback')
  })
  return await Promise.allSettled(under)
}

const countWaiting = (bed: CheckoutBed) =>
  bed.count(
    `select count(*) from pg_stat_activity
     where datname = current_database() and wait_event_type = 'Lock' and query like '%sales_order%'`,
  )
