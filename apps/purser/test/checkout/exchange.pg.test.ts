import { CheckoutState } from '@purser/contracts/order/v1/checkout'
import { OrderState } from '@purser/contracts/order/v1/sales_order'
import { SandboxDecision } from '@purser/contracts/payment/v1/payment'
import { ShipmentState } from '@purser/contracts/shipping/v1/shipment'
import { systemClock } from '@purser/kernel'
import { waitFor } from '@purser/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { expectBooksToBalance } from './books.ts'
import { type CheckoutBed, startCheckoutBed } from './checkout-bed.ts'
import { deliver, exchangeOf, getOrder, settledOrder, shippedOrder } from './delivered.ts'
import { addProduct, asTest, buy, CURRENCY, fillCart, openShop, refusals, TENANT } from './shop.ts'
import { whileOrderHeld } from './while-order-held.ts'

const tenant = TENANT
const delivered = { shipment: ShipmentState.DELIVERED, order: OrderState.DELIVERED }
let bed: CheckoutBed
let process: ReturnType<CheckoutBed['orderProcess']>
let relay: Awaited<ReturnType<CheckoutBed['startRelay']>>
let small: string
let large: string
beforeAll(async () => {
  bed = await startCheckoutBed({ clock: systemClock })
  await openShop(bed)
  process = bed.orderProcess({ sweepPauseMs: 200 })
  await process.start()
  relay = await bed.startRelay()
  small = await addProduct(bed, { onHand: 1_000n, priceCents: 600n })
  large = await addProduct(bed, { onHand: 1_000n, priceCents: 1_500n })
}, 120_000)
afterAll(async () => {
  await relay.stop()
  await process.stop()
  await bed.close()
})

const eur = (amountCents: bigint) => ({ amountCents, currency: CURRENCY })

const onHandOf = (variantId: string) =>
  bed.count('select sum(on_hand) as count from catalog.stock_level where variant_id = $1', [
    variantId,
  ])

const exchange = (wanted: ReturnType<typeof exchangeOf>) =>
  bed.client.order.exchangeOrder(wanted, asTest)

/** A delivered order of units of a thing of its own, at 10.00 each and 5.00 for delivery. */
async function ordered(quantity = 1n) {
  const variantId = await addProduct(bed, { onHand: 10n })
  return { variantId, orderId: await shippedOrder(bed, variantId, quantity, delivered) }
}

const paidBy = async (paymentId: string) =>
  (await bed.client.payment.getPayment({ tenant, paymentId }, asTest)).amount?.amountCents

