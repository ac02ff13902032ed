import { waitFor } from '@purser/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
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

const create = (request: ReturnType<typeof wanted>, options = as('acme')) =>
  process.payment.createPayment(request, options)
const get = (paymentId: string) =>
  process.payment.getPayment({ tenant: 'acme', paymentId }, as('acme'))
const chargesOf = (paymentId: string) =>
  bed.count(`select count(*) from payment.sandbox_charge where idempotency_key like $1 || '/%'`, [
    paymentId,
  ])

describe('a charge', () => {
  test('that succeeds is told with its card, its history and one event', async () => {
    const request = wanted()
    const { paymentId, ...paid } = await create(request)
    expect(paid).toMatchObject({
      state: PaymentState.SUCCEEDED,
      amount: { amountCents: 1_999n, currency: 'EUR' },
      refundedAmount: { amountCents: 0n },
      orderId: request.orderId,
      provider: 'sandbox',
      card: { brand: 'visa', last4: '4242', expiryMonth: 12 },
    })
    const whole = await get(paymentId)
    expect(pathOf(whole)).toBe('created processing succeeded')
    expect(whole.transitions.map(({ cause }) => cause)).toEqual(
      Array.from({ length: 3 }, () => 'service:test'),
    )
    const events = await bed.database.adminQuery<{ subject: string; payload: object }>(
      `select subject, payload from payment.outbox where payload ->> 'payment_id' = $1`,
      [paymentId],
    )
    const amount = { amount_cents: '1999', currency: 'EUR' }
    const order_id = request.orderId
    const payload = { payment_id: paymentId, order_id, saga_id: '', account_id: '', amount }
    expect(events).toEqual([
      { subject: 'payment.intent.succeeded', payload: { ...payload, decline_code: '' } },
    ])
  })

  test.each([
    ['tok_declined', 'card_declined'],
    ['tok_insufficient_funds', 'insufficient_funds'],
    ['tok_that_never_was', 'unknown_token'],
  ])('with %s is declined with %s, and stays so', async (token, code) => {
    const request = wanted(token)
    const declined = await create(request)
    expect(declined).toMatchObject({ state: PaymentState.DECLINED, declineCode: code })
    expect(await create(request)).toEqual(declined)
    expect(await chargesOf(declined.paymentId)).toBe(1)
  })

  test('that nobody answers is unknown', async () => {
    const impatient = bed.createProcess({ providerTimeoutMs: 300, wire: (provider) => provider })
    const ask = (token: string) => impatient.payment.createPayment(wanted(token), as('acme'))
    const charged = await ask('tok_timeout_after_charge')
    const lost = await ask('tok_timeout_before_charge')
    expect([charged.state, lost.state]).toEqual([PaymentState.UNKNOWN, PaymentState.UNKNOWN])
    await waitFor(async () => (await chargesOf(charged.paymentId)) === 1)
    expect(await chargesOf(lost.paymentId)).toBe(0)
  })

  test('takes four statements at the most when a service asks for it', async () => {
    const statements: string[] = []
    const { database } = bed.database
    const counted = bed.createProcess({
      database: {
        ...database,
        tx: (tenant, work, options) =>
          database.tx(
            tenant,
            (tx) =>
              work({
                tenantId: tx.tenantId,
                announce: () => tx.announce(),
                query: (statement, values) => {
                  statements.push(statement.name)
                  return tx.query(statement, values)
                },
                execute: (statement, values) => {
                  statements.push(statement.name)
                  return tx.execute(statement, values)
                },
              }),
            options,
          ),
      },
    })
    await counted.payment.createPayment(wanted(), as('acme'))
    expect(statements).toEqual([
      'payment.insert_payment',
      'sandbox.put_charge',
      'payment.move_payment',
      'events.insert_events',
    ])
  })

  test('by a person is an act of theirs, by a service it is not', async () => {
    const byService = await create(wanted())
    const byPerson = await create(wanted(), asPerson('usr_ann'))
    const acts = await bed.database.adminQuery<{ action: string; actor: string; id: string }>(
      `select payload ->> 'action' as action, payload ->> 'actor_id' as actor,
         payload -> 'object' ->> 'payment_id' as id
       from payment.outbox where subject = 'audit.recorded'
         and payload -> 'object' ->> 'payment_id' = any($1)`,
      [[byService.paymentId, byPerson.paymentId]],
    )
    const id = byPerson.paymentId
    expect(acts).toEqual([{ action: 'payment.create_payment', actor: 'usr_ann', id }])
  })
})

