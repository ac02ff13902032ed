import { OrderRefundState, OrderState } from '@purser/contracts/order/v1/sales_order'
import { ShipmentState } from '@purser/contracts/shipping/v1/shipment'
import { systemClock } from '@purser/kernel'
import { waitFor } from '@purser/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { expectBooksToBalance } from './books.ts'
import { type CheckoutBed, startCheckoutBed } from './checkout-bed.ts'
import { addProduct, address, asTest, buy, fillCart, openShop, refusals, TENANT } from './shop.ts'
import { whileOrderHeld } from './while-order-held.ts'

const tenant = TENANT
/** A refund that is in doubt is asked about later. */
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

/** An order of units of one thing at 10.00 each and 5.00 for delivery. */
async function placed({ quantity = 1n, token = 'tok_success', onHand = 10n } = {}) {
  const variantId = await addProduct(bed, { onHand })
  const { order } = await buy(bed, await fillCart(bed, [variantId], quantity), token)
  return { orderId: order?.orderId ?? '', number: order?.number ?? 0n, variantId }
}

const getOrder = (orderId: string) => bed.client.order.getOrder({ tenant, orderId }, asTest)

/** Waits until nothing of an order is open. */
const settled = (orderId: string) =>
  waitFor(async () => {
    const order = await getOrder(orderId)
    const isOpen =
      order.refunds.some(({ state }) => state === OrderRefundState.OPEN) ||
      order.returns.some(({ isRestocked }) => !isRestocked)
    return isOpen ? undefined : order
  }, SETTLING)

const onHandOf = (variantId: string) =>
  bed.count('select sum(on_hand) as count from catalog.stock_level where variant_id = $1', [
    variantId,
  ])

async function ship(orderId: string, to: ShipmentState, quantity?: bigint) {
  const { variantId = '' } = (await getOrder(orderId)).lines[0] ?? {}
  const lines = quantity ? [{ variantId, quantity }] : []
  const idempotencyKey = `parcel-${crypto.randomUUID()}`
  const request = { tenant, orderId, idempotencyKey, lines }
  const { shipmentId } = await bed.client.order.shipOrder(request, asTest)
  await bed.client.shipping.moveShipment({ tenant, shipmentId, state: to }, asTest)
}

const reaches = (orderId: string, state: OrderState) =>
  waitFor(async () => (await getOrder(orderId)).state === state)

describe('an order that is called off', () => {
  test('gives back money and goods, once, however often it is called off', async () => {
    const { orderId, variantId } = await placed({ quantity: 2n })
    expect(await onHandOf(variantId)).toBe(8)
    const cancel = () => bed.client.order.cancelOrder({ tenant, orderId, reason: 'no' }, asTest)
    const answers = await Promise.all(Array.from({ length: 5 }, cancel))
    expect(new Set(answers.map(({ state }) => state))).toEqual(new Set([OrderState.CANCELED]))
    const order = await settled(orderId)
    expect(order).toMatchObject({
      refunded: { amountCents: 2_500n },
      refunding: { amountCents: 0n },
      refunds: [{ state: OrderRefundState.SUCCEEDED, amount: { amountCents: 2_500n } }],
      returns: [{ isRestocked: true, lines: [{ variantId, quantity: 2n }] }],
    })
    expect(await onHandOf(variantId)).toBe(10)
    await expectBooksToBalance(bed)
  })

  test('is refused once a parcel is made', async () => {
    const { orderId } = await placed()
    await bed.client.order.shipOrder({ tenant, orderId, idempotencyKey: 'p' }, asTest)
    await expect(bed.client.order.cancelOrder({ tenant, orderId }, asTest)).rejects.toMatchObject({
      code: 'order.not_cancelable',
    })
  })
})

describe('a refund', () => {
  test('in parts never exceeds what was paid, ten at once', async () => {
    const { orderId } = await placed()
    const amount = { amountCents: 400n, currency: 'EUR' }
    const outcomes = await Promise.allSettled(
      Array.from({ length: 10 }, () =>
        bed.client.order.refundOrder({ tenant, orderId, amount }, asTest),
      ),
    )
    expect(refusals(outcomes)).toEqual(Array(7).fill('order.refund_exceeds_paid'))
    expect(await settled(orderId)).toMatchObject({
      state: OrderState.PAID,
      refunded: { amountCents: 1_200n },
    })
    await bed.client.order.refundOrder({ tenant, orderId }, asTest)
    await settled(orderId)
    await reaches(orderId, OrderState.REFUNDED)
    await expectBooksToBalance(bed)
  })

  test('with a key is one refund', async () => {
    const { orderId } = await placed()
    const amount = { amountCents: 100n, currency: 'EUR' }
    const keyed = { ...asTest, headers: { 'idempotency-key': `refund-${orderId}` } }
    const refund = () => bed.client.order.refundOrder({ tenant, orderId, amount }, keyed)
    expect(await refund()).toEqual(await refund())
    expect((await settled(orderId)).refunds).toHaveLength(1)
  })

  test('that the provider refuses can be asked for again', async () => {
    const { orderId } = await placed({ token: 'tok_refund_fails' })
    await bed.client.order.refundOrder({ tenant, orderId }, asTest)
    expect(await settled(orderId)).toMatchObject({
      state: OrderState.PAID,
      refunding: { amountCents: 0n },
      refunded: { amountCents: 0n },
      refunds: [{ state: OrderRefundState.FAILED, failureCode: 'refund_refused' }],
    })
  })

  test('above 0 and of the order’s currency', async () => {
    const { orderId } = await placed()
    const refund = (amountCents: bigint, currency: string) =>
      bed.client.order.refundOrder({ tenant, orderId, amount: { amountCents, currency } }, asTest)
    await expect(refund(0n, 'EUR')).rejects.toMatchObject({ code: 'request.invalid' })
    await expect(refund(-5n, 'EUR')).rejects.toMatchObject({ code: 'request.invalid' })
    await expect(refund(5n, 'USD')).rejects.toMatchObject({ code: 'order.not_refundable' })
  })
})

