import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { waitFor } from '@purser/testing'
import type { PaymentProvider } from '../src/index.ts'
import {
  as,
  asPerson,
  type PaymentBed,
  type PaymentProcess,
  PaymentState,
  pathOf,
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

const create = (token: string) => process.payment.createPayment(wanted(token), as('acme'))
const resolve = (paymentId: string, from = process) =>
  from.payment.resolvePayment({ tenant: 'acme', paymentId }, as('acme'))
const cancel = (paymentId: string, from = process) =>
  from.payment.cancelPayment({ tenant: 'acme', paymentId }, as('acme'))
const chargesOf = (paymentId: string, status: string) =>
  bed.count(
    `select count(*) from payment.sandbox_charge
     where idempotency_key like $1 || '/%' and status = $2`,
    [paymentId, status],
  )

describe('an unknown outcome', () => {
  test('of a charge that was made is found out, and charged once', async () => {
    const { paymentId } = await create('tok_timeout_after_charge')
    const resolved = await resolve(paymentId)
    expect(resolved.state).toBe(PaymentState.SUCCEEDED)
    expect(pathOf(resolved)).toBe('created processing unknown succeeded')
    expect(await chargesOf(paymentId, 'succeeded')).toBe(1)
    expect(await resolve(paymentId)).toEqual(resolved)
  })

  test('of a charge that never arrived is ended at the provider first', async () => {
    const { paymentId } = await create('tok_timeout_before_charge')
    const resolved = await resolve(paymentId)
    expect(resolved).toMatchObject({ state: PaymentState.DECLINED, declineCode: 'not_processed' })
    expect(await chargesOf(paymentId, 'abandoned')).toBe(1)
    expect(await chargesOf(paymentId, 'succeeded')).toBe(0)
  })

  test('stays unknown while the provider is silent, and is asked for less and less often', async () => {
    const { paymentId } = await create('tok_timeout_after_charge')
    const silent = bed.createProcess({
      wire: (provider) => ({ ...provider, findCharge: () => Promise.reject(new Error('down')) }),
    })
    const checksOf = () =>
      bed.count(
        `select extract(epoch from check_at - $2::timestamptz) as count
         from payment.payment where payment_id = $1`,
        [paymentId, bed.clock.now().toString()],
      )
    const waits = [await checksOf()]
    for (let count = 0; count < 3; count++) {
      const asked = await resolve(paymentId, silent)
      expect(asked.state).toBe(PaymentState.UNKNOWN)
      waits.push(await checksOf())
    }
    expect(waits).toEqual([2, 4, 8, 16])
    expect((await resolve(paymentId)).state).toBe(PaymentState.SUCCEEDED)
  })

  test('is found out by the job of any process, once it is due', async () => {
    const made = await create('tok_timeout_after_charge')
    const lost = await create('tok_timeout_before_charge')
    const worker = bed.createProcess()
    await worker.start()
    onTestFinished(() => worker.stop())
    bed.clock.add({ seconds: 3 })
    const stateOf = async (paymentId: string) =>
      (await process.payment.getPayment({ tenant: 'acme', paymentId }, as('acme'))).state
    await waitFor(async () => (await stateOf(made.paymentId)) === PaymentState.SUCCEEDED)
    await waitFor(async () => (await stateOf(lost.paymentId)) === PaymentState.DECLINED)
    expect(await chargesOf(made.paymentId, 'succeeded')).toBe(1)
  })
})

describe('a charge that is on its way', () => {
  /** A process whose charges wait at the provider's door until they are let in. */
  function heldProcess() {
    const gate = Promise.withResolvers<void>()
    const arrived = Promise.withResolvers<void>()
    const held = bed.createProcess({
      wire: (provider): PaymentProvider => ({
        ...provider,
        charge: async (request, signal) => {
          arrived.resolve()
          await gate.promise
          return await provider.charge(request, signal)
        },
      }),
    })
    return { held, arrived: arrived.promise, letIn: gate.resolve }
  }

  const idOf = async (key: string) => {
    const rows = await bed.database.adminQuery<{ payment_id: string }>(
      'select payment_id from payment.payment where idempotency_key = $1',
      [key],
    )
    return rows[0]?.payment_id ?? ''
  }

  test('is left alone while its lease lasts', async () => {
    const { held, arrived, letIn } = heldProcess()
    const request = wanted()
    const charging = held.payment.createPayment(request, as('acme'))
    await arrived
    const paymentId = await idOf(request.idempotencyKey)
    expect((await resolve(paymentId)).state).toBe(PaymentState.PROCESSING)
    await expect(cancel(paymentId)).rejects.toMatchObject({ code: 'payment.outcome_unknown' })
    letIn()
    expect((await charging).state).toBe(PaymentState.SUCCEEDED)
  })

  test('cannot take money any more once somebody else gave it up', async () => {
    const { held, arrived, letIn } = heldProcess()
    const request = wanted()
    const charging = held.payment.createPayment(request, as('acme'))
    await arrived
    bed.clock.add({ minutes: 1 })
    const paymentId = await idOf(request.idempotencyKey)
    const resolved = await resolve(paymentId)
    expect(resolved).toMatchObject({ state: PaymentState.DECLINED, declineCode: 'not_processed' })
    letIn()
    expect(await charging).toMatchObject({ paymentId, state: PaymentState.DECLINED })
    expect(await chargesOf(paymentId, 'succeeded')).toBe(0)
  })
})

describe('canceling', () => {
  test('ends what waits for the shopper, here and at the provider, once', async () => {
    const waiting = await create('tok_requires_action')
    const person = asPerson('usr_ann')
    const request = { tenant: 'acme', paymentId: waiting.paymentId }
    const canceled = await process.payment.cancelPayment(request, person)
    expect(canceled.state).toBe(PaymentState.CANCELED)
    expect(await process.payment.cancelPayment(request, person)).toEqual(canceled)
    expect(await chargesOf(waiting.paymentId, 'abandoned')).toBe(1)
    const acts = `select count(*) from payment.outbox where payload ->> 'action' = 'payment.cancel_payment'`
    expect(await bed.count(acts)).toBe(1)
  })

  test('ends an unknown charge that was never made, and finds out one that was', async () => {
    const lost = await create('tok_timeout_before_charge')
    expect((await cancel(lost.paymentId)).state).toBe(PaymentState.CANCELED)
    const made = await create('tok_timeout_after_charge')
    await expect(cancel(made.paymentId)).rejects.toMatchObject({ code: 'payment.not_cancelable' })
    expect((await resolve(made.paymentId)).state).toBe(PaymentState.SUCCEEDED)
  })

  test('is refused once money moved or the card was declined, and while the provider is silent', async () => {
    for (const token of ['tok_success', 'tok_declined']) {
      const { paymentId } = await create(token)
      await expect(cancel(paymentId)).rejects.toMatchObject({ code: 'payment.not_cancelable' })
    }
    const silent = bed.createProcess({
      providerTimeoutMs: 300,
      wire: (provider) => ({ ...provider, abandonCharge: () => new Promise(() => undefined) }),
    })
    const { paymentId } = await create('tok_requires_action')
    await expect(cancel(paymentId, silent)).rejects.toMatchObject({
      code: 'payment.outcome_unknown',
    })
    await expect(cancel('pay_no')).rejects.toMatchObject({ code: 'resource.not_found' })
    await expect(resolve('pay_no')).rejects.toMatchObject({ code: 'resource.not_found' })
  })
})
