import { ProductStatus } from '@purser/contracts/catalog/v1/product'
import { OrderRefundState, OrderState } from '@purser/contracts/order/v1/sales_order'
import { ShipmentState } from '@purser/contracts/shipping/v1/shipment'
import { systemClock } from '@purser/kernel'
import { waitFor } from '@purser/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { expectBooksToBalance } from './books.ts'
import { type CheckoutBed, startCheckoutBed } from './checkout-bed.ts'
import { exchangeOf, getOrder, settledOrder } from './delivered.ts'
import {
  addProduct,
  address,
  asPerson,
  asTest,
  buy,
  CURRENCY,
  fillCart,
  openShop,
  TENANT,
} from './shop.ts'

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

const operator = asPerson('usr_operator')
const eur = (amountCents: bigint) => ({ amountCents, currency: CURRENCY })

/** An order of units of one thing at 10.00 each and 5.00 for delivery. */
async function placed({ quantity = 1n, token = 'tok_success' } = {}) {
  const variantId = await addProduct(bed, { onHand: 10n })
  const { order } = await buy(bed, await fillCart(bed, [variantId], quantity), token)
  return { orderId: order?.orderId ?? '', paymentId: order?.paymentId ?? '', variantId }
}

/** Asks for a parcel of units of a variant, or of all that did not leave; answers its shipment. */
async function ship(orderId: string, ...units: [variantId: string, quantity: bigint][]) {
  const lines = units.map(([variantId, quantity]) => ({ variantId, quantity }))
  const parcel = { tenant, orderId, idempotencyKey: crypto.randomUUID(), lines }
  return (await bed.client.order.shipOrder(parcel, asTest)).shipmentId
}

const move = (shipmentId: string, state: ShipmentState) =>
  bed.client.shipping.moveShipment({ tenant, shipmentId, state }, asTest)

const reaches = (orderId: string, state: OrderState) =>
  waitFor(async () => (await getOrder(bed, orderId)).state === state, SETTLING)

const onHandOf = (variantId: string) =>
  bed.count('select sum(on_hand) as count from catalog.stock_level where variant_id = $1', [
    variantId,
  ])

async function unitsIn(shipmentId: string): Promise<bigint[]> {
  const shipment = await bed.client.shipping.getShipment({ tenant, shipmentId }, asTest)
  return shipment.lines.map(({ quantity }) => quantity)
}

const isListed = async (orderId: string, filter: object) => {
  const { orders } = await bed.client.order.listOrders({ tenant, ...filter }, asTest)
  return orders.some((order) => order.orderId === orderId)
}

describe('money of an order', () => {
  test('is given back at the order alone, so that the order knows', async () => {
    const { orderId, paymentId } = await placed({ quantity: 2n })
    const part = { tenant, paymentId, idempotencyKey: `by hand ${orderId}`.replaceAll(' ', '-') }
    const byHand = bed.client.payment.refundPayment({ ...part, amount: eur(1_000n) }, operator)
    await expect(byHand).rejects.toMatchObject({
      code: 'payment.belongs_to_order',
      message: expect.stringContaining(`orders/${orderId}/refunds`),
      details: { order_id: orderId },
    })
    await bed.client.order.refundOrder({ tenant, orderId, amount: eur(1_000n) }, operator)
    await bed.client.order.cancelOrder({ tenant, orderId }, operator)
    expect(await settledOrder(bed, orderId)).toMatchObject({ refunded: eur(2_500n) })
    await expectBooksToBalance(bed)
  })

  test('that could not be given back is shown to operators until it is', async () => {
    const { orderId, paymentId } = await placed({ token: 'tok_refund_fails' })
    const refund = (cents: bigint) =>
      bed.client.order.refundOrder({ tenant, orderId, amount: eur(cents) }, asTest)
    await refund(500n)
    expect((await settledOrder(bed, orderId)).refunds).toMatchObject([
      { state: OrderRefundState.FAILED, failureCode: 'refund_refused' },
    ])
    const failed = () => isListed(orderId, { hasFailedRefund: true })
    expect(await failed()).toBe(true)
    const works = `update payment.sandbox_charge set token = 'tok_success'
      where idempotency_key = $1 || '/1' returning token`
    expect(await bed.adminQuery(works, [paymentId])).toHaveLength(1)
    await refund(300n)
    await settledOrder(bed, orderId)
    expect(await failed()).toBe(true)
    await refund(200n)
    await settledOrder(bed, orderId)
    expect(await failed()).toBe(false)
    const both = { tenant, hasFailedRefund: true, hasFailedParcel: true }
    await expect(bed.client.order.listOrders(both, asTest)).rejects.toMatchObject({
      code: 'request.invalid',
    })
  })

  test('goes back whole before anything was sent: so do its goods', async () => {
    const { orderId, variantId } = await placed({ quantity: 2n })
    await bed.client.order.refundOrder({ tenant, orderId }, asTest)
    await reaches(orderId, OrderState.REFUNDED)
    expect(await settledOrder(bed, orderId)).toMatchObject({
      returns: [{ isRestocked: true, lines: [{ variantId, quantity: 2n }] }],
    })
    expect(await onHandOf(variantId)).toBe(10)
    await expectBooksToBalance(bed)
  })

  test('goes back whole with a part on its way: what is in no parcel is on the shelf again', async () => {
    const { orderId, variantId } = await placed({ quantity: 4n })
    await move(await ship(orderId, [variantId, 1n]), ShipmentState.FAILED)
    await move(await ship(orderId, [variantId, 1n]), ShipmentState.SHIPPED)
    await ship(orderId, [variantId, 1n])
    await bed.client.order.refundOrder({ tenant, orderId }, asTest)
    await reaches(orderId, OrderState.REFUNDED)
    await settledOrder(bed, orderId)
    expect(await onHandOf(variantId)).toBe(8)
    const lines = [{ variantId, quantity: 2n }]
    await bed.client.order.returnOrder({ tenant, orderId, lines }, asTest)
    await settledOrder(bed, orderId)
    expect(await onHandOf(variantId)).toBe(10)
    await expectBooksToBalance(bed)
  })
})