describe('an order on its way', () => {
  test('is shipped, delivered and completed as its parcels are', async () => {
    const { orderId } = await placed({ quantity: 2n })
    await ship(orderId, ShipmentState.SHIPPED, 1n)
    expect((await getOrder(orderId)).state).toBe(OrderState.FULFILLING)
    await ship(orderId, ShipmentState.DELIVERED, 1n)
    await reaches(orderId, OrderState.SHIPPED)
    const { shipments } = await bed.client.shipping.listShipments({ tenant, orderId }, asTest)
    const first = shipments.find(({ state }) => state === ShipmentState.SHIPPED)
    const shipmentId = first?.shipmentId ?? ''
    const state = ShipmentState.DELIVERED
    await bed.client.shipping.moveShipment({ tenant, shipmentId, state }, asTest)
    await reaches(orderId, OrderState.DELIVERED)
    const completed = await bed.client.order.completeOrder({ tenant, orderId }, asTest)
    expect(completed.state).toBe(OrderState.COMPLETED)
    const { transitions } = await getOrder(orderId)
    expect(transitions.map(({ toState }) => OrderState[toState])).toEqual([
      'PENDING',
      'CONFIRMED',
      'PAID',
      'FULFILLING',
      'SHIPPED',
      'DELIVERED',
      'COMPLETED',
    ])
  })

  test('comes back in parts, each with its money and to its shelf', async () => {
    const { orderId, variantId } = await placed({ quantity: 3n })
    await ship(orderId, ShipmentState.DELIVERED)
    await reaches(orderId, OrderState.DELIVERED)
    const takeBack = (quantity: bigint) =>
      bed.client.order.returnOrder({ tenant, orderId, lines: [{ variantId, quantity }] }, asTest)
    await takeBack(1n)
    expect(await settled(orderId)).toMatchObject({
      state: OrderState.DELIVERED,
      refunded: { amountCents: 1_000n },
    })
    await expect(takeBack(3n)).rejects.toMatchObject({ code: 'order.not_returnable' })
    await takeBack(2n)
    expect(await settled(orderId)).toMatchObject({
      state: OrderState.RETURNED,
      refunded: { amountCents: 3_000n },
    })
    expect(await onHandOf(variantId)).toBe(10)
    await expectBooksToBalance(bed)
  })

  test('at the same moment come back as one after the other, and no more than left', async () => {
    const { orderId, variantId } = await placed({ quantity: 3n })
    await ship(orderId, ShipmentState.DELIVERED)
    await reaches(orderId, OrderState.DELIVERED)
    const lines = [{ variantId, quantity: 2n }]
    const takeBack = () => bed.client.order.returnOrder({ tenant, orderId, lines }, asTest)
    const outcomes = await whileOrderHeld(bed, orderId, [takeBack, takeBack])
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected'])
    expect(refusals(outcomes)).toEqual(['order.not_returnable'])
    expect(await settled(orderId)).toMatchObject({
      refunded: { amountCents: 2_000n },
      lines: [{ returnedQuantity: 2n }],
    })
    await expectBooksToBalance(bed)
  })

  test('cannot come back before it left', async () => {
    const { orderId, variantId } = await placed()
    const lines = [{ variantId, quantity: 1n }]
    const returned = bed.client.order.returnOrder({ tenant, orderId, lines }, asTest)
    await expect(returned).rejects.toMatchObject({ code: 'order.not_returnable' })
  })
})

describe('an address', () => {
  test('can be changed before the order is packed, within the country', async () => {
    const { orderId } = await placed()
    const update = (country: string) =>
      bed.client.order.updateOrderAddress(
        { tenant, orderId, recipient: 'Bob', shippingAddress: { ...address, country } },
        asTest,
      )
    expect(await update('MT')).toMatchObject({ recipient: 'Bob' })
    await expect(update('DE')).rejects.toMatchObject({ code: 'order.not_editable' })
    await bed.client.order.shipOrder({ tenant, orderId, idempotencyKey: 'q' }, asTest)
    await expect(update('MT')).rejects.toMatchObject({ code: 'order.not_editable' })
  })
})