describe('an exchange', () => {
  test('for something dearer charges the difference alone, and takes the old goods back', async () => {
    const { orderId, variantId } = await ordered(2n)
    const largeBefore = await onHandOf(large)
    const made = await exchange(
      exchangeOf({ orderId, back: [variantId, 1n], replacement: [large, 1n], cents: 500n }),
    )
    expect(made).toMatchObject({
      state: CheckoutState.DONE,
      order: {
        state: OrderState.PAID,
        exchangeOf: orderId,
        total: eur(1_500n),
        shipping: eur(0n),
        paid: eur(1_500n),
        credit: eur(1_000n),
        recipient: 'Ann Other',
        lines: [{ variantId: large, quantity: 1n }],
      },
    })
    expect(await paidBy(made.order?.paymentId ?? '')).toBe(500n)
    const order = await settledOrder(bed, orderId)
    expect(order).toMatchObject({
      state: OrderState.DELIVERED,
      exchanged: eur(1_000n),
      refunds: [],
      returns: [{ isRestocked: true, lines: [{ variantId, quantity: 1n }] }],
      exchanges: [
        {
          replacementId: made.order?.orderId,
          value: eur(1_000n),
          difference: eur(500n),
          reason: 'another size',
        },
      ],
    })
    expect(order.number).not.toBe(made.order?.number)
    expect(order.exchanges[0]?.returnId).toBe(order.returns[0]?.returnId)
    expect(await onHandOf(variantId)).toBe(9)
    expect(await onHandOf(large)).toBe(largeBefore - 1)
    const { checkoutId } = made
    const seen = await bed.client.order.getCheckout({ tenant, checkoutId }, asTest)
    expect(seen).toMatchObject({ exchangeOf: orderId, cartId: '' })
    expect(seen.steps.map(({ step, outcome }) => [step, outcome])).toEqual(
      [
        'reserve_stock',
        'confirm_shipping',
        'hold_order',
        'charge',
        'create_order',
        'commit_stock',
        'confirm_order',
      ].map((step) => [step, 'done']),
    )
    await expectBooksToBalance(bed)
  })

  test('for something cheaper gives the difference back, and an order that came back as a whole is returned', async () => {
    const { orderId, variantId } = await ordered()
    const made = await exchange(
      exchangeOf({ orderId, back: [variantId, 1n], replacement: [small, 1n], cents: -400n }),
    )
    expect(made.order).toMatchObject({ paymentId: '', credit: eur(600n), paid: eur(600n) })
    expect(await settledOrder(bed, orderId)).toMatchObject({
      state: OrderState.RETURNED,
      refunded: eur(400n),
      exchanged: eur(600n),
    })
    await expectBooksToBalance(bed)
  })

  test('for something of the same price moves no money', async () => {
    const { orderId, variantId } = await ordered()
    const same = await addProduct(bed, { onHand: 1n })
    const made = await exchange(
      exchangeOf({ orderId, back: [variantId, 1n], replacement: [same, 1n], cents: 0n }),
    )
    expect(made.order).toMatchObject({ paymentId: '', credit: eur(1_000n) })
    expect(await settledOrder(bed, orderId)).toMatchObject({ refunds: [], exchanged: eur(1_000n) })
    await expectBooksToBalance(bed)
  })

  test('of goods that come back at the same moment is refused before it costs anything', async () => {
    const { orderId, variantId } = await ordered(3n)
    const lines = [{ variantId, quantity: 2n }]
    const outcomes = await whileOrderHeld(bed, orderId, [
      () => bed.client.order.returnOrder({ tenant, orderId, lines, keepMoney: true }, asTest),
      () =>
        exchange(
          exchangeOf({ orderId, back: [variantId, 2n], replacement: [large, 2n], cents: 1_000n }),
        ),
    ])
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected'])
    const { exchanges } = await settledOrder(bed, orderId)
    expect(exchanges).toEqual([])
    const open = `select count(*) from "order".checkout where state not in ('done', 'compensated')`
    await waitFor(async () => (await bed.count(open)) === 0)
    await expectBooksToBalance(bed)
  })

  test('of what was given back before is paid in full', async () => {
    const { orderId, variantId } = await ordered()
    await bed.client.order.refundOrder({ tenant, orderId, amount: eur(1_400n) }, asTest)
    await settledOrder(bed, orderId)
    const made = await exchange(
      exchangeOf({ orderId, back: [variantId, 1n], replacement: [large, 1n], cents: 1_400n }),
    )
    expect(made.order).toMatchObject({ credit: eur(100n), total: eur(1_500n) })
    await settledOrder(bed, orderId)
    await expectBooksToBalance(bed)
  })
})

