import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  as,
  type PaymentBed,
  type PaymentProcess,
  PaymentState,
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

const account = { tenant: 'acme', accountId: 'ann' }
const attach = (token: string, changes: object = {}) =>
  process.payment.attachPaymentMethod(
    { ...account, paymentMethodToken: token, ...changes },
    as('acme'),
  )
const list = async (tenant = 'acme') => {
  const { paymentMethods } = await process.payment.listPaymentMethods(
    { ...account, tenant },
    as(tenant),
  )
  return paymentMethods
}
const detach = (paymentMethodId: string, tenant = 'acme') =>
  process.payment.detachPaymentMethod({ ...account, tenant, paymentMethodId }, as(tenant))

test('cards of an account: the first is the default, until another is', async () => {
  const first = await attach('tok_success')
  expect(first).toMatchObject({
    accountId: 'ann',
    provider: 'sandbox',
    isDefault: true,
    card: { brand: 'visa', last4: '4242', expiryMonth: 12, expiryYear: 2034 },
  })
  const second = await attach('tok_declined')
  const third = await attach('tok_requires_action', { makeDefault: true })
  const idsAndDefaults = (await list()).map((method) => [method.paymentMethodId, method.isDefault])
  expect(idsAndDefaults).toEqual([
    [third.paymentMethodId, true],
    [second.paymentMethodId, false],
    [first.paymentMethodId, false],
  ])
  const chosen = { ...account, paymentMethodId: first.paymentMethodId }
  await process.payment.setDefaultPaymentMethod(chosen, as('acme'))
  expect((await list())[0]).toMatchObject({ ...first, isDefault: true })
  await detach(first.paymentMethodId)
  await expect(detach(first.paymentMethodId)).rejects.toMatchObject({ code: 'resource.not_found' })
  expect((await list()).map(({ isDefault }) => isDefault)).toEqual([false, false])
  await expect(process.payment.setDefaultPaymentMethod(chosen, as('acme'))).rejects.toMatchObject({
    code: 'resource.not_found',
  })
})

test('a kept card pays for its own account alone', async () => {
  const { paymentMethodId } = await attach('tok_success')
  const method = { case: 'paymentMethodId' as const, value: paymentMethodId }
  const pay = (changes: object) =>
    process.payment.createPayment(wanted('', { method, ...changes }), as('acme'))
  expect(await pay({ accountId: 'ann' })).toMatchObject({
    state: PaymentState.SUCCEEDED,
    accountId: 'ann',
    card: { last4: '4242' },
  })
  for (const accountId of ['', 'bob']) {
    await expect(pay({ accountId })).rejects.toMatchObject({ code: 'payment.unknown_method' })
  }
})

test('nobody sees, changes or removes the cards of another tenant', async () => {
  const { paymentMethodId } = await attach('tok_success')
  expect(await list('globex')).toEqual([])
  await expect(detach(paymentMethodId, 'globex')).rejects.toMatchObject({
    code: 'resource.not_found',
  })
  await expect(
    process.payment.setDefaultPaymentMethod(
      { ...account, tenant: 'globex', paymentMethodId },
      as('globex'),
    ),
  ).rejects.toMatchObject({ code: 'resource.not_found' })
  expect((await list()).map((method) => method.paymentMethodId)).toContain(paymentMethodId)
})

test('refused are unknown accounts and tokens, card numbers, and the twenty-first card', async () => {
  await expect(attach('tok_success', { accountId: 'nobody' })).rejects.toMatchObject({
    code: 'resource.not_found',
  })
  const nobody = { tenant: 'acme', accountId: 'nobody' }
  await expect(process.payment.listPaymentMethods(nobody, as('acme'))).rejects.toMatchObject({
    code: 'resource.not_found',
  })
  await expect(attach('tok_nothing')).rejects.toMatchObject({ code: 'payment.unknown_method' })
  await expect(attach('4000056655665556')).rejects.toMatchObject({
    code: 'payment.card_number_refused',
  })
  const left = 20 - (await list()).length
  const added = await Promise.allSettled(
    Array.from({ length: left + 3 }, () => attach('tok_success')),
  )
  const refused = added.filter((one) => one.status === 'rejected')
  expect(refused.map(({ reason }) => reason.code)).toEqual(
    Array.from({ length: 3 }, () => 'payment.too_many_methods'),
  )
  expect(await list()).toHaveLength(20)
})

test('an Idempotency-Key attaches a card once', async () => {
  const globex = { ...account, tenant: 'globex', paymentMethodToken: 'tok_success' }
  const options = { ...as('globex'), headers: { 'idempotency-key': 'attach-1' } }
  const first = await process.payment.attachPaymentMethod(globex, options)
  expect(await process.payment.attachPaymentMethod(globex, options)).toEqual(first)
  expect(await list('globex')).toHaveLength(1)
})

test('what is held about an account is told, and its cards go when it is erased', async () => {
  await process.payment.createPayment(wanted('tok_success', { accountId: 'ann' }), as('acme'))
  const { records } = await process.payment.exportPersonalData(
    { tenant: 'acme', accountIds: ['ann'] },
    as('acme'),
  )
  expect(new Set(records.map(({ kind }) => kind))).toEqual(new Set(['cards', 'payments']))
  expect(records[0]?.json).toMatch(/"brand" : "visa", "last4" : "[0-9]{4}"/)
  const erase = () =>
    process.payment.erasePersonalData({ tenant: 'acme', accountIds: ['ann'] }, as('acme'))
  const erased = await erase()
  expect(erased.erasedCount).toBeGreaterThan(20n)
  expect(erased.kept).toMatchObject([{ kind: 'payments' }])
  expect((await erase()).erasedCount).toBe(0n)
  expect(await list()).toEqual([])
  const { payments } = await process.payment.listPayments(account, as('acme'))
  expect(payments.every(({ card }) => card === undefined)).toBe(true)
  expect(await list('globex')).toHaveLength(1)
})
