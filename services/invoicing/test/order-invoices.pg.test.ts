import type { Message, MessageInitShape } from '@bufbuild/protobuf'
import { InvoiceKind, LineKind } from '@purser/contracts/invoicing/v1/invoicing'
import {
  InvoicedOrderLineKind,
  type InvoicedOrderSchema,
} from '@purser/contracts/invoicing/v1/order_invoice'
import { statement } from '@purser/postgres'
import { fromProtoTimestamp, toProtoTimestamp } from '@purser/rpc'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  type Invoicing,
  invoiceOf,
  NOW,
  numbersUpTo,
  startInvoicing,
  storedNumbers,
  usd,
} from './invoicing-harness.ts'
import { textOfPdf } from './pdf-text.ts'

let invoicing: Invoicing
const present = { now: NOW }
beforeAll(async () => {
  invoicing = await startInvoicing({ clock: { now: () => present.now } })
})
afterAll(() => invoicing.close())

type Order = Exclude<MessageInitShape<typeof InvoicedOrderSchema>, Message>

/** Two mugs for 20 dollars, 2 off, 19 percent on top, a plan, and delivery for 5 without tax: 26.42 dollars. */
const orderOf = (orderId: string, fields: Order = {}): Order => ({
  orderId,
  userId: `user-${orderId}`,
  accountId: `acct-${orderId}`,
  email: `${orderId}@example.com`,
  buyerName: 'Ann Other',
  buyerAddress: { lines: ['1 High Street'], city: 'Valletta', postalCode: 'VLT 1', country: 'MT' },
  paymentId: `pay-${orderId}`,
  currency: 'USD',
  lines: [
    {
      kind: InvoicedOrderLineKind.GOODS,
      description: 'Mug',
      sku: 'MUG-1',
      quantity: 2n,
      unitPriceCents: 10_00n,
      discountCents: 2_00n,
      taxCategory: 'standard',
      taxes: [{ name: 'VAT', percent: '19', taxable: usd(18_00n), amount: usd(3_42n) }],
    },
    {
      kind: InvoicedOrderLineKind.PLAN,
      description: 'Care',
      quantity: 1n,
      subscriptionId: 'sub-1',
      startTime: toProtoTimestamp(NOW),
    },
    {
      kind: InvoicedOrderLineKind.SHIPPING,
      description: 'Post',
      quantity: 1n,
      unitPriceCents: 5_00n,
    },
  ],
  totalCents: 26_42n,
  ...fields,
})

const issue = (tenant: string, orders: Order[]) =>
  invoicing.client.issueOrderInvoices({ tenant, orders }, invoicing.as(tenant))

const credit = (tenant: string, orderId: string, refundId: string, cents: bigint, lines = [1]) =>
  invoicing.client.issueCreditNotes(
    {
      tenant,
      refunds: [{ orderId, refundId, amount: usd(cents), lineNumbers: lines, reason: 'broken' }],
    },
    invoicing.as(tenant),
  )

const invoiceNamed = (tenant: string, invoice: string) =>
  invoicing.client.getInvoice({ tenant, invoice }, invoicing.as(tenant))

const refused = (outcomes: PromiseSettledResult<unknown>[]) =>
  outcomes.flatMap((each) => (each.status === 'rejected' ? [each.reason.code] : []))

