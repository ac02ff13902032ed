import { OrderState } from '@purser/contracts/order/v1/sales_order'
import { ShipmentState } from '@purser/contracts/shipping/v1/shipment'
import { systemClock } from '@purser/kernel'
import type { CheckoutPoint } from '@purser/order'
import { waitFor } from '@purser/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { expectBooksToBalance } from './books.ts'
import { type CheckoutBed, startCheckoutBed } from './checkout-bed.ts'
import { exchangeOf, settledOrder, shippedOrder } from './delivered.ts'
import { addProduct, asTest, openShop } from './shop.ts'
import { withoutCommit } from './without-commit.ts'

/** Short, so that exchanges of processes that died are taken over soon. */
const LEASE_MS = 1_500
const AT_ONCE = 4
const shipped = { shipment: ShipmentState.SHIPPED, order: OrderState.SHIPPED }

let bed: CheckoutBed
let survivor: ReturnType<CheckoutBed['orderProcess']>
let relay: Awaited<ReturnType<CheckoutBed['startRelay']>>
beforeAll(async () => {
  bed = await startCheckoutBed({ clock: systemClock })
  await openShop(bed)
  survivor = bed.orderProcess({ leaseMs: LEASE_MS, sweepPauseMs: 200 })
  await survivor.start()
  relay = await bed.startRelay()
}, 120_000)
afterAll(async () => {
  await relay.stop()
  await survivor.stop()
  await bed.close()
})

/** What a process does until it dies: exchanges that are made, or refused and undone. */
type Flow = { name: string; cents: bigint; token: string; isSoldOut?: boolean }

const flows: Flow[] = [
  { name: 'a dearer one', cents: 500n, token: 'tok_success' },
  { name: 'a cheaper one', cents: -400n, token: '' },
  { name: 'declined', cents: 500n, token: 'tok_declined' },
  { name: 'sold out after the charge', cents: 500n, token: 'tok_success', isSoldOut: true },
]

class Crash extends Error {}

test.each(flows)(
  '$name: a process may die at any point of an exchange',
  async ({ cents, token, isSoldOut = false }) => {
    const variantId = await addProduct(bed, { onHand: 1_000n })
    const other = await addProduct(bed, { onHand: 1_000n, priceCents: 1_000n + cents })
    const orders: string[] = []
    const exchangeIn = async (reach: (point: CheckoutPoint) => Promise<void>) => {
      const orderId = await shippedOrder(bed, variantId, 1n, shipped)
      orders.push(orderId)
      const clients = isSoldOut ? withoutCommit(bed.orderClients) : bed.orderClients
      const process = bed.orderProcess({ leaseMs: LEASE_MS, reach, clients })
      const back: [string, bigint] = [variantId, 1n]
      const wanted = exchangeOf({ orderId, back, replacement: [other, 1n], cents, token })
      await process.order.exchangeOrder(wanted, asTest).catch((error: unknown) => error)
    }
    const points = new Set<CheckoutPoint>()
    await exchangeIn(async (point) => void points.add(point))
    expect(points).toContain('do:hold_order:written')
    const work = [...points]
    const worker = async () => {
      for (let point = work.shift(); point !== undefined; point = work.shift()) {
        let isDead = false
        await exchangeIn(async (reached) => {
          isDead ||= reached === point
          if (isDead) throw new Crash(reached)
        })
        expect(isDead, `${point} was reached`).toBe(true)
      }
    }
    await Promise.all(Array.from({ length: AT_ONCE }, worker))
    const alive = `select count(*) from "order".checkout where due_at is not null`
    await waitFor(async () => (await bed.count(alive)) === 0, { timeoutMs: 60_000 })
    for (const orderId of orders) {
      const { exchanges, state } = await settledOrder(bed, orderId)
      // A process that died made it all the same, or nothing of it.
      expect(exchanges.length === 1).toBe(state === OrderState.RETURNED)
    }
    await expectBooksToBalance(bed)
  },
  240_000,
)