describe('a parcel that is refused', () => {
  test('leaves an order as it was: it can be called off', async () => {
    const { orderId, variantId } = await placed()
    const other = await addProduct(bed, { onHand: 1n })
    const refused: [[string, bigint][], string][] = [
      [[[variantId, 2n]], 'shipping.exceeds_ordered'],
      [[[other, 1n]], 'order.not_shippable'],
      [
        [
          [variantId, 1n],
          [variantId, 1n],
        ],
        'order.not_shippable',
      ],
    ]
    for (const [units, code] of refused) {
      await expect(ship(orderId, ...units)).rejects.toMatchObject({ code })
      expect((await getOrder(bed, orderId)).state).toBe(OrderState.PAID)
    }
    const shippingAddress = { ...address, city: 'Sliema' }
    const edited = { tenant, orderId, recipient: 'Bob', shippingAddress }
    await bed.client.order.updateOrderAddress(edited, asTest)
    await bed.client.order.cancelOrder({ tenant, orderId }, asTest)
    await settledOrder(bed, orderId)
    await expectBooksToBalance(bed)
  })

  test('beside another one leaves the order to that', async () => {
    const { orderId, variantId } = await placed()
    const outcomes = await Promise.allSettled([
      ship(orderId, [variantId, 1n]),
      ship(orderId, [variantId, 1n]),
      ship(orderId, [variantId, 2n]),
    ])
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    await expect(ship(orderId, [variantId, 1n])).rejects.toMatchObject({
      code: 'shipping.exceeds_ordered',
    })
    expect((await getOrder(bed, orderId)).state).toBe(OrderState.FULFILLING)
    const canceled = bed.client.order.cancelOrder({ tenant, orderId }, asTest)
    await expect(canceled).rejects.toMatchObject({ code: 'order.not_cancelable' })
  })
})

describe('all that did not leave', () => {
  test('is sent right after a first parcel, and what failed of that again', async () => {
    const { orderId, variantId } = await placed({ quantity: 3n })
    const first = await ship(orderId, [variantId, 1n])
    const key = { tenant, orderId, idempotencyKey: 'rest' }
    const { shipmentId: rest } = await bed.client.order.shipOrder(key, asTest)
    expect(await unitsIn(rest)).toEqual([2n])
    expect((await bed.client.order.shipOrder(key, asTest)).shipmentId).toBe(rest)
    await expect(ship(orderId)).rejects.toMatchObject({ code: 'order.not_shippable' })
    await move(first, ShipmentState.FAILED)
    const again = await ship(orderId)
    expect(await unitsIn(again)).toEqual([1n])
    // Whoever asks with the key of a parcel is answered that parcel, whatever is left by now.
    expect((await bed.client.order.shipOrder(key, asTest)).shipmentId).toBe(rest)
    for (const shipmentId of [again, rest]) await move(shipmentId, ShipmentState.DELIVERED)
    await reaches(orderId, OrderState.DELIVERED)
    await expectBooksToBalance(bed)
  })
})