describe('the invoice of an order', () => {
  test('told 20 times at once is one, with the whole sale on it, and is told once', async () => {
    const calls = Array.from({ length: 20 }, () => issue('once', [orderOf('o1')]))
    const answers = await Promise.all(calls)
    expect(answers.reduce((sum, { issuedCount }) => sum + issuedCount, 0)).toBe(1)
    expect(await storedNumbers(invoicing, 'once')).toEqual(numbersUpTo(1))
    expect(await invoiceNamed('once', 'INV-000001')).toMatchObject({
      kind: InvoiceKind.ORDER,
      orderId: 'o1',
      accountId: 'acct-o1',
      paymentId: 'pay-o1',
      subscriptionId: '',
      subtotal: usd(23_00n),
      tax: usd(3_42n),
      total: usd(26_42n),
      taxes: [{ name: 'VAT', percent: '19', taxable: usd(18_00n), amount: usd(3_42n) }],
      lines: [
        {
          kind: LineKind.GOODS,
          sku: 'MUG-1',
          quantity: '2',
          unitPrice: usd(10_00n),
          discount: usd(2_00n),
          amount: usd(18_00n),
        },
        { kind: LineKind.PLAN, amount: usd(0n), subscriptionId: 'sub-1' },
        { kind: LineKind.SHIPPING, description: 'Post', amount: usd(5_00n), taxes: [] },
      ],
    })
    const told = await invoicing.adminQuery(
      `select payload from invoicing.outbox where tenant_id = 'once' and subject = 'invoice.ready'`,
    )
    expect(told).toMatchObject([
      { payload: { kind: 'order', order_id: 'o1', number: 'INV-000001' } },
    ])
  })

  test('is numbered without a gap beside bills that are issued at the same time', async () => {
    const { client, as } = invoicing
    const tenant = 'gapless'
    const work = Array.from({ length: 10 }, (_, index) => [
      issue(tenant, [orderOf(`a${index}`), orderOf(`b${index}`)]),
      client.issueInvoices({ tenant, invoices: [invoiceOf(`sub-${index}`)] }, as(tenant)),
      // Refused as a whole: it gives its numbers back.
      issue(tenant, [orderOf(`c${index}`), orderOf(`d${index}`, { totalCents: 1n })]).catch(
        () => {},
      ),
      issue(tenant, [orderOf(`e${index}`)]).then(() =>
        credit(tenant, `e${index}`, `r${index}`, 100n),
      ),
    ])
    await Promise.all(work.flat())
    expect(await storedNumbers(invoicing, tenant)).toEqual(numbersUpTo(50))
  })

  test('that adds up to something else, or says something else than it did, is refused', async () => {
    const wrong = issue('wrong', [orderOf('o1', { totalCents: 26_41n })])
    await expect(wrong).rejects.toMatchObject({
      code: 'request.invalid',
      fields: [{ field: 'orders[0].total_cents' }],
    })
    await issue('wrong', [orderOf('o1')])
    const other = issue('wrong', [orderOf('o1', { paymentId: 'another' })])
    await expect(other).rejects.toMatchObject({ code: 'invoice.mismatch' })
  })

  test('is listed by order and kind, and is no other tenant’s', async () => {
    const { client, as } = invoicing
    await issue('lists', [orderOf('o1'), orderOf('o2')])
    await client.issueInvoices({ tenant: 'lists', invoices: [invoiceOf('a')] }, as('lists'))
    const list = async (question: object) =>
      (await client.listInvoices({ tenant: 'lists', ...question }, as('lists'))).invoices.map(
        ({ number }) => number,
      )
    expect(await list({ orderId: 'o1' })).toEqual(['INV-000001'])
    expect(await list({ kind: InvoiceKind.ORDER })).toEqual(['INV-000002', 'INV-000001'])
    expect(await list({ kind: InvoiceKind.PERIOD })).toEqual(['INV-000003'])
    expect(await list({ accountId: 'acct-o2' })).toEqual(['INV-000002'])
    const foreign = { tenant: 'strangers', orderId: 'o1' }
    expect((await client.listInvoices(foreign, as('strangers'))).invoices).toEqual([])
    expect((await client.listOrderInvoices(foreign, as('strangers'))).invoices).toEqual([])
    await expect(credit('strangers', 'o1', 'r1', 1n)).rejects.toMatchObject({
      code: 'resource.not_found',
    })
    const all = statement('test.all_sale_lines', 'select * from invoicing.sale_line')
    const seen = await invoicing.database.tx('strangers', (tx) => tx.query(all))
    expect(seen).toEqual([])
  })

  test('is summed up by the time it was issued', async () => {
    const { client, as } = invoicing
    await issue('sums', [orderOf('o1')])
    const issuedAt = toProtoTimestamp(NOW)
    const within = { tenant: 'sums', endsUntil: issuedAt }
    expect((await client.summarizeInvoices(within, as('sums'))).summaries).toMatchObject([
      { invoiceCount: 1n, total: usd(26_42n) },
    ])
    const after = { tenant: 'sums', endsAfter: issuedAt }
    expect((await client.summarizeInvoices(after, as('sums'))).summaries).toEqual([])
  })

  test('is drawn with its taxes and its buyer, the same bytes each time', async () => {
    const { client, as } = invoicing
    await issue('drawn', [orderOf('o1')])
    await credit('drawn', 'o1', 'r1', 21_42n)
    const draw = async (invoice: string) =>
      (await client.getInvoicePdf({ tenant: 'drawn', invoice }, as('drawn'))).data
    const file = await draw('INV-000001')
    const texts = textOfPdf(file).join('\n').split('\n')
    expect(texts).toEqual(
      expect.arrayContaining([
        'Ann Other',
        '1 High Street',
        'Mug',
        'SKU MUG-1',
        'Discount −2.00',
        'VAT 19 % on 18.00',
        '3.42',
        'Total paid',
        'USD 26.42',
        'Billed by the invoices of subscription sub-1 from 1 Mar 2026',
      ]),
    )
    expect(texts).not.toContain('Period')
    expect(Buffer.from(await draw('INV-000001')).equals(Buffer.from(file))).toBe(true)
    const note = textOfPdf(await draw('INV-000002'))
      .join('\n')
      .split('\n')
    expect(note).toEqual(
      expect.arrayContaining(['Credit note', 'broken', 'Line 1 of the invoice', 'USD 21.42']),
    )
  })
})

