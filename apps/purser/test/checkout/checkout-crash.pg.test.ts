import { systemClock } from '@purser/kernel'
import type { CheckoutPoint, OrderClients } from '@purser/order'
import { waitFor } from '@purser/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { expectBooksToBalance, expectToldOnce } from './books.ts'
import { type CheckoutBed, startCheckoutBed } from './checkout-bed.ts'
import { addProduct, fillCart, openShop, purchaseOf } from './shop.ts'
import { withoutCommit } from './without-commit.ts'

/** Short, so that checkouts of processes that died are taken over soon. */
const LEASE_MS = 1_500
const HITS = [1, 2, 3]
const AT_ONCE = 6

let bed: CheckoutBed
let survivor: ReturnType<CheckoutBed['orderProcess']>
beforeAll(async () => {
  bed = await startCheckoutBed({ clock: systemClock, providerTimeoutMs: 300 })
  await openShop(bed)
  survivor = bed.orderProcess({ leaseMs: LEASE_MS, sweepPauseMs: 200 })
  await survivor.start()
}, 120_000)
afterAll(async () => {
  await survivor.stop()
  await bed.close()
})

/** What a process does until it dies: orders that are made, or refused and undone. */
type Flow = { name: string; token: string; clients?: (own: OrderClients) => OrderClients }

const flows: Flow[] = [
  { name: 'bought', token: 'tok_success' },
  { name: 'bought, the provider silent', token: 'tok_timeout_after_charge' },
  { name: 'declined', token: 'tok_declined' },
  { name: 'sold out after the charge', token: 'tok_success', clients: withoutCommit },
]

class Crash extends Error {}

/** Places an order in a process that is told of each point; what it is refused is an answer. */
async function placeIn(
  flow: Flow,
  reach: (point: CheckoutPoint) => Promise<void>,
  variantId: string,
): Promise<void> {
  const clients = flow.clients?.(bed.orderClients)
  const process = bed.orderProcess({ leaseMs: LEASE_MS, reach, ...(clients && { clients }) })
  const purchase = await purchaseOf(bed, await fillCart(bed, [variantId]), flow.token)
  await process.order.placeGuestOrder(purchase).catch((error: unknown) => error)
}

/** Lets a process die at the hit of a point; later calls find it dead. */
async function crashAt(flow: Flow, point: CheckoutPoint, hit: number, variantId: string) {
  let hits = 0
  let isDead = false
  const reach = async (reached: CheckoutPoint) => {
    if (reached === point) hits += 1
    if (hits >= hit) isDead = true
    if (isDead) throw new Crash(point)
  }
  for (let count = 0; count < hit; count++) await placeIn(flow, reach, variantId)
  expect(isDead, `${point} was reached ${hit} times`).toBe(true)
}

test.each(flows)(
  '$name: a process may die at any point, three times over',
  async (flow) => {
    const variantId = await addProduct(bed, { onHand: 100_000n })
    const points = new Set<CheckoutPoint>()
    await placeIn(flow, async (point) => void points.add(point), variantId)
    expect(points.size).toBeGreaterThan(8)
    const work = [...points].flatMap((point) => HITS.map((hit) => ({ point, hit })))
    const worker = async () => {
      for (let next = work.shift(); next !== undefined; next = work.shift()) {
        await crashAt(flow, next.point, next.hit, variantId)
      }
    }
    await Promise.all(Array.from({ length: AT_ONCE }, worker))
    const alive = `select count(*) from "order".checkout where due_at is not null`
    await waitFor(async () => (await bed.count(alive)) === 0, { timeoutMs: 60_000 })
    await expectBooksToBalance(bed)
    await expectToldOnce(bed)
  },
  240_000,
)
