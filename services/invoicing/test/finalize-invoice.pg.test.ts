import { InvoiceStatus } from '@purser/contracts/invoicing/v1/invoicing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  type Invoicing,
  invoiceOf,
  NOW,
  numbersUpTo,
  startInvoicing,
  storedNumbers,
} from './invoicing-harness.ts'

let invoicing: Invoicing

beforeAll(async () => {
  invoicing = await startInvoicing()
})
afterAll(() => invoicing.close())

/** Makes drafts for the subscriptions; answers their identifiers in the same order. */
async function makeDrafts(tenant: string, subscriptionIds: string[]): Promise<string[]> {
  const { client, as } = invoicing
  const invoices = subscriptionIds.map((id) => invoiceOf(id))
  await client.issueInvoices({ tenant, invoices, keepDrafts: true }, as(tenant))
  const list = await client.listInvoices({ tenant, status: InvoiceStatus.DRAFT }, as(tenant))
  const byName = new Map(list.invoices.map((one) => [one.subscriptionId, one.invoiceId]))
  return subscriptionIds.map((id) => byName.get(id) ?? expect.fail(`no draft of ${id}`))
}

function finalize(tenant: string, invoice: string) {
  return invoicing.client.finalizeInvoice({ tenant, invoice }, invoicing.as(tenant))
}

async function readyEvents(tenant: string): Promise<string[]> {
  const rows = await invoicing.adminQuery<{ number: string }>(
    `select payload ->> 'number' as number from invoicing.outbox
     where tenant_id = $1 and subject <> 'audit.recorded' order by seq`,
    [tenant],
  )
  return rows.map(({ number }) => number)
}

describe('a draft', () => {
  test('gets the next number and the time, and says what it said', async () => {
    const { client, as } = invoicing
    const [draftId = ''] = await makeDrafts('one', ['a'])
    await client.issueInvoices({ tenant: 'one', invoices: [invoiceOf('b')] }, as('one'))
    const draft = await client.getInvoice({ tenant: 'one', invoice: draftId }, as('one'))
    expect(draft).toMatchObject({ status: InvoiceStatus.DRAFT, number: '', lines: [{}, {}] })
    const invoice = await finalize('one', draftId)
    const finalizeTime = { seconds: BigInt(NOW.epochMilliseconds / 1_000), nanos: 0 }
    const changed = { number: 'INV-000002', status: InvoiceStatus.FINALIZED, finalizeTime }
    expect(invoice).toMatchObject(changed)
    expect({ ...invoice, finalizeTime: undefined }).toEqual({
      ...draft,
      ...changed,
      finalizeTime: undefined,
    })
    expect(await client.getInvoice({ tenant: 'one', invoice: 'INV-000002' }, as('one'))).toEqual(
      invoice,
    )
    expect(await readyEvents('one')).toEqual(['INV-000001', 'INV-000002'])
  })

  test('finalized 20 times at once gets one number and one event', async () => {
    const [draftId = ''] = await makeDrafts('race', ['a'])
    const calls = Array.from({ length: 20 }, () => finalize('race', draftId))
    const answers = await Promise.all(calls)
    expect(new Set(answers.map(({ number }) => number))).toEqual(new Set(['INV-000001']))
    expect(await readyEvents('race')).toEqual(['INV-000001'])
    expect(await storedNumbers(invoicing, 'race')).toEqual(numbersUpTo(1))
  })

  test('drafts finalized while invoices are issued share one sequence without gap', async () => {
    const names = Array.from({ length: 15 }, (_, index) => `d${index}`)
    const drafts = await makeDrafts('mixed', names)
    const { client, as } = invoicing
    const issuing = Array.from({ length: 5 }, (_, call) =>
      client.issueInvoices(
        { tenant: 'mixed', invoices: [invoiceOf(`i${call}a`), invoiceOf(`i${call}b`)] },
        as('mixed'),
      ),
    )
    await Promise.all([...drafts.map((id) => finalize('mixed', id)), ...issuing])
    expect(await storedNumbers(invoicing, 'mixed')).toEqual(numbersUpTo(25))
    expect((await readyEvents('mixed')).sort()).toEqual(numbersUpTo(25))
  })
})

describe('refusals', () => {
  test('an unknown invoice and one of another tenant', async () => {
    const [draftId = ''] = await makeDrafts('owner', ['a'])
    for (const invoice of ['inv_unknown', draftId]) {
      await expect(finalize('stranger', invoice)).rejects.toMatchObject({
        code: 'resource.not_found',
      })
    }
    expect(await storedNumbers(invoicing, 'owner')).toEqual([])
  })

  test('a draft that was tampered with is not frozen', async () => {
    const [draftId = ''] = await makeDrafts('tampered', ['a'])
    await invoicing.adminQuery(
      `set session_replication_role = replica;
       update invoicing.invoice_line
       set quantity = 1
       where tenant_id = 'tampered' and line_number = 2`,
    )
    await expect(finalize('tampered', draftId)).rejects.toMatchObject({ code: 'platform.internal' })
    expect(await storedNumbers(invoicing, 'tampered')).toEqual([])
  })
})