/** Something that is never sent, and what it takes to sell it: a card of the shop, by mail. */
async function addCard(): Promise<string> {
  const sku = `card-${crypto.randomUUID()}`
  const prices = [{ amount: eur(2_000n) }]
  const product = await bed.client.catalog.createProduct(
    {
      tenant,
      input: {
        slug: sku,
        title: 'Card',
        status: ProductStatus.PUBLISHED,
        variants: [{ sku, prices, requiresShipping: false }],
      },
    },
    asTest,
  )
  const variantId = product.variants[0]?.variantId ?? ''
  await bed.client.catalog.setStock({ tenant, variantId, locationId: 'main', onHand: 10n }, asTest)
  return variantId
}

describe('what is never sent', () => {
  test('ends an order of nothing else as soon as it is paid', async () => {
    const cart = await fillCart(bed, [await addCard()])
    const { order } = await bed.client.order.placeGuestOrder({
      tenant,
      ...cart,
      purchase: {
        expectedTotal: eur(2_000n),
        email: 'ann@example.com',
        recipient: 'Ann Other',
        shippingAddress: address,
        method: { case: 'paymentMethodToken' as const, value: 'tok_success' },
      },
    })
    const orderId = order?.orderId ?? ''
    await expect(ship(orderId)).rejects.toMatchObject({ code: 'order.not_shippable' })
    expect((await getOrder(bed, orderId)).state).toBe(OrderState.PAID)
    const completed = await bed.client.order.completeOrder({ tenant, orderId }, asTest)
    expect(completed.state).toBe(OrderState.COMPLETED)
    await expectBooksToBalance(bed)
  })

  test('keeps nothing else waiting', async () => {
    const [card, thing] = [await addCard(), await addProduct(bed, { onHand: 10n })]
    const { order } = await buy(bed, await fillCart(bed, [card, thing]))
    const orderId = order?.orderId ?? ''
    const early = bed.client.order.completeOrder({ tenant, orderId }, asTest)
    await expect(early).rejects.toMatchObject({ code: 'order.not_shippable' })
    await expect(ship(orderId, [card, 1n])).rejects.toMatchObject({ code: 'order.not_shippable' })
    const shipmentId = await ship(orderId)
    expect(await unitsIn(shipmentId)).toEqual([1n])
    await move(shipmentId, ShipmentState.DELIVERED)
    await reaches(orderId, OrderState.DELIVERED)
  })
})

describe('a parcel that the carrier brings back', () => {
  const brought = { hasFailedParcel: true }

  test('is told to operators, and its goods return to the shelf', async () => {
    const { orderId, variantId } = await placed({ quantity: 2n })
    const shipmentId = await ship(orderId, [variantId, 1n])
    await move(shipmentId, ShipmentState.SHIPPED)
    await move(shipmentId, ShipmentState.RETURNED)
    await waitFor(() => isListed(orderId, brought), SETTLING)
    const { failedParcels } = await getOrder(bed, orderId)
    expect(failedParcels).toMatchObject([{ shipmentId, failureCode: 'returned' }])
    const back = (quantity: bigint) => {
      const lines = [{ variantId, quantity }]
      return bed.client.order.returnOrder({ tenant, orderId, lines }, asTest)
    }
    // The other one has not left.
    await expect(back(2n)).rejects.toMatchObject({ code: 'order.not_returnable' })
    await back(1n)
    expect(await settledOrder(bed, orderId)).toMatchObject({ refunded: eur(1_000n) })
    expect(await onHandOf(variantId)).toBe(9)
    const complete = () => bed.client.order.completeOrder({ tenant, orderId }, asTest)
    await expect(complete()).rejects.toMatchObject({ code: 'order.not_shippable' })
    await move(await ship(orderId), ShipmentState.DELIVERED)
    await reaches(orderId, OrderState.SHIPPED)
    await waitFor(async () => (await complete()).state === OrderState.COMPLETED, SETTLING)
    expect(await isListed(orderId, brought)).toBe(false)
    await expectBooksToBalance(bed)
  })

  test('is sent again as an exchange for the same, which costs nothing', async () => {
    const { orderId, variantId } = await placed()
    const shipmentId = await ship(orderId)
    await move(shipmentId, ShipmentState.RETURNED)
    await waitFor(() => isListed(orderId, brought), SETTLING)
    await reaches(orderId, OrderState.SHIPPED)
    const units: [string, bigint] = [variantId, 1n]
    const wanted = exchangeOf({ orderId, back: units, replacement: units, cents: 0n })
    const { order } = await bed.client.order.exchangeOrder(wanted, asTest)
    await ship(order?.orderId ?? '')
    await reaches(orderId, OrderState.RETURNED)
    expect(await isListed(orderId, brought)).toBe(false)
    await settledOrder(bed, orderId)
    await expectBooksToBalance(bed)
  })
})
