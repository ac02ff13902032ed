import { OrderState } from '@purser/contracts/order/v1/sales_order'
import { ShipmentState } from '@purser/contracts/shipping/v1/shipment'
import { systemClock } from '@purser/kernel'
import { waitFor } from '@purser/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { expectBooksToBalance } from './books.ts'
import { type CheckoutBed, startCheckoutBed } from './checkout-bed.ts'
import { getOrder, settledOrder } from './delivered.ts'
import { addProduct, asTest, buy, fillCart, openShop, refusals, TENANT } from './shop.ts'

const tenant = TENANT
const SETTLING = { timeoutMs: 30_000 }
let bed: CheckoutBed
let process: ReturnType<CheckoutBed['orderProcess']>
let relay: Awaited<ReturnType<CheckoutBed['startRelay']>>
beforeAll(async () => {
  bed = await startCheckoutBed({ clock: systemClock })
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

/** An order of units of one thing, of which there are ten. */
async function placed(quantity = 1n) {
  const variantId = await addProduct(bed, { onHand: 10n })
  const { order } = await buy(bed, await fillCart(bed, [variantId], quantity))
  return { orderId: order?.orderId ?? '', variantId }
}

async function ship(orderId: string, { variantId = '', quantity = 0n, key = '' } = {}) {
  const lines = quantity > 0n ? [{ variantId, quantity }] : []
  const idempotencyKey = key || crypto.randomUUID()
  return (await bed.client.order.shipOrder({ tenant, orderId, idempotencyKey, lines }, asTest))
    .shipmentId
}

const cancel = (orderId: string, shipmentId: string) =>
  bed.client.order.cancelParcel({ tenant, orderId, shipmentId }, asTest)

const stateOf = async (orderId: string) => (await getOrder(bed, orderId)).state

const onHandOf = (variantId: string) =>
  bed.count('select sum(on_hand) as count from catalog.stock_level where variant_id = $1', [
    variantId,
  ])

test('a parcel that was made by mistake is called off once, and the order is as before it', async () => {
  const { orderId, variantId } = await placed(2n)
  const shipmentId = await ship(orderId, { key: 'mistake' })
  const calls = Array.from({ length: 5 }, () => cancel(orderId, shipmentId))
  for (const { state } of await Promise.all(calls)) expect(state).toBe(OrderState.PAID)
  const shipment = await bed.client.shipping.getShipment({ tenant, shipmentId }, asTest)
  expect(shipment.state).toBe(ShipmentState.CANCELED)
  const again = ship(orderId, { key: 'mistake' })
  await expect(again).rejects.toMatchObject({ code: 'order.not_shippable' })
  expect(await stateOf(orderId)).toBe(OrderState.PAID)
  const right = await ship(orderId, { variantId, quantity: 2n })
  expect(right).not.toBe(shipmentId)
  expect(await stateOf(orderId)).toBe(OrderState.FULFILLING)
  expect((await cancel(orderId, shipmentId)).state).toBe(OrderState.FULFILLING)
  await cancel(orderId, right)
  await bed.client.order.cancelOrder({ tenant, orderId }, asTest)
  await settledOrder(bed, orderId)
  expect(await onHandOf(variantId)).toBe(10)
  await expectBooksToBalance(bed)
})

test('what was in it is sent with all that did not leave; other parcels keep the order', async () => {
  const { orderId, variantId } = await placed(3n)
  const first = await ship(orderId, { variantId, quantity: 1n })
  const second = await ship(orderId, { variantId, quantity: 1n })
  expect((await cancel(orderId, second)).state).toBe(OrderState.FULFILLING)
  const rest = await ship(orderId)
  const { lines } = await bed.client.shipping.getShipment({ tenant, shipmentId: rest }, asTest)
  expect(lines.map(({ quantity }) => quantity)).toEqual([2n])
  for (const shipmentId of [first, rest]) {
    const state = ShipmentState.DELIVERED
    await bed.client.shipping.moveShipment({ tenant, shipmentId, state }, asTest)
  }
  await waitFor(async () => (await stateOf(orderId)) === OrderState.DELIVERED, SETTLING)
  await expectBooksToBalance(bed)
})

test('one that the carrier has stays, and so does one of another order', async () => {
  const { orderId } = await placed()
  const shipmentId = await ship(orderId)
  const state = ShipmentState.SHIPPED
  const other = await placed()
  await expect(cancel(other.orderId, shipmentId)).rejects.toMatchObject({
    code: 'resource.not_found',
  })
  await bed.client.shipping.moveShipment({ tenant, shipmentId, state }, asTest)
  await expect(cancel(orderId, shipmentId)).rejects.toMatchObject({
    code: 'shipping.not_cancelable',
  })
  await waitFor(async () => (await stateOf(orderId)) === OrderState.SHIPPED, SETTLING)
})

test('a call that dies after the carrier was told goes on when it is repeated', async () => {
  const { orderId } = await placed()
  const shipmentId = await ship(orderId)
  const after = () => {
    throw new Error('died before it was written')
  }
  const dead = bed.interfere({ method: 'cancelShipment', after }, () => cancel(orderId, shipmentId))
  await expect(dead).rejects.toThrow()
  expect(await stateOf(orderId)).toBe(OrderState.FULFILLING)
  expect((await cancel(orderId, shipmentId)).state).toBe(OrderState.PAID)
  await ship(orderId)
  await expectBooksToBalance(bed)
})

test('its goods return to the shelf, once, when the money of the order went back meanwhile', async () => {
  const { orderId, variantId } = await placed(3n)
  const shipmentId = await ship(orderId, { variantId, quantity: 2n })
  await bed.client.order.refundOrder({ tenant, orderId }, asTest)
  await waitFor(async () => (await stateOf(orderId)) === OrderState.REFUNDED, SETTLING)
  await settledOrder(bed, orderId)
  expect(await onHandOf(variantId)).toBe(8)
  await Promise.all([cancel(orderId, shipmentId), cancel(orderId, shipmentId)])
  await settledOrder(bed, orderId)
  expect(await onHandOf(variantId)).toBe(10)
  await expectBooksToBalance(bed)
})

test('called off while the money goes back, its goods are counted once', async () => {
  for (let round = 0; round < 4; round++) {
    const { orderId, variantId } = await placed(3n)
    const shipmentId = await ship(orderId, { variantId, quantity: 2n })
    const outcomes = await Promise.allSettled([
      bed.client.order.refundOrder({ tenant, orderId }, asTest),
      cancel(orderId, shipmentId),
    ])
    expect(refusals(outcomes)).toEqual([])
    await waitFor(async () => (await stateOf(orderId)) === OrderState.REFUNDED, SETTLING)
    await settledOrder(bed, orderId)
    expect(await onHandOf(variantId)).toBe(10)
  }
  await expectBooksToBalance(bed)
}, 60_000)
