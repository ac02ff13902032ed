import { CheckoutState } from '@purser/contracts/order/v1/checkout'
import { OrderLineKind, OrderState } from '@purser/contracts/order/v1/sales_order'
import { SubscriptionStatus } from '@purser/contracts/subscription/v1/subscription'
import { PurserError } from '@purser/kernel'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { expectBooksToBalance, expectToldOnce } from './books.ts'
import { type CheckoutBed, startCheckoutBed } from './checkout-bed.ts'
import {
  addProduct,
  address,
  asPerson,
  asTest,
  CURRENCY,
  openShop,
  refusals,
  TENANT,
} from './shop.ts'

const tenant = TENANT
let bed: CheckoutBed
beforeAll(async () => {
  bed = await startCheckoutBed()
  await openShop(bed)
  const plan = { planKey: 'care', terms: { name: 'Care', currency: CURRENCY, prices: [flat] } }
  await bed.client.subscription.createPlan({ tenant, plan }, asTest)
}, 120_000)
afterAll(() => bed.close())

const flat = {
  priceKey: 'base',
  description: 'Base',
  model: { case: 'flat' as const, value: { amount: '9' } },
}

let personCount = 0

/** A person of the shop with an account. */
async function addPerson(): Promise<{ userId: string; accountId: string }> {
  personCount += 1
  const { userId, accountId } = (
    await bed.client.user.register({
      tenant,
      email: `person-${personCount}@example.com`,
      password: 'correct horse battery staple',
      fullName: 'Ann Other',
    })
  ).user ?? { userId: '', accountId: '' }
  return { userId, accountId }
}

type Things = { variantIds?: string[]; planKeys?: string[] }

/** What a person sends to buy these things. */
async function purchaseOf(userId: string, { variantIds = [], planKeys = [] }: Things) {
  const as = asPerson(userId)
  const things = [
    ...variantIds.map((value) => ({ case: 'variantId' as const, value })),
    ...planKeys.map((value) => ({ case: 'planKey' as const, value })),
  ]
  let cartId = ''
  for (const thing of things) {
    const cart = await bed.client.cart.addOwnItem({ tenant, thing, currency: CURRENCY }, as)
    cartId = cart.cartId
  }
  const { quotes, totalWithoutShipping } = await bed.client.order.quoteCheckout(
    { tenant, cartId, shippingAddress: address },
    as,
  )
  const [quote] = quotes
  const expectedTotal = quote?.total ?? totalWithoutShipping
  return {
    tenant,
    cartId,
    purchase: {
      ...(expectedTotal && { expectedTotal }),
      email: 'ann@example.com',
      recipient: 'Ann',
      shippingAddress: address,
      shippingQuoteId: quote?.shippingQuoteId ?? '',
      method: { case: 'paymentMethodToken' as const, value: 'tok_success' },
    },
  }
}

const subscriptionsOf = async (accountId: string) =>
  (await bed.client.subscription.listSubscriptions({ tenant, accountId }, asTest)).subscriptions

test('goods and a plan in one cart are one order, one payment and a subscription', async () => {
  const { userId, accountId } = await addPerson()
  const variantIds = [await addProduct(bed, { onHand: 1n })]
  const purchase = await purchaseOf(userId, { variantIds, planKeys: ['care'] })
  const { order, state } = await bed.client.order.placeOrder(purchase, asPerson(userId))
  expect(state).toBe(CheckoutState.DONE)
  const subscriptions = await subscriptionsOf(accountId)
  expect(subscriptions).toMatchObject([{ planKey: 'care', status: SubscriptionStatus.ACTIVE }])
  const { subscriptionId } = subscriptions[0] ?? {}
  expect(order).toMatchObject({
    userId,
    accountId,
    state: OrderState.PAID,
    total: { amountCents: 1_500n },
    lines: [
      { kind: OrderLineKind.GOODS, paid: { amountCents: 1_000n } },
      { kind: OrderLineKind.PLAN, planKey: 'care', paid: { amountCents: 0n }, subscriptionId },
    ],
  })
  await expectBooksToBalance(bed)
  await expectToldOnce(bed)
})

test('a plan that the account has already is refused, and everything goes back', async () => {
  const { userId, accountId } = await addPerson()
  const first = await purchaseOf(userId, { planKeys: ['care'] })
  await bed.client.order.placeOrder(first, asPerson(userId))
  const variantIds = [await addProduct(bed, { onHand: 1n })]
  const second = await purchaseOf(userId, { variantIds, planKeys: ['care'] })
  await expect(bed.client.order.placeOrder(second, asPerson(userId))).rejects.toMatchObject({
    code: 'subscription.already_active',
  })
  expect(await subscriptionsOf(accountId)).toMatchObject([{ status: SubscriptionStatus.ACTIVE }])
  await expectBooksToBalance(bed)
})

test('goods that are gone when the plan has begun end it at its start', async () => {
  const { userId, accountId } = await addPerson()
  const variantIds = [await addProduct(bed, { onHand: 1n })]
  const purchase = await purchaseOf(userId, { variantIds, planKeys: ['care'] })
  const before = () => {
    throw new PurserError('catalog.reservation_ended', 'gone')
  }
  const bought = bed.interfere({ method: 'commitReservation', before }, () =>
    bed.client.order.placeOrder(purchase, asPerson(userId)),
  )
  await expect(bought).rejects.toMatchObject({ code: 'catalog.out_of_stock' })
  const [subscription] = await subscriptionsOf(accountId)
  expect(subscription?.status).toBe(SubscriptionStatus.CANCELED)
  expect(subscription?.endTime).toEqual(subscription?.startTime)
  await expectBooksToBalance(bed)
})

test('an order is seen and changed by whose it is alone', async () => {
  const { userId } = await addPerson()
  const stranger = asPerson((await addPerson()).userId)
  const variantIds = [await addProduct(bed, { onHand: 1n })]
  const purchase = await purchaseOf(userId, { variantIds })
  const { order, checkoutId } = await bed.client.order.placeOrder(purchase, asPerson(userId))
  const orderId = order?.orderId ?? ''
  const own = await bed.client.order.listOwnOrders({ tenant }, asPerson(userId))
  expect(own.orders.map((each) => each.orderId)).toEqual([orderId])
  expect((await bed.client.order.listOwnOrders({ tenant }, stranger)).orders).toEqual([])
  const { order: orders } = bed.client
  const notTheirs = [
    orders.getOwnOrder({ tenant, orderId }, stranger),
    orders.cancelOwnOrder({ tenant, orderId }, stranger),
    orders.continueCheckout({ tenant, checkoutId }, stranger),
    orders.placeOrder(purchase, stranger),
    orders.lookUpOrder({ tenant, number: order?.number ?? 0n, email: 'ann@example.com' }),
  ]
  const outcomes = await Promise.allSettled(notTheirs)
  expect(refusals(outcomes)).toEqual(notTheirs.map(() => 'resource.not_found'))
  const canceled = await orders.cancelOwnOrder({ tenant, orderId }, asPerson(userId))
  expect(canceled.state).toBe(OrderState.CANCELED)
})
