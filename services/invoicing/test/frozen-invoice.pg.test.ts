import { statement } from '@purser/postgres'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Invoicing, invoiceOf, startInvoicing } from './invoicing-harness.ts'

let invoicing: Invoicing
let draftId = ''

beforeAll(async () => {
  invoicing = await startInvoicing()
  const { client, as } = invoicing
  await client.issueInvoices({ tenant: 'acme', invoices: [invoiceOf('a')] }, as('acme'))
  const draft = { tenant: 'acme', invoices: [invoiceOf('b')], keepDrafts: true }
  await client.issueInvoices(draft, as('acme'))
  const { invoices } = await client.listInvoices({ tenant: 'acme' }, as('acme'))
  draftId = invoices[0]?.invoiceId ?? ''
})
afterAll(() => invoicing.close())

const newLine = `insert into invoicing.invoice_line
  select (jsonb_populate_record(l, '{"line_number": 3, "amount_minor": 0}')).*
  from invoicing.invoice_line as l
  where line_number = 1
  limit 1`

/** Each would change what an invoice says. */
const attempts = {
  'update of a total':
    'update invoicing.invoice set total_minor = total_minor + 1, tax_minor = tax_minor + 1',
  'update of the plan': `update invoicing.invoice set plan_name = 'Cheaper'`,
  'update of the number': `update invoicing.invoice
    set number = 'INV-000099'
    where number is not null`,
  'return to draft': `update invoicing.invoice
    set status = 'draft', number = null, number_sequence = null, finalized_at = null
    where number is not null`,
  'finalization with another total': `update invoicing.invoice
    set status = 'finalized', number = 'INV-000002', number_sequence = 2, finalized_at = now(),
      subtotal_minor = subtotal_minor + 1, total_minor = total_minor + 1
    where number is null`,
  'delete of an invoice': 'delete from invoicing.invoice',
  'update of a line': 'update invoicing.invoice_line set amount_minor = amount_minor + 1',
  'delete of a line': 'delete from invoicing.invoice_line where line_number = 2',
  'one more line': newLine,
  'one more line on nothing': newLine.replace(
    '{"line_number": 3,',
    '{"line_number": 1, "invoice_id": "inv_none",',
  ),
}

/** SQLSTATE: restrict_violation, check_violation. */
const refused = { code: expect.stringMatching(/^(23001|23514)$/) }

async function everything() {
  return [
    await invoicing.adminQuery('select * from invoicing.invoice order by invoice_id'),
    await invoicing.adminQuery(
      'select * from invoicing.invoice_line order by invoice_id, line_number',
    ),
  ]
}

describe.each(Object.entries(attempts))('%s is refused', (name, text) => {
  test('to the service', async () => {
    const before = await everything()
    const attempt = statement(`test.${name.replaceAll(' ', '_')}`, text)
    await expect(invoicing.database.tx('acme', (tx) => tx.execute(attempt))).rejects.toMatchObject(
      refused,
    )
    expect(await everything()).toEqual(before)
  })

  test('to the owner and to a superuser', async () => {
    const before = await everything()
    const asOwner = `set role purser_invoicing_owner; set purser.tenant_id = 'acme'; ${text}`
    await expect(invoicing.adminQuery(asOwner)).rejects.toMatchObject(refused)
    await expect(invoicing.adminQuery(text)).rejects.toMatchObject(refused)
    expect(await everything()).toEqual(before)
  })
})

test.each(['invoice', 'invoice_line'])('the owner cannot empty %s', async (table) => {
  const text = `set role purser_invoicing_owner; truncate invoicing.${table}`
  await expect(invoicing.adminQuery(text)).rejects.toMatchObject(refused)
})

test('the table takes a draft that is finalized and nothing else changed', async () => {
  await invoicing.adminQuery(
    `update invoicing.invoice
     set status = 'finalized', number = 'INV-000002', number_sequence = 2, finalized_at = now()
     where invoice_id = $1`,
    [draftId],
  )
  const { client, as } = invoicing
  const found = await client.getInvoice({ tenant: 'acme', invoice: 'INV-000002' }, as('acme'))
  expect(found.invoiceId).toBe(draftId)
})
