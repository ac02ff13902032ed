import { InvoiceKind, LineKind } from '@purser/contracts/invoicing/v1/invoicing'
import { InvoicedOrderLineKind } from '@purser/contracts/invoicing/v1/order_invoice'
import { type Order, OrderState } from '@purser/contracts/order/v1/sales_order'
import { ShipmentState } from '@purser/contracts/shipping/v1/shipment'
import { systemClock } from '@purser/kernel'
import { waitFor } from '@purser/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { expectBooksToBalance } from './books.ts'
import { type CheckoutBed, startCheckoutBed } from './checkout-bed.ts'
import { deliver, exchangeOf, settledOrder } from './delivered.ts'
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
const WAITING = { timeoutMs: 30_000 }

let bed: CheckoutBed
let process: ReturnType<CheckoutBed['orderProcess']>
let relay: Awaited<ReturnType<CheckoutBed['startRelay']>>
beforeAll(async () => {
  bed = await startCheckoutBed({ clock: systemClock })
  await openShop(bed)
  const model = { case: 'flat' as const, value: { amount: '9' } }
  const prices = [{ priceKey: 'base', description: 'Base', model }]
  const plan = { planKey: 'care', terms: { name: 'Care', currency: CURRENCY, prices } }
  await bed.client.subscription.createPlan({ tenant, plan }, asTest)
  const rate = { rateKey: 'mt', country: 'MT', name: 'VAT', percent: '18' }
  await bed.client.invoicing.putTaxRate({ tenant, ...rate }, asTest)
  process = bed.orderProcess({ sweepPauseMs: 500 })
  await process.start()
  relay = await bed.startRelay()
}, 120_000)
afterAll(async () => {
  await relay.stop()
  await process.stop()
  await bed.close()
})

const euros = (amountCents: bigint) => ({ amountCents, currency: CURRENCY })

/** The order once it has so many invoices and credit notes. */
const withInvoices = (orderId: string, count: number): Promise<Order> =>
  waitFor(async () => {
    const order = await bed.client.order.getOrder({ tenant, orderId }, asTest)
    return order.invoices.length >= count ? order : undefined
  }, WAITING)

const invoiceNamed = (invoice = '') => bed.client.invoicing.getInvoice({ tenant, invoice }, asTest)

test('goods and a plan are an order, a subscription and one invoice; what is refunded is credited once', async () => {
  const { client } = bed
  const person = { email: 'mixed@example.com', password: 'correct horse battery staple' }
  const { user } = await client.user.register({ tenant, ...person, fullName: 'Ann Other' })
  const { userId = '', accountId = '' } = user ?? {}
  const as = asPerson(userId)
  const variantId = await addProduct(bed, { onHand: 5n })
  const goods = { case: 'variantId' as const, value: variantId }
  const plan = { case: 'planKey' as const, value: 'care' }
  await client.cart.addOwnItem({ tenant, thing: goods, currency: CURRENCY, quantity: 2n }, as)
  const { cartId } = await client.cart.addOwnItem({ tenant, thing: plan, currency: CURRENCY }, as)
  const asked = { tenant, cartId, shippingAddress: address }
  const { quotes, taxIncluded } = await client.order.quoteCheckout(asked, as)
  const [quote] = quotes
  expect(taxIncluded).toBe(false)
  expect(quote).toMatchObject({ price: euros(500n), tax: euros(450n), total: euros(2_950n) })
  const { order: placed } = await client.order.placeOrder(
    {
      tenant,
      cartId,
      purchase: {
        expectedTotal: euros(2_950n),
        email: 'ann@example.com',
        recipient: 'Ann Other',
        shippingAddress: address,
        shippingQuoteId: quote?.shippingQuoteId ?? '',
        method: { case: 'paymentMethodToken' as const, value: 'tok_success' },
      },
    },
    as,
  )
  expect(placed).toMatchObject({
    total: euros(2_950n),
    paid: euros(2_950n),
    tax: euros(450n),
    taxes: [{ name: 'VAT', percent: '18', taxable: euros(2_500n), amount: euros(450n) }],
    lines: [
      { paid: euros(2_000n), tax: euros(360n) },
      { paid: euros(0n), tax: euros(0n) },
    ],
  })
  const orderId = placed?.orderId ?? ''
  const [subscription] = (
    await client.subscription.listSubscriptions({ tenant, accountId }, asTest)
  ).subscriptions
  const { invoices } = await withInvoices(orderId, 1)
  expect(invoices).toMatchObject([{ isCredit: false, total: euros(2_950n) }])
  const invoice = await invoiceNamed(invoices[0]?.number)
  expect(invoice).toMatchObject({
    kind: InvoiceKind.ORDER,
    accountId,
    orderId,
    paymentId: placed?.paymentId,
    subtotal: euros(2_500n),
    tax: euros(450n),
    total: euros(2_950n),
    lines: [
      { kind: LineKind.GOODS, quantity: '2', amount: euros(2_000n) },
      {
        kind: LineKind.PLAN,
        amount: euros(0n),
        subscriptionId: subscription?.subscriptionId,
        periodStart: subscription?.startTime,
      },
      { kind: LineKind.SHIPPING, amount: euros(500n) },
    ],
  })

  await client.order.refundOrder({ tenant, orderId, amount: euros(1_000n), reason: 'late' }, asTest)
  const refunded = await withInvoices(orderId, 2)
  expect(refunded.invoices[1]).toMatchObject({
    isCredit: true,
    total: euros(-1_000n),
    refundId: refunded.refunds[0]?.refundId,
  })
  expect(await invoiceNamed(refunded.invoices[1]?.number)).toMatchObject({
    kind: InvoiceKind.CREDIT,
    creditedInvoiceId: invoice.invoiceId,
    reason: 'late',
    tax: euros(-153n),
  })
  await client.order.cancelOrder({ tenant, orderId, reason: 'changed my mind' }, asTest)
  const canceled = await withInvoices(orderId, 3)
  const left = canceled.invoices.reduce((sum, { total }) => sum + (total?.amountCents ?? 0n), 0n)
  expect(left).toBe(0n)
  const sql = `select count(*) from invoicing.invoice where order_id = $1 and kind = 'order'`
  expect(await bed.count(sql, [orderId])).toBe(1)
  await expectBooksToBalance(bed)
})

