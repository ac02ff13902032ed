import { type Order, OrderRefundState, OrderState } from '@purser/contracts/order/v1/sales_order'
import { ShipmentState } from '@purser/contracts/shipping/v1/shipment'
import { isPurserError, systemClock } from '@purser/kernel'
import { waitFor } from '@purser/testing'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { expectBooksToBalance } from './books.ts'
import { type CheckoutBed, startCheckoutBed } from './checkout-bed.ts'
import { addProduct, asTest, buy, fillCart, openShop, TENANT } from './shop.ts'

const tenant = TENANT
/** A refund that is in doubt is asked about later. */
const SETTLING = { timeoutMs: 30_000 }
const UNITS = 3n
const ON_HAND = 10n

let bed: CheckoutBed
let process: ReturnType<CheckoutBed['orderProcess']>
let relay: Awaited<ReturnType<CheckoutBed['startRelay']>>
beforeAll(async () => {
  bed = await startCheckoutBed({ clock: systemClock, providerTimeoutMs: 10_000 })
  await openShop(bed)
  process = bed.orderProcess({ sweepPauseMs: 500 })
  await process.start()
  relay = await bed.startRelay()
}, 120_000)
afterAll(async () => {
  await relay.stop()
  await process.stop()
  await bed.close()
})

type Command =
  | { kind: 'cancel' | 'complete' | 'edit' }
  | { kind: 'refund'; cents: bigint }
  | { kind: 'return'; units: bigint; keepMoney: boolean }
  | { kind: 'ship'; units: bigint; arrives: boolean }

const units = fc.bigInt(1n, UNITS)
const command: fc.Arbitrary<Command> = fc.oneof(
  fc.record({ kind: fc.constantFrom('cancel' as const, 'complete' as const, 'edit' as const) }),
  fc.record({ kind: fc.constant('refund' as const), cents: fc.bigInt(1n, 2_000n) }),
  fc.record({ kind: fc.constant('return' as const), units, keepMoney: fc.boolean() }),
  fc.record({ kind: fc.constant('ship' as const), units, arrives: fc.boolean() }),
)

const getOrder = (orderId: string) => bed.client.order.getOrder({ tenant, orderId }, asTest)

/** Sends a command; what is refused is refused with a code of orders or shipping. */
async function send({ orderId, lines }: Order, wanted: Command): Promise<void> {
  const { order, shipping } = bed.client
  const variantId = lines[0]?.variantId ?? ''
  const target = { tenant, orderId }
  switch (wanted.kind) {
    case 'cancel':
      await order.cancelOrder(target, asTest)
      return
    case 'complete':
      await order.completeOrder(target, asTest)
      return
    case 'edit': {
      const shippingAddress = { country: 'MT', city: 'Sliema' }
      await order.updateOrderAddress({ ...target, recipient: 'Bob', shippingAddress }, asTest)
      return
    }
    case 'refund': {
      const amount = { amountCents: wanted.cents, currency: 'EUR' }
      await order.refundOrder({ ...target, amount }, asTest)
      return
    }
    case 'return': {
      const back = [{ variantId, quantity: wanted.units }]
      const { keepMoney } = wanted
      await order.returnOrder({ ...target, lines: back, keepMoney }, asTest)
      return
    }
    case 'ship': {
      const parcel = [{ variantId, quantity: wanted.units }]
      const idempotencyKey = crypto.randomUUID()
      const { shipmentId } = await order.shipOrder(
        { ...target, idempotencyKey, lines: parcel },
        asTest,
      )
      const state = wanted.arrives ? ShipmentState.DELIVERED : ShipmentState.SHIPPED
      await shipping.moveShipment({ tenant, shipmentId, state }, asTest)
    }
  }
}

const undelivered = 'select count(*) from shipping.outbox'

/** The order once nothing of it is open and what shipping told was heard. */
const settled = (orderId: string) =>
  waitFor(async () => {
    if ((await bed.count(undelivered)) > 0) return undefined
    const order = await getOrder(orderId)
    const isOpen =
      order.refunds.some(({ state }) => state === OrderRefundState.OPEN) ||
      order.returns.some(({ isRestocked }) => !isRestocked)
    return isOpen ? undefined : order
  }, SETTLING)

async function expectSound(order: Order): Promise<void> {
  const given = order.refunds
    .filter(({ state }) => state === OrderRefundState.SUCCEEDED)
    .reduce((sum, { amount }) => sum + (amount?.amountCents ?? 0n), 0n)
  const [paid, refunded] = [order.paid?.amountCents ?? 0n, order.refunded?.amountCents ?? 0n]
  expect(refunded).toBe(given)
  expect(refunded <= paid).toBe(true)
  if (order.state === OrderState.REFUNDED) expect(refunded).toBe(paid)
  const line = order.lines[0]
  const isCanceled = order.state === OrderState.CANCELED
  if (isCanceled) expect(refunded).toBe(paid)
  const gone = isCanceled ? 0n : (line?.quantity ?? 0n) - (line?.returnedQuantity ?? 0n)
  const onHand = await bed.count(
    'select sum(on_hand) as count from catalog.stock_level where variant_id = $1',
    [line?.variantId],
  )
  expect(BigInt(onHand)).toBe(ON_HAND - gone)
  expect(order.transitions.map(({ number }) => number)).toEqual(
    order.transitions.map((_, index) => index + 1),
  )
  expect(order.transitions.at(-1)?.toState).toBe(order.state)
}

test('whatever is done to an order, money and stock add up after each command', async () => {
  const seen = new Set<string>()
  await fc.assert(
    fc.asyncProperty(fc.array(command, { minLength: 3, maxLength: 8 }), async (commands) => {
      const variantId = await addProduct(bed, { onHand: ON_HAND })
      const made = await buy(bed, await fillCart(bed, [variantId], UNITS))
      const orderId = made.order?.orderId ?? ''
      for (const wanted of commands) {
        await send(await getOrder(orderId), wanted).catch((error: unknown) => {
          const code = isPurserError(error) ? error.code : String(error)
          expect(code).toMatch(/^(order|shipping)\./)
          seen.add(code)
        })
        const order = await settled(orderId)
        seen.add(OrderState[order.state])
        await expectSound(order)
      }
      await expectBooksToBalance(bed)
    }),
    { numRuns: 20, seed: 20_260_301 },
  )
  // The commands reach what they are meant to try.
  expect([...seen]).toEqual(
    expect.arrayContaining(['CANCELED', 'FULFILLING', 'SHIPPED', 'order.not_cancelable']),
  )
}, 240_000)