describe('an idempotency key', () => {
  test('answers the same payment', async () => {
    const request = wanted()
    const first = await create(request)
    expect(await create(request)).toEqual(first)
    expect(await chargesOf(first.paymentId)).toBe(1)
  })

  test('refuses another content', async () => {
    const request = wanted()
    await create(request)
    const others = [
      { amount: { amountCents: 2_000n, currency: 'EUR' } },
      { amount: { amountCents: 1_999n, currency: 'USD' } },
      { orderId: 'another' },
      { method: { case: 'paymentMethodToken' as const, value: 'tok_declined' } },
    ]
    for (const other of others) {
      await expect(create({ ...request, ...other })).rejects.toMatchObject({
        code: 'request.idempotency_mismatch',
      })
    }
  })

  test('of twenty calls at once charges once, in several processes', async () => {
    const processes = [process, bed.createProcess(), bed.createProcess()]
    const request = wanted('tok_success', { amount: { amountCents: 777n, currency: 'EUR' } })
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        processes[index % 3]?.payment.createPayment(request, as('acme')),
      ),
    )
    const ids = new Set(answers.map((answer) => answer?.paymentId))
    expect(ids.size).toBe(1)
    expect(new Set(answers.map((answer) => answer?.state))).toEqual(
      new Set([PaymentState.SUCCEEDED]),
    )
    expect(
      await bed.count('select count(*) from payment.sandbox_charge where amount_minor = 777'),
    ).toBe(1)
    expect(await bed.count('select count(*) from payment.payment where amount_minor = 777')).toBe(1)
  })

  test('is one of its tenant alone', async () => {
    const request = wanted()
    const ours = await create(request)
    const theirs = await create({ ...request, tenant: 'globex' }, as('globex'))
    expect(theirs.paymentId).not.toBe(ours.paymentId)
    await expect(
      process.payment.getPayment({ tenant: 'globex', paymentId: ours.paymentId }, as('globex')),
    ).rejects.toMatchObject({ code: 'resource.not_found' })
    const listed = await process.payment.listPayments({ tenant: 'globex' }, as('globex'))
    expect(listed.payments).toEqual([theirs])
  })
})

describe('refused is', () => {
  test.each([0n, -1n, 1_000_000_000_000n])('an amount of %s', async (amountCents) => {
    const amount = { amountCents, currency: 'EUR' }
    await expect(create(wanted('tok_success', { amount }))).rejects.toMatchObject({
      code: 'request.invalid',
    })
  })

  test('a charge without anything that pays', async () => {
    const { method: _, ...request } = wanted()
    await expect(process.payment.createPayment(request, as('acme'))).rejects.toMatchObject({
      code: 'payment.unknown_method',
    })
  })

  test('an identifier that another key has taken', async () => {
    const { paymentId } = await create(wanted())
    await expect(create(wanted('tok_success', { paymentId }))).rejects.toMatchObject({
      code: 'payment.already_exists',
    })
  })

  test('a card number in any text, which stands nowhere afterwards', async () => {
    const pan = '4242 4242 4242 4242'
    const number = pan.replaceAll(' ', '')
    const texts = [
      { method: { case: 'paymentMethodToken' as const, value: number } },
      { idempotencyKey: number },
      { orderId: `order-${number}` },
    ]
    for (const text of texts) {
      const refused = create({ ...wanted(), ...text })
      await expect(refused).rejects.toMatchObject({ code: 'payment.card_number_refused' })
      await expect(refused).rejects.not.toThrow(number)
    }
    const { paymentId } = await create(wanted())
    const refund = { tenant: 'acme', paymentId, idempotencyKey: 'k', reason: `card ${pan}` }
    await expect(process.payment.refundPayment(refund, as('acme'))).rejects.toMatchObject({
      code: 'payment.card_number_refused',
      fields: [{ field: 'reason', message: 'must not hold a card number' }],
    })
    expect(process.lines.join('\n')).not.toMatch(/4242[ -]?4242/)
    expect(
      await bed.count(
        `select count(*) from payment.payment p, payment.outbox o
         where p::text like '%42424242%' or o::text like '%42424242%'`,
      ),
    ).toBe(0)
  })
})

test('lists are narrowed, paged and newest first', async () => {
  const accountId = 'lister'
  const made = []
  for (const token of ['tok_success', 'tok_declined', 'tok_success', 'tok_success']) {
    made.push(await create(wanted(token, { accountId })))
  }
  const newest = made.toReversed()
  const list = (narrow: object) =>
    process.payment.listPayments({ tenant: 'acme', accountId, ...narrow }, as('acme'))
  expect((await list({})).payments).toEqual(newest)
  const first = await list({ pageSize: 3 })
  const second = await list({ pageSize: 3, pageToken: first.nextPageToken })
  expect([...first.payments, ...second.payments]).toEqual(newest)
  expect(second.nextPageToken).toBe('')
  const declined = await list({ state: PaymentState.DECLINED })
  expect(declined.payments).toEqual([made[1]])
  expect((await list({ orderId: made[2]?.orderId })).payments).toEqual([made[2]])
  const later = made[0]?.createTime && { ...made[0].createTime, nanos: 1_000 }
  expect((await list({ createdFrom: later })).payments).toEqual([])
})

test('a slow answer is waited for', async () => {
  const patient = bed.createProcess({ wire: (provider) => provider })
  const paid = await patient.payment.createPayment(wanted('tok_slow'), as('acme'))
  expect(paid.state).toBe(PaymentState.SUCCEEDED)
})
