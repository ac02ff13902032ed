import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  as,
  asPerson,
  type PaymentBed,
  type PaymentProcess,
  PaymentState,
  pathOf,
  RefundState,
  startBed,
  wanted,
} from './payment-harness.ts'

let bed: PaymentBed
let process: PaymentProcess

beforeAll(async () => {
  bed = await startBed()
  process = bed.createProcess()
})
afterAll(() => bed.close())

const EUR = (amountCents: bigint) => ({ amountCents, currency: 'EUR' })

async function pay(token = 'tok_success', amountCents = 1_000n) {
  const request = wanted(token, { amount: EUR(amountCents) })
  return (await process.payment.createPayment(request, as('acme'))).paymentId
}

const refund = (paymentId: string, idempotencyKey: string, changes: object = {}) =>
  process.payment.refundPayment(
    { tenant: 'acme', paymentId, idempotencyKey, ...changes },
    as('acme'),
  )
const get = (paymentId: string) =>
  process.payment.getPayment({ tenant: 'acme', paymentId }, as('acme'))
const resolve = (paymentId: string) =>
  process.payment.resolvePayment({ tenant: 'acme', paymentId }, as('acme'))
const givenBack = (paymentId: string) =>
  bed.count(
    `select coalesce(sum(amount_minor), 0) as count from payment.sandbox_refund
     where charge_key = $1 || '/1' and status = 'succeeded'`,
    [paymentId],
  )

describe('a refund', () => {
  test('in parts, then of the rest, ends with nothing left', async () => {
    const paymentId = await pay()
    const part = await refund(paymentId, 'a', { amount: EUR(300n), reason: 'broken' })
    expect(part).toMatchObject({
      state: RefundState.SUCCEEDED,
      amount: EUR(300n),
      reason: 'broken',
    })
    expect((await get(paymentId)).state).toBe(PaymentState.PARTIALLY_REFUNDED)
    await refund(paymentId, 'b', { amount: EUR(200n) })
    expect(await refund(paymentId, 'c')).toMatchObject({ amount: EUR(500n) })
    const whole = await get(paymentId)
    expect(whole).toMatchObject({ state: PaymentState.REFUNDED, refundedAmount: EUR(1_000n) })
    expect(pathOf(whole)).toBe(
      'created processing succeeded partially_refunded partially_refunded refunded',
    )
    await expect(refund(paymentId, 'd')).rejects.toMatchObject({ code: 'payment.not_refundable' })
    const events = await bed.database.adminQuery<{ full: string; cents: string }>(
      `select payload ->> 'is_full' as full, payload -> 'refunded' ->> 'amount_cents' as cents
       from payment.outbox where subject = 'payment.refunded' and payload ->> 'payment_id' = $1
       order by seq`,
      [paymentId],
    )
    expect(events).toEqual([
      { full: 'false', cents: '300' },
      { full: 'false', cents: '200' },
      { full: 'true', cents: '500' },
    ])
  })

  test('is made once a key, and refused with other content', async () => {
    const paymentId = await pay()
    const first = await refund(paymentId, 'once', { amount: EUR(100n) })
    expect(await refund(paymentId, 'once', { amount: EUR(100n) })).toEqual(first)
    const another = await pay()
    const others = [
      () => refund(paymentId, 'once', { amount: EUR(101n) }),
      () => refund(paymentId, 'once'),
      () => refund(another, 'once', { amount: EUR(100n) }),
    ]
    for (const other of others) {
      await expect(other()).rejects.toMatchObject({ code: 'request.idempotency_mismatch' })
    }
    expect(await givenBack(paymentId)).toBe(100)
  })

  test('never gives back more than was paid, nor another currency', async () => {
    const paymentId = await pay()
    await expect(refund(paymentId, 'more', { amount: EUR(1_001n) })).rejects.toMatchObject({
      code: 'payment.refund_exceeds_payment',
      details: { refundable_cents: '1000' },
    })
    const dollars = { amount: { amountCents: 1n, currency: 'USD' } }
    await expect(refund(paymentId, 'usd', dollars)).rejects.toMatchObject({
      code: 'payment.not_refundable',
    })
    await expect(refund(paymentId, 'zero', { amount: EUR(0n) })).rejects.toMatchObject({
      code: 'request.invalid',
    })
    expect(await givenBack(paymentId)).toBe(0)
  })

  test.each([
    ['tok_declined', 'payment.not_refundable'],
    ['tok_requires_action', 'payment.not_refundable'],
    ['tok_timeout_after_charge', 'payment.outcome_unknown'],
  ])('of a payment with %s is refused: %s', async (token, code) => {
    await expect(refund(await pay(token), `of ${token}`.replace(' ', '-'))).rejects.toMatchObject({
      code,
    })
  })

  test('of what a service charged for an order is for services; of what people charged, for people', async () => {
    const person = asPerson('usr_ann')
    const charge = async (by: ReturnType<typeof as>, orderId: string) =>
      await process.payment.createPayment(wanted('tok_success', { orderId }), by)
    const refundBy = (by: ReturnType<typeof as>, { paymentId }: { paymentId: string }) =>
      process.payment.refundPayment({ tenant: 'acme', paymentId, idempotencyKey: paymentId }, by)
    const ofOrder = await charge(as('acme'), 'ord_1')
    await expect(refundBy(person, ofOrder)).rejects.toMatchObject({
      code: 'payment.belongs_to_order',
      details: { order_id: 'ord_1' },
    })
    expect(await givenBack(ofOrder.paymentId)).toBe(0)
    expect((await refundBy(as('acme'), ofOrder)).state).toBe(RefundState.SUCCEEDED)
    for (const free of [await charge(person, 'ord_2'), await charge(as('acme'), '')]) {
      expect((await refundBy(person, free)).state).toBe(RefundState.SUCCEEDED)
    }
  })

  test('that the provider refuses leaves the money to be refunded again', async () => {
    const paymentId = await pay('tok_refund_fails')
    const failed = await refund(paymentId, 'fails')
    expect(failed).toMatchObject({ state: RefundState.FAILED, failureCode: 'refund_refused' })
    expect(await get(paymentId)).toMatchObject({
      state: PaymentState.SUCCEEDED,
      refundedAmount: EUR(0n),
      refundingAmount: EUR(0n),
    })
  })
})