describe('nothing changes', () => {
  test('when the card is declined', async () => {
    const { orderId, variantId } = await ordered()
    const before = await getOrder(bed, orderId)
    const [mine, others] = [await onHandOf(variantId), await onHandOf(large)]
    const token = 'tok_declined'
    const wanted = exchangeOf({
      orderId,
      back: [variantId, 1n],
      replacement: [large, 1n],
      cents: 500n,
      token,
    })
    await expect(exchange(wanted)).rejects.toMatchObject({ code: 'order.payment_declined' })
    // Again with its key: the same refusal, and no second try at the card.
    await expect(exchange(wanted)).rejects.toMatchObject({ code: 'order.payment_declined' })
    expect(await getOrder(bed, orderId)).toEqual(before)
    expect([await onHandOf(variantId), await onHandOf(large)]).toEqual([mine, others])
    await expectBooksToBalance(bed)
  })

  test('when the difference is another, which the refusal tells', async () => {
    const { orderId, variantId } = await ordered()
    const before = await getOrder(bed, orderId)
    const wanted = exchangeOf({
      orderId,
      back: [variantId, 1n],
      replacement: [large, 1n],
      cents: 400n,
    })
    await expect(exchange(wanted)).rejects.toMatchObject({
      code: 'order.price_changed',
      details: { expected_cents: '400', difference_cents: '500' },
    })
    expect(await getOrder(bed, orderId)).toEqual(before)
    await expectBooksToBalance(bed)
  })

  test('before the goods left, for more than was bought, for nothing that pays, and of nobody’s order', async () => {
    const variantId = await addProduct(bed, { onHand: 10n })
    const { order } = await buy(bed, await fillCart(bed, [variantId]))
    const unsent = { orderId: order?.orderId ?? '', back: [variantId, 1n] as [string, bigint] }
    const { orderId, variantId: mine } = await ordered()
    const replacement: [string, bigint] = [large, 1n]
    const { method: _method, ...withoutCard } = exchangeOf({
      orderId,
      back: [mine, 1n],
      replacement,
      cents: 500n,
    })
    const outcomes = await Promise.allSettled([
      exchange(exchangeOf({ ...unsent, replacement, cents: 500n })),
      exchange(exchangeOf({ orderId, back: [mine, 2n], replacement, cents: 500n })),
      exchange(exchangeOf({ orderId, back: [large, 1n], replacement, cents: 500n })),
      exchange(exchangeOf({ ...unsent, orderId: 'ord_unknown', replacement, cents: 0n })),
      bed.client.order.exchangeOrder(withoutCard, asTest),
    ])
    expect(refusals(outcomes)).toEqual([
      'order.not_exchangeable',
      'order.not_returnable',
      'order.not_returnable',
      'resource.not_found',
      'request.invalid',
    ])
    await expectBooksToBalance(bed)
  })
})

describe('at the same moment', () => {
  test('the same request is one exchange, and another with its key is refused', async () => {
    const { orderId, variantId } = await ordered()
    const wanted = exchangeOf({
      orderId,
      back: [variantId, 1n],
      replacement: [large, 1n],
      cents: 500n,
    })
    const answers = await Promise.all(Array.from({ length: 10 }, () => exchange(wanted)))
    expect(new Set(answers.map(({ order }) => order?.orderId)).size).toBe(1)
    await expect(exchange({ ...wanted, reason: 'other' })).rejects.toMatchObject({
      code: 'request.idempotency_mismatch',
    })
    await settledOrder(bed, orderId)
    await expectBooksToBalance(bed)
  })

  test('a unit is exchanged, or comes back, or its money does: once', async () => {
    const { orderId, variantId } = await ordered()
    const wanted = () =>
      exchange(
        exchangeOf({ orderId, back: [variantId, 1n], replacement: [large, 1n], cents: 500n }),
      )
    const lines = [{ variantId, quantity: 1n }]
    const outcomes = await Promise.allSettled([
      ...Array.from({ length: 4 }, wanted),
      bed.client.order.returnOrder({ tenant, orderId, lines }, asTest),
      ...Array.from({ length: 2 }, wanted),
    ])
    const done = outcomes.filter(({ status }) => status === 'fulfilled')
    expect(done).toHaveLength(1)
    await settledOrder(bed, orderId)
    await expectBooksToBalance(bed)
  })

  test('the last unit replaces the goods of one order', async () => {
    const last = await addProduct(bed, { onHand: 1n })
    const orders = await Promise.all([ordered(), ordered(), ordered()])
    const outcomes = await Promise.allSettled(
      orders.map(({ orderId, variantId }) =>
        exchange(
          exchangeOf({ orderId, back: [variantId, 1n], replacement: [last, 1n], cents: 0n }),
        ),
      ),
    )
    expect(refusals(outcomes)).toEqual(['catalog.out_of_stock', 'catalog.out_of_stock'])
    expect(await onHandOf(last)).toBe(0)
    for (const { orderId } of orders) await settledOrder(bed, orderId)
    await expectBooksToBalance(bed)
  })
})