describe('a credit note', () => {
  test('takes back the tax with the goods, once a refund', async () => {
    await issue('credits', [orderOf('o1')])
    const calls = Array.from({ length: 10 }, () => credit('credits', 'o1', 'r1', 10_71n))
    const answers = await Promise.all(calls)
    expect(answers.reduce((sum, { issuedCount }) => sum + issuedCount, 0)).toBe(1)
    const invoice = await invoiceNamed('credits', 'INV-000001')
    expect(await invoiceNamed('credits', 'INV-000002')).toMatchObject({
      kind: InvoiceKind.CREDIT,
      creditedInvoiceId: invoice.invoiceId,
      refundId: 'r1',
      reason: 'broken',
      subtotal: usd(-9_00n),
      tax: usd(-1_71n),
      total: usd(-10_71n),
      lines: [{ kind: LineKind.GOODS, creditedLineNumber: 1, amount: usd(-9_00n) }],
    })
    await expect(credit('credits', 'o1', 'r1', 10_70n)).rejects.toMatchObject({
      code: 'invoice.mismatch',
    })
  })

  test('of refunds at once never takes back more than the invoice says', async () => {
    await issue('limits', [orderOf('o1')])
    const refunds = Array.from({ length: 10 }, (_, index) =>
      credit('limits', 'o1', `r${index}`, 6_00n),
    )
    const outcomes = await Promise.allSettled(refunds)
    expect(refused(outcomes)).toEqual(Array.from({ length: 6 }, () => 'invoice.credit_exceeds'))
    await credit('limits', 'o1', 'rest', 2_42n, [])
    const [row] = await invoicing.adminQuery<{ left: bigint | string }>(
      `select sum(total_minor) as left from invoicing.invoice where tenant_id = 'limits'`,
    )
    expect(Number(row?.left)).toBe(0)
  })

  test.each([
    [
      'more than is left',
      `'{"invoice_id": "inv_x", "refund_id": "x", "number": "X", "number_sequence": 99,
       "total_minor": -2000, "subtotal_minor": -2000, "tax_minor": 0}'`,
    ],
    [
      'from another order',
      `'{"invoice_id": "inv_x", "refund_id": "x", "number": "X", "number_sequence": 99,
       "order_id": "o2"}'`,
    ],
    ['twice for a refund', `'{"invoice_id": "inv_x", "number": "X", "number_sequence": 99}'`],
    [
      'what is not below zero',
      `'{"invoice_id": "inv_x", "refund_id": "x", "number": "X", "number_sequence": 99,
       "total_minor": 1, "subtotal_minor": 1, "tax_minor": 0}'`,
    ],
  ])('is refused by the table when it takes back %s', async (what, changes) => {
    const tenant = `table-${what.replaceAll(' ', '-')}`
    await issue(tenant, [orderOf('o1'), orderOf('o2')])
    await credit(tenant, 'o1', 'r1', 10_00n)
    const columns = (
      await invoicing.adminQuery<{ name: string }>(
        `select column_name as name from information_schema.columns
         where table_schema = 'invoicing' and table_name = 'invoice' and is_generated = 'NEVER'`,
      )
    ).map(({ name }) => name)
    const insert = `insert into invoicing.invoice (${columns.join(', ')})
      select ${columns.map((name) => `made.${name}`).join(', ')}
      from invoicing.invoice as known,
        lateral jsonb_populate_record(known, ${changes}) as made
      where known.tenant_id = '${tenant}' and known.kind = 'credit'`
    await expect(invoicing.adminQuery(insert)).rejects.toMatchObject({
      code: expect.stringMatching(/^(23514|23505)$/),
    })
  })
})