describe('an unknown refund', () => {
  test.each(['tok_refund_timeout_after', 'tok_refund_timeout_before'])(
    'with %s keeps its amount reserved and is paid once',
    async (token) => {
      const paymentId = await pay(token)
      const unknown = await refund(paymentId, `lost-${token}`, { amount: EUR(600n) })
      expect(unknown.state).toBe(RefundState.UNKNOWN)
      expect(await get(paymentId)).toMatchObject({ refundingAmount: EUR(600n) })
      await expect(
        refund(paymentId, `again-${token}`, { amount: EUR(500n) }),
      ).rejects.toMatchObject({ code: 'payment.refund_exceeds_payment' })
      const resolved = await resolve(paymentId)
      expect(resolved.refunds).toMatchObject([{ state: RefundState.SUCCEEDED }])
      expect(resolved).toMatchObject({ refundedAmount: EUR(600n), refundingAmount: EUR(0n) })
      expect(await givenBack(paymentId)).toBe(600)
      await resolve(paymentId)
      expect(await givenBack(paymentId)).toBe(600)
    },
  )
})

describe('refunds at the same moment', () => {
  test('twenty parts of 100 of 1,000 give back exactly 1,000', async () => {
    const paymentId = await pay()
    const processes = [process, bed.createProcess()]
    const ended = await Promise.allSettled(
      Array.from({ length: 20 }, (_, index) =>
        processes[index % 2]?.payment.refundPayment(
          { tenant: 'acme', paymentId, idempotencyKey: `race-${index}`, amount: EUR(100n) },
          as('acme'),
        ),
      ),
    )
    expect(ended.filter(({ status }) => status === 'fulfilled')).toHaveLength(10)
    for (const one of ended) {
      if (one.status === 'fulfilled') continue
      expect(one.reason.code).toMatch(/^payment\.(not_refundable|refund_exceeds_payment)$/)
    }
    expect(await givenBack(paymentId)).toBe(1_000)
    expect(await get(paymentId)).toMatchObject({
      state: PaymentState.REFUNDED,
      refundedAmount: EUR(1_000n),
    })
  })

  test('twenty with one key are one', async () => {
    const paymentId = await pay()
    const ended = await Promise.all(
      Array.from({ length: 20 }, () => refund(paymentId, 'same', { amount: EUR(400n) })),
    )
    expect(new Set(ended.map(({ refundId }) => refundId)).size).toBe(1)
    expect(await givenBack(paymentId)).toBe(400)
  })

  test('the database refuses more than was paid, whatever the code says', async () => {
    const paymentId = await pay()
    const update = `update payment.payment set refunding_minor = 1001 where payment_id = $1`
    await expect(bed.database.adminQuery(update, [paymentId])).rejects.toThrow(
      'payment_refunds_within_amount',
    )
  })
})