test('while the shopper has to confirm the payment, the order is held; then it is exchanged', async () => {
  const { orderId, variantId } = await ordered()
  const waiting = await exchange(
    exchangeOf({
      orderId,
      back: [variantId, 1n],
      replacement: [large, 1n],
      cents: 500n,
      token: 'tok_requires_action',
    }),
  )
  expect(waiting).toMatchObject({ state: CheckoutState.WAITING })
  const lines = [{ variantId, quantity: 1n }]
  const outcomes = await Promise.allSettled([
    bed.client.order.returnOrder({ tenant, orderId, lines }, asTest),
    bed.client.order.refundOrder({ tenant, orderId }, asTest),
    exchange(
      exchangeOf({ orderId, back: [variantId, 1n], replacement: [small, 1n], cents: -400n }),
    ),
  ])
  expect(refusals(outcomes)).toEqual(Array(3).fill('order.exchange_running'))
  const challenge = new URL(waiting.nextActionUrl).searchParams.get('challenge') ?? ''
  const decision = SandboxDecision.APPROVE
  await bed.client.payment.confirmSandboxAction({ tenant, challenge, decision })
  await waitFor(async () => (await getOrder(bed, orderId)).exchanges.length === 1, {
    timeoutMs: 30_000,
  })
  await settledOrder(bed, orderId)
  await expectBooksToBalance(bed)
})

test('a replacement is sent, exchanged again, and its money goes back to every card that paid for it', async () => {
  const { orderId, variantId } = await ordered()
  const first = await exchange(
    exchangeOf({ orderId, back: [variantId, 1n], replacement: [large, 1n], cents: 500n }),
  )
  const middle = first.order?.orderId ?? ''
  await deliver(bed, middle, delivered)
  const second = await exchange(
    exchangeOf({ orderId: middle, back: [large, 1n], replacement: [large, 2n], cents: 1_500n }),
  )
  const last = second.order?.orderId ?? ''
  expect(second.order).toMatchObject({ paid: eur(3_000n), credit: eur(1_500n) })
  await bed.client.order.refundOrder({ tenant, orderId: last }, asTest)
  const settled = await settledOrder(bed, last)
  expect(settled).toMatchObject({ state: OrderState.REFUNDED, refunded: eur(3_000n) })
  expect(settled.refunds.map(({ amount }) => amount?.amountCents)).toEqual([1_500n, 500n, 1_000n])
  expect(settled.refunds.map(({ paymentId }) => paymentId)).toEqual([
    settled.paymentId,
    first.order?.paymentId,
    (await getOrder(bed, orderId)).paymentId,
  ])
  await settledOrder(bed, middle)
  await expectBooksToBalance(bed)
})

test('the same for the same costs nothing, also where the tax of two does not halve', async () => {
  const rate = { rateKey: 'mt', country: 'MT', name: 'VAT', percent: '6.25' }
  await bed.client.invoicing.putTaxRate({ tenant, ...rate }, asTest)
  const variantId = await addProduct(bed, { onHand: 10n, priceCents: 1_400n })
  const orderId = await shippedOrder(bed, variantId, 2n, delivered)
  expect((await getOrder(bed, orderId)).lines).toMatchObject([{ tax: eur(175n) }])
  const one: [string, bigint] = [variantId, 1n]
  const again = () => exchange(exchangeOf({ orderId, back: one, replacement: one, cents: 0n }))
  const { order: first } = await again()
  expect(first).toMatchObject({ total: eur(1_487n), tax: eur(87n), paymentId: '' })
  await settledOrder(bed, orderId)
  const { order: second } = await again()
  expect(second).toMatchObject({ total: eur(1_488n), tax: eur(88n), credit: eur(1_488n) })
  const { invoices } = await waitFor(async () => {
    const order = await getOrder(bed, orderId)
    return order.invoices.length >= 3 ? order : undefined
  })
  expect(invoices.slice(1).map(({ total }) => total)).toMatchObject([eur(-1_487n), eur(-1_488n)])
  expect(await settledOrder(bed, orderId)).toMatchObject({ refunds: [], exchanged: eur(2_975n) })
  await expectBooksToBalance(bed)
})
