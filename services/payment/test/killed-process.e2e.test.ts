import { join } from 'node:path'
import { spawnNode } from '@purser/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  as,
  type PaymentBed,
  type PaymentProcess,
  PaymentState,
  pathOf,
  RefundState,
  startBed,
} from './payment-harness.ts'

let bed: PaymentBed
let next: PaymentProcess

beforeAll(async () => {
  bed = await startBed()
  next = bed.createProcess()
})
afterAll(() => bed.close())

const moments = ['before the provider', 'after the provider'] as const

/** Lets a process of its own do something, until it is killed at that moment. */
async function killAt(moment: (typeof moments)[number], method: string, request: object) {
  const { adminUrl: url, role, password } = bed.database
  const env = {
    PLACE: JSON.stringify({ url, role, password }),
    ACT: JSON.stringify({ method, request }),
    MOMENT: moment,
  }
  await using killed = spawnNode([join(import.meta.dirname, 'killed-process.ts')], { env })
  expect(await killed.exited, killed.output()).toMatchObject({ signal: 'SIGKILL' })
}

const rowsOf = async <Row extends object>(sql: string, values: unknown[]) =>
  await bed.database.adminQuery<Row>(sql, values)

/** A request as it goes through the environment: without bigints. */
const requestOf = (idempotencyKey: string) => ({
  tenant: 'acme',
  idempotencyKey,
  amount: { amountCents: '1999', currency: 'EUR' },
  method: { case: 'paymentMethodToken' as const, value: 'tok_success' },
})

describe.each(moments)('killed %s', (moment) => {
  const isCharged = moment === 'after the provider'

  test('a charge is found out by asking, and never made twice', async () => {
    const key = `killed ${moment}`.replaceAll(' ', '-')
    await killAt(moment, 'createPayment', requestOf(key))
    const [left] = await rowsOf<{ payment_id: string; state: string }>(
      'select payment_id, state from payment.payment where idempotency_key = $1',
      [key],
    )
    expect(left?.state).toBe('processing')
    const paymentId = left?.payment_id ?? ''
    const status = isCharged ? ['succeeded'] : []
    const inBooks = () =>
      rowsOf<{ status: string }>(
        `select status from payment.sandbox_charge where idempotency_key like $1 || '/%'`,
        [paymentId],
      )
    expect((await inBooks()).map((charge) => charge.status)).toEqual(status)

    bed.clock.add({ minutes: 1 })
    const again = { ...requestOf(key), amount: { amountCents: 1_999n, currency: 'EUR' } }
    const repeated = await next.payment.createPayment(again, as('acme'))
    expect(repeated).toMatchObject({ paymentId, state: PaymentState.PROCESSING })
    const resolved = await next.payment.resolvePayment({ tenant: 'acme', paymentId }, as('acme'))
    expect(pathOf(resolved)).toBe(`created processing ${isCharged ? 'succeeded' : 'declined'}`)
    expect((await inBooks()).map((charge) => charge.status)).toEqual([
      isCharged ? 'succeeded' : 'abandoned',
    ])
    expect((await next.payment.createPayment(again, as('acme'))).state).toBe(resolved.state)
  })

  test('a refund is found out or sent again, and paid once', async () => {
    const key = `refund ${moment}`.replaceAll(' ', '-')
    const paying = { ...requestOf(`paid ${key}`.replaceAll(' ', '-')) }
    const amount = { amountCents: 1_999n, currency: 'EUR' }
    const { paymentId } = await next.payment.createPayment({ ...paying, amount }, as('acme'))
    const request = { tenant: 'acme', paymentId, idempotencyKey: key }
    await killAt(moment, 'refundPayment', request)
    const left = await next.payment.getPayment({ tenant: 'acme', paymentId }, as('acme'))
    expect(left).toMatchObject({
      state: PaymentState.SUCCEEDED,
      refundingAmount: amount,
      refunds: [{ state: RefundState.PROCESSING }],
    })
    bed.clock.add({ minutes: 1 })
    await expect(
      next.payment.refundPayment({ ...request, idempotencyKey: `${key}-2` }, as('acme')),
    ).rejects.toMatchObject({ code: 'payment.not_refundable' })
    const resolved = await next.payment.resolvePayment({ tenant: 'acme', paymentId }, as('acme'))
    expect(resolved).toMatchObject({ state: PaymentState.REFUNDED, refundedAmount: amount })
    const paidBack = await rowsOf(
      `select amount_minor from payment.sandbox_refund where charge_key = $1 || '/1'`,
      [paymentId],
    )
    expect(paidBack).toHaveLength(1)
    expect((await next.payment.refundPayment(request, as('acme'))).state).toBe(
      RefundState.SUCCEEDED,
    )
  })
})