test('goods that come back are paid back and credited with their tax, also when prices include it', async () => {
  const { client } = bed
  const included = { pricesIncludeTax: true, shippingCategory: 'exempt' }
  await client.invoicing.putTaxSettings({ tenant, ...included }, asTest)
  const variantIds = [
    await addProduct(bed, { onHand: 5n, priceCents: 1_180n }),
    await addProduct(bed, { onHand: 5n, priceCents: 999n }),
  ]
  const { order } = await buy(bed, await fillCart(bed, variantIds))
  // Delivery is not taxed by these settings.
  expect(order).toMatchObject({ total: euros(2_679n), taxIncluded: true, tax: euros(180n + 152n) })
  const orderId = order?.orderId ?? ''
  const { shipmentId } = await client.order.shipOrder(
    { tenant, orderId, idempotencyKey: 'parcel' },
    asTest,
  )
  const state = ShipmentState.DELIVERED
  await client.shipping.moveShipment({ tenant, shipmentId, state }, asTest)
  // Once the order has heard that it left.
  await waitFor(async () => {
    const lines = [{ variantId: variantIds[0] ?? '', quantity: 1n }]
    const returned = client.order.returnOrder({ tenant, orderId, lines }, asTest)
    return await returned.catch(() => undefined)
  }, WAITING)
  const { invoices, refunded } = await withInvoices(orderId, 2)
  expect(refunded).toMatchObject(euros(1_180n))
  expect(await invoiceNamed(invoices[1]?.number)).toMatchObject({
    total: euros(-1_180n),
    tax: euros(-180n),
    lines: [{ creditedLineNumber: 1, amount: euros(-1_180n) }],
  })
  // As it was: taxes are added, and delivery is taxed as everything is.
  await client.invoicing.putTaxSettings({ tenant }, asTest)
})

test('an exchange is invoiced with its tax, and what went on to it is credited', async () => {
  const [variantId, dearer] = [
    await addProduct(bed, { onHand: 5n }),
    await addProduct(bed, { onHand: 5n, priceCents: 1_500n }),
  ]
  const { order } = await buy(bed, await fillCart(bed, [variantId]))
  const orderId = order?.orderId ?? ''
  await deliver(bed, orderId, { shipment: ShipmentState.SHIPPED, order: OrderState.SHIPPED })
  // 18 % on either: 1,770 less 1,180.
  const back: [string, bigint] = [variantId, 1n]
  const wanted = exchangeOf({ orderId, back, replacement: [dearer, 1n], cents: 590n })
  const { order: replacement } = await bed.client.order.exchangeOrder(wanted, asTest)
  expect(replacement).toMatchObject({
    total: euros(1_770n),
    tax: euros(270n),
    credit: euros(1_180n),
  })
  const { invoices } = await withInvoices(orderId, 2)
  expect(invoices.map(({ isCredit, total }) => [isCredit, total])).toMatchObject([
    [false, order?.total],
    [true, euros(-1_180n)],
  ])
  const next = await withInvoices(replacement?.orderId ?? '', 1)
  expect(next.invoices).toMatchObject([{ isCredit: false, total: euros(1_770n) }])
  await settledOrder(bed, orderId)
  await expectBooksToBalance(bed)
})

test('an order whose invoice is refused does not hold up those behind it', async () => {
  await relay.stop()
  const variantId = await addProduct(bed, { onHand: 5n })
  const [refused, behind] = [
    (await buy(bed, await fillCart(bed, [variantId]))).order?.orderId ?? '',
    (await buy(bed, await fillCart(bed, [variantId]))).order?.orderId ?? '',
  ]
  const kind = InvoicedOrderLineKind.GOODS
  const line = { kind, description: 'Something else', quantity: 1n, unitPriceCents: 7n }
  const other = { orderId: refused, currency: CURRENCY, lines: [line], totalCents: 7n }
  await bed.client.invoicing.issueOrderInvoices({ tenant, orders: [other] }, asTest)
  relay = await bed.startRelay()
  expect((await withInvoices(behind, 1)).invoices).toHaveLength(1)
  const waits = `select count(*) from "order".inbox
    where payload ->> 'order_id' = $1 and state = 'retrying' and last_error like '%says something else%'`
  expect(await bed.count(waits, [refused])).toBe(1)
})