describe('what an invoice of an order says', () => {
  test.each([
    `update invoicing.invoice set tax_minor = tax_minor - 1, total_minor = total_minor - 1`,
    `update invoicing.invoice set reason = 'changed'`,
    `update invoicing.sale_line set description = 'changed'`,
    `delete from invoicing.sale_line`,
    `insert into invoicing.sale_line
       select (jsonb_populate_record(l, '{"line_number": 4, "unit_minor": 0, "discount_minor": 0,
         "amount_minor": 0, "tax_minor": 0, "taxes": []}')).*
       from invoicing.sale_line as l where line_number = 3`,
  ])('never changes: %s', async (text) => {
    const tenant = 'frozen'
    await issue(tenant, [orderOf('o1')])
    const attempt = statement(`test.frozen_${text.length}`, text)
    await expect(invoicing.database.tx(tenant, (tx) => tx.execute(attempt))).rejects.toMatchObject({
      code: expect.stringMatching(/^(23001|23514)$/),
    })
    await expect(invoicing.adminQuery(text)).rejects.toMatchObject({
      code: expect.stringMatching(/^(23001|23514)$/),
    })
  })
})

describe('the buyer of an order', () => {
  test('is exported to whom it was, a guest by e-mail address, and forgotten when the time has come', async () => {
    const { client, as } = invoicing
    const tenant = 'privacy'
    await issue(tenant, [
      orderOf('o1', { userId: '', accountId: '', email: 'Guest@Example.com' }),
      orderOf('o2'),
    ])
    const whose = { tenant, emails: ['guest@example.COM'], userIds: ['user-of-guest'] }
    const { records } = await client.exportPersonalData(whose, as(tenant))
    expect(records.map(({ json }) => JSON.parse(json))).toMatchObject([
      {
        order_id: 'o1',
        name: 'Ann Other',
        invoices: [{ number: 'INV-000001', total_minor: 2642 }],
      },
    ])
    const { erasedCount, kept } = await client.erasePersonalData(whose, as(tenant))
    expect(erasedCount).toBe(0n)
    expect(kept).toMatchObject([{ count: 1n }])
    const until = kept[0]?.keepUntil
    if (until === undefined) throw new Error('the buyer is kept without an end')
    expect(fromProtoTimestamp(until).toString()).toBe('2037-01-01T00:00:00Z')
    // The address is forgotten by then; the person is known by their identifier.
    present.now = fromProtoTimestamp(until)
    const later = { tenant, userIds: ['user-of-guest'] }
    expect((await client.erasePersonalData(later, as(tenant))).erasedCount).toBe(1n)
    present.now = NOW
    const drawn = await client.getInvoicePdf({ tenant, invoice: 'INV-000001' }, as(tenant))
    expect(textOfPdf(drawn.data).join('\n')).not.toContain('Ann Other')
    const other = await client.getInvoicePdf({ tenant, invoice: 'INV-000002' }, as(tenant))
    expect(textOfPdf(other.data).join('\n')).toContain('Ann Other')
    expect(await storedNumbers(invoicing, tenant)).toEqual(numbersUpTo(2))
  })
})
