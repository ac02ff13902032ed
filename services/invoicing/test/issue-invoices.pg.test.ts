import { InvoiceStatus } from '@purser/contracts/invoicing/v1/invoicing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  FEBRUARY,
  flatLine,
  type Invoicing,
  invoiceOf,
  type NewInvoice,
  NOW,
  numbersUpTo,
  startInvoicing,
  storedNumbers,
  usageLine,
  usd,
} from './invoicing-harness.ts'

let invoicing: Invoicing

beforeAll(async () => {
  invoicing = await startInvoicing()
})
afterAll(() => invoicing.close())

function issue(tenant: string, invoices: NewInvoice[], keepDrafts = false) {
  const { client, as } = invoicing
  return client.issueInvoices({ tenant, invoices, keepDrafts }, as(tenant))
}

async function refusal(call: Promise<unknown>) {
  return await call.then(
    () => expect.fail('it should have been refused'),
    (error) => error,
  )
}

function subscriptions(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `sub-${index}`)
}

async function outboxOf(tenant: string) {
  return await invoicing.adminQuery<{ subject: string; payload: Record<string, unknown> }>(
    `select subject, payload from invoicing.outbox
     where tenant_id = $1 and subject <> 'audit.recorded' order by seq`,
    [tenant],
  )
}

describe('numbers', () => {
  test('are given in the order of the request, from 1 in each tenant', async () => {
    const answer = await issue('order', [invoiceOf('b'), invoiceOf('a')])
    expect(answer).toMatchObject({ issuedCount: 2, existingCount: 0 })
    const { client, as } = invoicing
    const first = await client.getInvoice({ tenant: 'order', invoice: 'INV-000001' }, as('order'))
    expect(first).toMatchObject({
      subscriptionId: 'b',
      status: InvoiceStatus.FINALIZED,
      finalizeTime: { seconds: BigInt(NOW.epochMilliseconds / 1_000) },
    })
  })

  test('8 calls at once with overlapping content leave no gap and no double', async () => {
    const all = subscriptions(240).map((id) => invoiceOf(id))
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, worker) => {
        const part = all.slice(worker * 20, worker * 20 + 100)
        return issue('race', worker % 2 === 0 ? part : part.toReversed())
      }),
    )
    expect(answers.reduce((sum, { issuedCount }) => sum + issuedCount, 0)).toBe(240)
    expect(answers.reduce((sum, { existingCount }) => sum + existingCount, 0)).toBe(560)
    expect(await storedNumbers(invoicing, 'race')).toEqual(numbersUpTo(240))
  })

  test('a call that fails half-way burns none', async () => {
    await issue('rollback', [invoiceOf('before')])
    const spoilt = invoiceOf('spoilt', { lines: [flatLine({ description: 'NUL \0' })] })
    const failures = await Promise.all([
      refusal(issue('rollback', [invoiceOf('lost'), spoilt])),
      issue('rollback', [invoiceOf('kept')]),
      refusal(issue('rollback', [spoilt])),
    ])
    expect(failures[0]).toMatchObject({ code: 'request.invalid' })
    await issue('rollback', [invoiceOf('after')])
    expect(await storedNumbers(invoicing, 'rollback')).toEqual(numbersUpTo(3))
  })

  test('grow beyond six digits', async () => {
    await issue('long', [invoiceOf('a')])
    await invoicing.adminQuery(
      `update invoicing.invoice_sequence set next_number = 999999 where tenant_id = 'long'`,
    )
    await issue('long', [invoiceOf('b'), invoiceOf('c')])
    const numbers = await storedNumbers(invoicing, 'long')
    expect(numbers).toEqual(['INV-000001', 'INV-999999', 'INV-1000000'])
  })
})

