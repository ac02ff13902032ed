import { type Order, OrderRefundState, OrderState } from '@purser/contracts/order/v1/sales_order'
import { ShipmentState } from '@purser/contracts/shipping/v1/shipment'
import { isPurserError, systemClock } from '@purser/kernel'
import { waitFor } from '@purser/testing'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { expectBooksToBalance } from './books.ts'
import { type CheckoutBed, startCheckoutBed } from './checkout-bed.ts'
import { exchangeOf } from './delivered.ts'
import { addProduct, asTest, buy, fillCart, openShop, TENANT } from './shop.ts'

const tenant = TENANT
/** A refund that is in doubt is asked about later. */
const SETTLING = { timeoutMs: 30_000 }
const UNITS = 3n
const ON_HAND = 10n

let bed: CheckoutBed
let process: ReturnType<CheckoutBed['orderProcess']>
let cheap: string
let dear: string
let relay: Awaited<ReturnType<CheckoutBed['startRelay']>>
beforeAll(async () => {
  bed = await startCheckoutBed({ clock: systemClock })
  await openShop(bed)
  process = bed.orderProcess({ sweepPauseMs: 500 })
  await process.start()
  relay = await bed.startRelay()
  cheap = await addProduct(bed, { onHand: 10_000n, priceCents: 600n })
  dear = await addProduct(bed, { onHand: 10_000n, priceCents: 1_500n })
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
  | { kind: 'ship'; units: bigint | undefined; arrives: boolean }
  | { kind: 'label'; units: bigint; isMistake: boolean }
  | { kind: 'exchange'; units: bigint; isDearer: boolean; token: string }

const units = fc.bigInt(1n, UNITS)
const command: fc.Arbitrary<Command> = fc.oneof(
  fc.record({ kind: fc.constantFrom('cancel' as const, 'complete' as const, 'edit' as const) }),
  fc.record({ kind: fc.constant('refund' as const), cents: fc.bigInt(1n, 2_000n) }),
  fc.record({ kind: fc.constant('return' as const), units, keepMoney: fc.boolean() }),
  fc.record({
    kind: fc.constant('ship' as const),
    // All that did not leave, or so many.
    units: fc.option(units, { nil: undefined }),
    arrives: fc.boolean(),
  }),
  // A parcel that waits for its carrier, or is called off.
  fc.record({ kind: fc.constant('label' as const), units, isMistake: fc.boolean() }),
  fc.record({
    kind: fc.constant('exchange' as const),
    units,
    isDearer: fc.boolean(),
    token: fc.constantFrom('tok_success', 'tok_declined'),
  }),
)
/** A command is for the order, or for the one that replaced goods of it last. */
const addressed = fc.record({ command, toReplacement: fc.boolean() })

/** Many begin with an order that has arrived, and some with one whose goods were exchanged. */
const sent: Command = { kind: 'ship', units: undefined, arrives: true }
const exchanged: Command = { kind: 'exchange', units: 1n, isDearer: true, token: 'tok_success' }
type Addressed = { command: Command; toReplacement: boolean }
const toFirst = (...commands: Command[]): Addressed[] =>
  commands.map((each) => ({ command: each, toReplacement: false }))
const toSecond = (...commands: Command[]): Addressed[] =>
  commands.map((each) => ({ command: each, toReplacement: true }))
const arrived = toFirst(sent)
const replaced = [...toFirst(sent, exchanged), ...toSecond(sent)]
const start = fc.constantFrom([], arrived, replaced)

/** What has to be tried, whatever chance brings. */
const always: [Addressed[], Addressed[]][] = [
  [[], toFirst({ kind: 'cancel' }, sent)],
  [[], toFirst(exchanged, { kind: 'ship', units: 1n, arrives: false }, { kind: 'cancel' })],
  [[], toFirst({ kind: 'ship', units: undefined, arrives: false }, { kind: 'complete' })],
  [[], toFirst({ kind: 'label', units: 2n, isMistake: true }, { kind: 'cancel' })],
  [arrived, toFirst({ ...exchanged, token: 'tok_declined' }, exchanged)],
  [replaced, toSecond(exchanged)],
]

/** A difference that no exchange here has: the refusal tells the right one. */
const WRONG_CENTS = 1n

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
      const parcel = wanted.units ? [{ variantId, quantity: wanted.units }] : []
      const idempotencyKey = crypto.randomUUID()
      const { shipmentId } = await order.shipOrder(
        { ...target, idempotencyKey, lines: parcel },
        asTest,
      )
      const state = wanted.arrives ? ShipmentState.DELIVERED : ShipmentState.SHIPPED
      await shipping.moveShipment({ tenant, shipmentId, state }, asTest)
      return
    }
    case 'label': {
      const parcel = [{ variantId, quantity: wanted.units }]
      const idempotencyKey = crypto.randomUUID()
      const { shipmentId } = await order.shipOrder(
        { ...target, idempotencyKey, lines: parcel },
        asTest,
      )
      if (wanted.isMistake) await order.cancelParcel({ ...target, shipmentId }, asTest)
      return
    }
    case 'exchange': {
      const { isDearer, token, units: quantity } = wanted
      const replacement: [string, bigint] = [isDearer ? dear : cheap, quantity]
      const back: [string, bigint] = [variantId, quantity]
      const send = (cents: bigint) =>
        order.exchangeOrder(exchangeOf({ orderId, back, replacement, cents, token }), asTest)
      await send(WRONG_CENTS).catch(async (error: unknown) => {
        const told = isPurserError(error) ? error.details['difference_cents'] : undefined
        if (told === undefined) throw error
        await send(BigInt(told))
      })
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

function expectMoneySound(order: Order): void {
  const given = order.refunds
    .filter(({ state }) => state === OrderRefundState.SUCCEEDED)
    .reduce((sum, { amount }) => sum + (amount?.amountCents ?? 0n), 0n)
  const [paid, refunded] = [order.paid?.amountCents ?? 0n, order.refunded?.amountCents ?? 0n]
  const exchanged = order.exchanged?.amountCents ?? 0n
  expect(refunded).toBe(given)
  expect(refunded + exchanged <= paid).toBe(true)
  if (order.state === OrderState.REFUNDED) expect(refunded).toBe(paid)
  if (order.state === OrderState.CANCELED) expect(refunded).toBe(paid)
  expect(order.transitions.map(({ number }) => number)).toEqual(
    order.transitions.map((_, index) => index + 1),
  )
  expect(order.transitions.at(-1)?.toState).toBe(order.state)
}

async function expectSound(order: Order): Promise<void> {
  expectMoneySound(order)
  const line = order.lines[0]
  const isCanceled = order.state === OrderState.CANCELED
  const gone = isCanceled ? 0n : (line?.quantity ?? 0n) - (line?.returnedQuantity ?? 0n)
  const onHand = await bed.count(
    'select sum(on_hand) as count from catalog.stock_level where variant_id = $1',
    [line?.variantId],
  )
  expect(BigInt(onHand)).toBe(ON_HAND - gone)
}

test('whatever is done to an order, money and stock add up after each command', async () => {
  const seen = new Set<string>()
  await fc.assert(
    fc.asyncProperty(
      start,
      fc.array(addressed, { minLength: 3, maxLength: 8 }),
      async (first, rest) => {
        const commands = [...first, ...rest]
        const variantId = await addProduct(bed, { onHand: ON_HAND })
        const made = await buy(bed, await fillCart(bed, [variantId], UNITS))
        const orderId = made.order?.orderId ?? ''
        let replacementId: string | undefined
        for (const { command: wanted, toReplacement } of commands) {
          const target = (toReplacement ? replacementId : undefined) ?? orderId
          await send(await getOrder(target), wanted).catch((error: unknown) => {
            const code = isPurserError(error) ? error.code : String(error)
            expect(code).toMatch(/^(order|shipping)\./)
            seen.add(code)
          })
          const order = await settled(orderId)
          seen.add(OrderState[order.state])
          await expectSound(order)
          if (target !== orderId) expectMoneySound(await settled(target))
          const exchange = (await getOrder(target)).exchanges.at(-1)
          if (exchange && wanted.kind === 'exchange') {
            replacementId = exchange.replacementId
            seen.add('exchanged')
            if (target !== orderId) seen.add('exchanged again')
          }
        }
        await expectBooksToBalance(bed)
      },
    ),
    { numRuns: always.length + 20, seed: 20_260_301, examples: always },
  )
  // The commands reach what they are meant to try.
  expect([...seen]).toEqual(
    expect.arrayContaining([
      'CANCELED',
      'FULFILLING',
      'SHIPPED',
      'order.not_cancelable',
      'exchanged',
      'exchanged again',
      'order.not_exchangeable',
      'order.payment_declined',
    ]),
  )
}, 240_000)