test('a guest finds the order by number and e-mail address, and by nothing less', async () => {
  const { orderId, number } = await placed()
  const found = await bed.client.order.lookUpOrder({ tenant, number, email: 'ANN@example.com' })
  expect(found.orderId).toBe(orderId)
  const messages = await Promise.all(
    [
      { number, email: 'bob@example.com' },
      { number: number + 1_000_000n, email: 'ann@example.com' },
    ].map((wrong) =>
      bed.client.order.lookUpOrder({ tenant, ...wrong }).catch((error: Error) => String(error)),
    ),
  )
  expect(new Set(messages).size).toBe(1)
})

test('what is held about a guest is told, and goes once the order is over', async () => {
  const { orderId } = await placed()
  const subjects = { tenant, emails: ['Ann@example.com'] }
  const { records } = await bed.client.order.exportPersonalData(subjects, asTest)
  expect(records.find(({ json }) => json.includes(orderId))?.json).toContain('Ann Other')
  await bed.client.order.cancelOrder({ tenant, orderId }, asTest)
  await settled(orderId)
  await bed.client.order.erasePersonalData(subjects, asTest)
  expect(await getOrder(orderId)).toMatchObject({ email: '', recipient: '' })
  const again = await bed.client.order.erasePersonalData(subjects, asTest)
  expect(again.erasedCount).toBe(0n)
  expect(again.kept.map(({ kind }) => kind)).toContain('orders under way with name and address')
  const held = `select count(*) from "order".checkout where request <> '{}'::jsonb`
  expect(await bed.count(held)).toBe(0)
})

test('who bought is written to: that the order is confirmed, that a parcel left, that money went back', async () => {
  const { orderId, number } = await placed({ quantity: 2n })
  await ship(orderId, ShipmentState.SHIPPED)
  const amount = { amountCents: 500n, currency: 'EUR' }
  await bed.client.order.refundOrder({ tenant, orderId, amount }, asTest)
  await settled(orderId)
  const mails = await waitFor(async () => {
    const rows = await bed.adminQuery<{ template_key: string; recipient_email: string }>(
      `select template_key, recipient_email from notification.message
       where text_body ~ ('order ' || $1 || '\\M') order by template_key`,
      [number.toString()],
    )
    return rows.length >= 3 ? rows : undefined
  }, SETTLING)
  expect(mails.map((mail) => mail.template_key)).toEqual([
    'order_confirmed',
    'order_refunded',
    'order_shipped',
  ])
  const { email } = await getOrder(orderId)
  expect(new Set(mails.map((mail) => mail.recipient_email))).toEqual(new Set([email]))
})

test('a parcel that is lost is told to operators, and to who bought; until the order is over', async () => {
  const { orderId, number, variantId } = await placed({ quantity: 2n })
  const { order, shipping } = bed.client
  const parcel = { tenant, orderId, idempotencyKey: 'first' }
  const { shipmentId } = await order.shipOrder(parcel, asTest)
  await shipping.moveShipment({ tenant, shipmentId, state: ShipmentState.SHIPPED }, asTest)
  await shipping.moveShipment({ tenant, shipmentId, state: ShipmentState.FAILED }, asTest)
  const failed = async () => {
    const { orders } = await order.listOrders({ tenant, hasFailedParcel: true }, asTest)
    return orders.filter((each) => each.orderId === orderId)
  }
  await waitFor(async () => (await failed()).length === 1, SETTLING)
  const { failedParcels, lines } = await getOrder(orderId)
  expect(failedParcels).toMatchObject([
    {
      shipmentId,
      failureCode: 'lost',
      lines: [{ orderLineId: lines[0]?.orderLineId, quantity: 2n }],
    },
  ])
  const mail = await waitFor(async () => {
    const rows = await bed.adminQuery<{ text_body: string }>(
      `select text_body from notification.message
       where template_key = 'order_parcel_failed' and text_body ~ ('order ' || $1 || '\\M')`,
      [number.toString()],
    )
    return rows[0]
  }, SETTLING)
  expect(mail.text_body).toContain(`2 × ${lines[0]?.title}`)
  const again = { tenant, orderId, idempotencyKey: 'again', lines: [{ variantId, quantity: 2n }] }
  const second = await order.shipOrder(again, asTest)
  const delivered = { tenant, shipmentId: second.shipmentId, state: ShipmentState.DELIVERED }
  const more = order.shipOrder({ ...again, idempotencyKey: 'more' }, asTest)
  await expect(more).rejects.toMatchObject({ code: 'shipping.exceeds_ordered' })
  await shipping.moveShipment(delivered, asTest)
  await reaches(orderId, OrderState.DELIVERED)
  expect(await failed()).toHaveLength(1)
  await order.completeOrder({ tenant, orderId }, asTest)
  expect(await failed()).toEqual([])
})