describe('once', () => {
  test('issuing again counts what exists and changes nothing', async () => {
    const invoices = [invoiceOf('a', { runId: 'run-1' }), invoiceOf('b', { runId: 'run-1' })]
    await issue('again', invoices)
    const { client, as } = invoicing
    const before = await client.getInvoice({ tenant: 'again', invoice: 'INV-000002' }, as('again'))
    const more = [...invoices.map((one) => ({ ...one, runId: 'run-2' })), invoiceOf('c')]
    expect(await issue('again', more)).toMatchObject({ issuedCount: 1, existingCount: 2 })
    const after = await client.getInvoice({ tenant: 'again', invoice: 'INV-000002' }, as('again'))
    expect(after).toEqual(before)
    expect(await storedNumbers(invoicing, 'again')).toEqual(numbersUpTo(3))
  })

  test('the same usage found at a later watermark is the same bill', async () => {
    await issue('watermark', [invoiceOf('a')])
    const later = invoiceOf('a', {
      lines: [flatLine({ watermark: 99n }), usageLine({ watermark: 99n, quantity: '1900.0' })],
    })
    expect(await issue('watermark', [later])).toMatchObject({ issuedCount: 0, existingCount: 1 })
  })

  test.each<[string, NewInvoice]>([
    ['an amount', { lines: [flatLine(), usageLine({ amount: usd(9_51n), exactAmount: '9.51' })] }],
    ['a quantity', { lines: [flatLine(), usageLine({ quantity: '1901' })] }],
    ['an exact amount', { lines: [flatLine(), usageLine({ exactAmount: '9.501' })] }],
    [
      'a price',
      { lines: [flatLine({ priceJson: '{"model":"flat","amount":"21"}' }), usageLine()] },
    ],
    ['a missing line', { lines: [flatLine()] }],
    ['tax', { tax: usd(1n), total: usd(29_51n) }],
    ['the plan', { planVersion: 2 }],
    ['the policy', { policy: { name: 'standard_v1', rounding: 'half_even' } }],
    ['the account', { accountId: 'someone-else' }],
  ])('another bill for the same period is refused: %s', async (what, fields) => {
    const tenant = `differs-${what.replaceAll(' ', '-')}`
    await issue(tenant, [invoiceOf('a')])
    const error = await refusal(issue(tenant, [invoiceOf('new'), invoiceOf('a', fields)]))
    expect(error).toMatchObject({
      code: 'invoice.mismatch',
      details: { subscription_id: 'a', invoice_id: expect.stringMatching(/^inv_/) },
      fields: [{ field: 'invoices[1]' }],
    })
    expect(await storedNumbers(invoicing, tenant)).toEqual(numbersUpTo(1))
  })

  test('one event leaves for each invoice that became ready', async () => {
    await issue('events', [invoiceOf('a', { runId: 'run-7' }), invoiceOf('b')])
    await issue('events', [invoiceOf('a', { runId: 'run-7' }), invoiceOf('b')])
    const events = await outboxOf('events')
    expect(events.map(({ subject }) => subject)).toEqual(['invoice.ready', 'invoice.ready'])
    expect(events[0]?.payload).toEqual({
      invoice_id: expect.stringMatching(/^inv_[0-9a-z]{26}$/),
      number: 'INV-000001',
      kind: 'period',
      account_id: 'acct-a',
      subscription_id: 'a',
      period_start: '2026-02-01T00:00:00Z',
      period_end: '2026-03-01T00:00:00Z',
      total: { amount_cents: '2950', currency: 'USD' },
      run_id: 'run-7',
    })
  })
})

describe('drafts', () => {
  test('have no number, take none and tell nobody', async () => {
    await issue('drafts', [invoiceOf('a'), invoiceOf('b')], true)
    await issue('drafts', [invoiceOf('c')])
    expect(await storedNumbers(invoicing, 'drafts')).toEqual(numbersUpTo(1))
    expect(await outboxOf('drafts')).toHaveLength(1)
    expect(await issue('drafts', [invoiceOf('a')])).toMatchObject({ existingCount: 1 })
    expect(await storedNumbers(invoicing, 'drafts')).toEqual(numbersUpTo(1))
  })
})

describe('content is checked before anything is stored', () => {
  const noPeriod = { periodStart: FEBRUARY.periodEnd, periodEnd: FEBRUARY.periodStart }
  test.each<[string, NewInvoice]>([
    ['invoices[1].subtotal.amount_cents', { subtotal: usd(1n), total: usd(1n) }],
    ['invoices[1].total.amount_cents', { total: usd(29_51n) }],
    ['invoices[1].subtotal', { subtotal: undefined }],
    ['invoices[1].tax.currency', { tax: { amountCents: 0n, currency: 'EUR' } }],
    ['invoices[1].subtotal.currency', { currency: 'EUR', subtotal: usd(29_50n) }],
    ['invoices[1].kind', { kind: 0 }],
    ['invoices[1].account_id', { accountId: 'no spaces' }],
    ['invoices[1].run_id', { runId: '/' }],
    ['invoices[1].number', { number: 'INV-000009' }],
    ['invoices[1].status', { status: InvoiceStatus.FINALIZED }],
    ['invoices[1].period_end', noPeriod],
    ['invoices[1]', { subscriptionId: 'first' }],
    ['invoices[1].lines[0].period_end', { lines: [flatLine(noPeriod)] }],
    ['invoices[1].lines[0].kind', { lines: [flatLine({ kind: 0 })] }],
    ['invoices[1].lines[0].quantity', { lines: [flatLine({ quantity: '1e3' })] }],
    ['invoices[1].lines[0].exact_amount', { lines: [flatLine({ exactAmount: '' })] }],
    ['invoices[1].lines[0].amount', { lines: [flatLine({ amount: undefined })] }],
    ['invoices[1].lines[0].price_json', { lines: [flatLine({ priceJson: '{' })] }],
    ['invoices[1].lines[0].breakdown_json', { lines: [flatLine({ breakdownJson: '1' })] }],
    ['invoices[1].lines[0].line_number', { lines: [flatLine({ lineNumber: 2 })] }],
    ['invoices[1].lines[0].event_count', { lines: [flatLine({ eventCount: -1n })] }],
    ['invoices[1].lines[0].billable_days', { lines: [flatLine({ billableDays: 29 })] }],
    ['invoices[1].lines[0].description', { lines: [flatLine({ description: 'x'.repeat(501) })] }],
    [
      'invoices[1].lines[0].period_start',
      { lines: [flatLine({ periodStart: { seconds: 1n, nanos: 1 } })] },
    ],
  ])('%s', async (field, fields) => {
    const invoices = [invoiceOf('first'), invoiceOf('second', fields)]
    const error = await refusal(issue('invalid', invoices))
    expect(error).toMatchObject({ code: 'request.invalid' })
    expect(error.fields.map((violation: { field: string }) => violation.field)).toContain(field)
    expect(await storedNumbers(invoicing, 'invalid')).toEqual([])
  })
})
