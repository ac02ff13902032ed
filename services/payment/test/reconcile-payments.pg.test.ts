import { DifferenceKind } from '@purser/contracts/payment/v1/reconciliation'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { as, type PaymentBed, type PaymentProcess, startBed, wanted } from './payment-harness.ts'
import { bodyOf, signatureOf } from './webhook-fixture.ts'

let bed: PaymentBed
let process: PaymentProcess

beforeAll(async () => {
  bed = await startBed()
  process = bed.createProcess()
})
afterAll(() => bed.close())

const pay = async (token = 'tok_success') =>
  (await process.payment.createPayment(wanted(token), as('acme'))).paymentId

/** All pages of a comparison: `kind payment` of each difference, and how many were compared. */
async function reconcile(narrow: object = {}) {
  const found: string[] = []
  let comparedCount = 0
  for (let pageToken = ''; ; ) {
    const page = await process.payment.reconcilePayments(
      { tenant: 'acme', pageToken, pageSize: 3, ...narrow },
      as('acme'),
    )
    for (const { kind, paymentId, chargeKey } of page.differences) {
      found.push(`${DifferenceKind[kind]} ${paymentId || chargeKey}`)
    }
    comparedCount += page.comparedCount
    pageToken = page.nextPageToken
    if (pageToken === '') return { found: found.toSorted(), comparedCount }
  }
}

test('every difference is named, and what agrees is not', async () => {
  for (const token of ['tok_success', 'tok_declined', 'tok_requires_action', 'tok_success']) {
    await pay(token)
  }
  const refunded = await pay()
  const request = { tenant: 'acme', paymentId: refunded, idempotencyKey: 'reconciled' }
  await process.payment.refundPayment(request, as('acme'))
  expect(await reconcile()).toEqual({ found: [], comparedCount: 10 })

  const [lostHere, lostThere, amount, state, given] = [
    await pay(),
    await pay(),
    await pay(),
    await pay(),
    await pay(),
  ]
  const unresolved = await pay('tok_timeout_after_charge')
  const inBooks = (change: string, paymentId: string) =>
    bed.database.adminQuery(`${change} where idempotency_key = $1 || '/1'`, [paymentId])
  await bed.database.adminQuery('delete from payment.payment_transition where payment_id = $1', [
    lostHere,
  ])
  await bed.database.adminQuery('delete from payment.payment where payment_id = $1', [lostHere])
  await inBooks('delete from payment.sandbox_charge', lostThere)
  await inBooks('update payment.sandbox_charge set amount_minor = 2000', amount)
  await inBooks(`update payment.sandbox_charge set status = 'declined'`, state)
  await inBooks('update payment.sandbox_charge set refunded_minor = 5', given)
  const strange = bodyOf({ id: 'evt_strange', status: 'succeeded', key: 'pay_strange' })
  const signature = signatureOf(strange, bed.clock.now())
  await process.payment.receiveWebhook(
    { provider: 'sandbox', body: { contentType: 'application/json', data: strange } },
    { headers: { 'sandbox-signature': signature } },
  )
  const { found } = await reconcile()
  expect(found).toEqual(
    [
      `MISSING_HERE ${lostHere}/1`,
      `MISSING_THERE ${lostThere}`,
      `AMOUNT ${amount}`,
      `STATE ${state}`,
      `REFUNDED ${given}`,
      `UNRESOLVED ${unresolved}`,
      'PARKED_WEBHOOK pay_strange',
    ].toSorted(),
  )
  const later = { seconds: 1_900_000_000n, nanos: 0 }
  expect(await reconcile({ createdFrom: later })).toEqual({ found: [], comparedCount: 0 })
})

test('the books of another tenant are not looked at', async () => {
  const { differences, comparedCount } = await process.payment.reconcilePayments(
    { tenant: 'globex' },
    as('globex'),
  )
  expect([differences, comparedCount]).toEqual([[], 0])
})

test('a silent or unknown provider is an error, not an empty answer', async () => {
  const silent = bed.createProcess({
    providerTimeoutMs: 300,
    wire: (provider) => ({ ...provider, findCharges: () => new Promise(() => undefined) }),
  })
  const ask = (from: PaymentProcess, provider: string) =>
    from.payment.reconcilePayments({ tenant: 'acme', provider }, as('acme'))
  await expect(ask(silent, 'sandbox')).rejects.toMatchObject({ code: 'platform.unavailable' })
  await expect(ask(process, 'stripe')).rejects.toMatchObject({ code: 'resource.not_found' })
  await expect(
    process.payment.reconcilePayments({ tenant: 'acme', pageToken: 'nonsense' }, as('acme')),
  ).rejects.toMatchObject({ code: 'request.invalid' })
})
