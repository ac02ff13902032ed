import { CheckoutState } from '@purser/contracts/order/v1/checkout'
import { SandboxDecision } from '@purser/contracts/payment/v1/payment'
import { PurserError } from '@purser/kernel'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { expectBooksToBalance } from './books.ts'
import { type CheckoutBed, MovableClock, startCheckoutBed } from './checkout-bed.ts'
import { addProduct, buy, type FilledCart, fillCart, openShop, TENANT } from './shop.ts'

const clock = new MovableClock()
let bed: CheckoutBed
beforeAll(async () => {
  bed = await startCheckoutBed({ clock, providerTimeoutMs: 2_000 })
  await openShop(bed)
}, 120_000)
afterAll(() => bed.close())

const newCart = async () => fillCart(bed, [await addProduct(bed, { onHand: 1n })])

const goOn = ({ cartToken }: FilledCart, checkoutId: string) =>
  bed.client.order.continueGuestCheckout({ tenant: TENANT, checkoutId, cartToken })

async function decide(nextActionUrl: string, decision: SandboxDecision): Promise<void> {
  const challenge = new URL(nextActionUrl).searchParams.get('challenge') ?? ''
  await bed.client.payment.confirmSandboxAction({ tenant: TENANT, challenge, decision })
}

describe('a payment that the shopper has to confirm', () => {
  test('leaves the checkout waiting; once it is confirmed there is an order', async () => {
    const cart = await newCart()
    const waiting = await buy(bed, cart, 'tok_requires_action')
    expect(waiting).toMatchObject({ state: CheckoutState.WAITING })
    expect(await goOn(cart, waiting.checkoutId)).toEqual(waiting)
    await decide(waiting.nextActionUrl, SandboxDecision.APPROVE)
    const done = await goOn(cart, waiting.checkoutId)
    expect(done).toMatchObject({ state: CheckoutState.DONE, nextActionUrl: '' })
    expect(await goOn(cart, waiting.checkoutId)).toEqual(done)
    await expectBooksToBalance(bed)
  })

  test('and that is rejected ends the checkout', async () => {
    const cart = await newCart()
    const waiting = await buy(bed, cart, 'tok_requires_action')
    await decide(waiting.nextActionUrl, SandboxDecision.REJECT)
    await expect(goOn(cart, waiting.checkoutId)).rejects.toMatchObject({
      code: 'order.payment_declined',
    })
    await expectBooksToBalance(bed)
  })

  test('and that nobody confirms in 15 minutes is called off; the goods are free again', async () => {
    const cart = await newCart()
    const waiting = await buy(bed, cart, 'tok_requires_action')
    clock.add({ minutes: 15 })
    await expect(goOn(cart, waiting.checkoutId)).rejects.toMatchObject({
      code: 'order.payment_canceled',
    })
    await expectBooksToBalance(bed)
    expect((await buy(bed, cart)).state).toBe(CheckoutState.DONE)
  })

  test('is nobody else’s to go on with', async () => {
    const cart = await newCart()
    const waiting = await buy(bed, cart, 'tok_requires_action')
    const stranger = { ...cart, cartToken: `${cart.cartToken}x` }
    await expect(goOn(stranger, waiting.checkoutId)).rejects.toMatchObject({
      code: 'resource.not_found',
    })
    await decide(waiting.nextActionUrl, SandboxDecision.APPROVE)
    await goOn(cart, waiting.checkoutId)
  })
})

describe('a provider that is silent', () => {
  test('is asked: what was charged is an order', async () => {
    const done = await buy(bed, await newCart(), 'tok_timeout_after_charge')
    expect(done.state).toBe(CheckoutState.DONE)
    await expectBooksToBalance(bed)
  })

  test('is asked: what it never heard of is charged by nobody', async () => {
    await expect(buy(bed, await newCart(), 'tok_timeout_before_charge')).rejects.toMatchObject({
      code: 'order.payment_declined',
      details: { decline_code: 'not_processed' },
    })
    await expectBooksToBalance(bed)
  })

  test('blocks the checkout for as long as nobody knows', async () => {
    const cart = await newCart()
    const lost = {
      method: 'resolvePayment',
      before: () => {
        throw new Error('the line is dead')
      },
    }
    const blocked = await bed.interfere(lost, async () => {
      const running = await buy(bed, cart, 'tok_timeout_after_charge')
      expect(running.state).toBe(CheckoutState.RUNNING)
      await expect(buy(bed, cart)).rejects.toBeDefined()
      return running
    })
    expect((await goOn(cart, blocked.checkoutId)).state).toBe(CheckoutState.DONE)
    await expectBooksToBalance(bed)
  })
})

describe('an answer that is lost', () => {
  test.each(['reserveStock', 'confirmQuote', 'closeCart'])(
    'of %s, before the charge, ends the checkout and undoes it',
    async (method) => {
      const cart = await newCart()
      const after = () => {
        throw new Error('the answer is lost')
      }
      const bought = bed.interfere({ method, after }, () => buy(bed, cart))
      await expect(bought).rejects.toMatchObject({ code: 'platform.unavailable' })
      await expectBooksToBalance(bed)
      expect((await buy(bed, cart)).state).toBe(CheckoutState.DONE)
    },
  )

  test.each(['createPayment', 'commitReservation'])(
    'of %s is asked for again, and acts once',
    async (method) => {
      const cart = await newCart()
      const after = () => {
        throw new Error('the answer is lost')
      }
      const running = await bed.interfere({ method, after }, () => buy(bed, cart))
      expect(running.state).toBe(CheckoutState.RUNNING)
      expect((await goOn(cart, running.checkoutId)).state).toBe(CheckoutState.DONE)
      await expectBooksToBalance(bed)
    },
  )
})

test('a payment that came through after the goods were sold to others goes back', async () => {
  const variantId = await addProduct(bed, { onHand: 1n })
  const cart = await fillCart(bed, [variantId])
  const waiting = await buy(bed, cart, 'tok_requires_action')
  await decide(waiting.nextActionUrl, SandboxDecision.APPROVE)
  clock.add({ minutes: 16 })
  const rival = await fillCart(bed, [variantId])
  expect((await buy(bed, rival)).state).toBe(CheckoutState.DONE)
  await expect(goOn(cart, waiting.checkoutId)).rejects.toMatchObject({
    code: 'catalog.out_of_stock',
  })
  await expectBooksToBalance(bed)
})

test('a refund that the provider refuses keeps the checkout open, and its history says why', async () => {
  const variantId = await addProduct(bed, { onHand: 1n })
  const cart = await fillCart(bed, [variantId])
  const ended = {
    method: 'commitReservation',
    before: () => {
      throw new PurserError('catalog.reservation_ended', 'gone')
    },
  }
  const bought = bed.interfere(ended, () => buy(bed, cart, 'tok_refund_fails'))
  await expect(bought).rejects.toMatchObject({ code: 'catalog.out_of_stock' })
  const [row] = await bed.adminQuery<{ detail: string; state: string }>(
    `select c.state, s.detail from "order".checkout c join "order".checkout_step s
       using (tenant_id, checkout_id)
     where c.due_at is not null and s.ended_at is null`,
  )
  expect(row).toEqual({
    state: 'compensating',
    detail: 'the provider refused the refund: refund_refused',
  })
})
