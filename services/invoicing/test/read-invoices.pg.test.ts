import {
  type BilledLine,
  InvoiceKind,
  InvoiceStatus,
  LineKind,
} from '@purser/contracts/invoicing/v1/invoicing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  adjustmentLine,
  FEBRUARY,
  flatLine,
  type Invoicing,
  invoiceOf,
  JANUARY,
  type NewInvoice,
  period,
  startInvoicing,
  usageLine,
  usd,
} from './invoicing-harness.ts'

const MARCH = period('2026-03-01T00:00:00Z', '2026-04-01T00:00:00Z')

let invoicing: Invoicing

beforeAll(async () => {
  invoicing = await startInvoicing()
})
afterAll(() => invoicing.close())

function issue(tenant: string, invoices: NewInvoice[], keepDrafts = false) {
  const { client, as } = invoicing
  return client.issueInvoices({ tenant, invoices, keepDrafts }, as(tenant))
}

/** Every page of a list, and how many pages there were. */
async function listAll(
  request: Parameters<Invoicing['client']['listInvoices']>[0] & { tenant: string },
) {
  const { client, as } = invoicing
  const invoices = []
  let pageToken = ''
  let pages = 0
  do {
    const page = await client.listInvoices({ ...request, pageToken }, as(request.tenant))
    invoices.push(...page.invoices)
    pageToken = page.nextPageToken
    pages += 1
  } while (pageToken !== '')
  return { invoices, pages, names: invoices.map(({ subscriptionId }) => subscriptionId) }
}

describe('one invoice', () => {
  test('by number and by identifier, with all that it was given', async () => {
    const requested = invoiceOf('full', {
      runId: 'run-1',
      tax: usd(5_61n),
      total: usd(37_11n),
      lines: [flatLine(), usageLine(), adjustmentLine()],
    })
    await issue('one', [requested])
    const { client, as } = invoicing
    const byNumber = await client.getInvoice({ tenant: 'one', invoice: 'INV-000001' }, as('one'))
    const { invoiceId } = byNumber
    expect(await client.getInvoice({ tenant: 'one', invoice: invoiceId }, as('one'))).toEqual(
      byNumber,
    )
    const { lines = [], ...terms } = requested
    expect(byNumber).toMatchObject(terms)
    expect(byNumber.lines).toHaveLength(3)
    for (const [index, line] of lines.entries()) {
      expect(byNumber.lines[index]).toMatchObject({ ...line, lineNumber: index + 1 })
    }
  })

  test('of another tenant is not found, by number or identifier', async () => {
    await issue('mine', [invoiceOf('a')])
    const { client, as } = invoicing
    const own = await client.getInvoice({ tenant: 'mine', invoice: 'INV-000001' }, as('mine'))
    for (const invoice of [own.invoiceId, own.number]) {
      const call = client.getInvoice({ tenant: 'yours', invoice }, as('yours'))
      await expect(call).rejects.toMatchObject({ code: 'resource.not_found' })
    }
    expect((await listAll({ tenant: 'yours' })).invoices).toEqual([])
  })
})

describe('lists', () => {
  beforeAll(async () => {
    await issue('lists', [
      invoiceOf('s1', { accountId: 'x', runId: 'run-1' }),
      invoiceOf('s2', { accountId: 'y', runId: 'run-1' }),
      invoiceOf('s3', { accountId: 'x', runId: 'run-2' }),
    ])
    await issue('lists', [invoiceOf('d1', { accountId: 'x' }), invoiceOf('d2')], true)
    await issue('lists', [invoiceOf('s4', { accountId: 'y', runId: 'run-2' })])
  })

  test.each([1, 2, 3, 6, 50])('pages of %i hold drafts, then newest first', async (pageSize) => {
    const { names, invoices } = await listAll({ tenant: 'lists', pageSize })
    expect(names).toEqual(['d2', 'd1', 's4', 's3', 's2', 's1'])
    expect(invoices.every(({ lines }) => lines.length === 0)).toBe(true)
  })

  test('by account, state and run', async () => {
    const list = async (filter: object) => (await listAll({ tenant: 'lists', ...filter })).names
    expect(await list({ accountId: 'x', pageSize: 1 })).toEqual(['d1', 's3', 's1'])
    expect(await list({ status: InvoiceStatus.DRAFT })).toEqual(['d2', 'd1'])
    expect(await list({ status: InvoiceStatus.FINALIZED, accountId: 'y' })).toEqual(['s4', 's2'])
    expect(await list({ runId: 'run-1' })).toEqual(['s2', 's1'])
    expect(await list({ runId: 'run-2', accountId: 'x' })).toEqual(['s3'])
    expect(await list({ accountId: 'nobody' })).toEqual([])
  })

  test('a page token of another list is refused', async () => {
    const { client, as } = invoicing
    for (const position of [['x'], ['x', 'inv_1'], ['9223372036854775808', 'inv_1']]) {
      const pageToken = Buffer.from(JSON.stringify(position)).toString('base64url')
      const call = client.listInvoices({ tenant: 'lists', pageToken }, as('lists'))
      await expect(call).rejects.toMatchObject({
        code: 'request.invalid',
        fields: [{ field: 'page_token' }],
      })
    }
  })
})

describe('summaries', () => {
  test('equal the sum of the invoices, by currency, period and run', async () => {
    const eur = (amountCents: bigint) => ({ amountCents, currency: 'EUR' })
    await issue('sums', [
      invoiceOf('a', { runId: 'run-1', tax: usd(1_00n), total: usd(30_50n) }),
      invoiceOf('b', { runId: 'run-1', ...JANUARY }),
      invoiceOf('c', { runId: 'run-2', lines: [flatLine({ amount: usd(-5_00n) })] }),
      invoiceOf('d', { runId: 'run-2', currency: 'EUR', lines: [flatLine({ amount: eur(7n) })] }),
    ])
    await issue('sums', [invoiceOf('draft')], true)
    const { invoices } = await listAll({ tenant: 'sums', status: InvoiceStatus.FINALIZED })
    const totals = Map.groupBy(invoices, ({ currency }) => currency)
    const sumOf = (currency: string) =>
      totals.get(currency)?.reduce((sum, { total }) => sum + (total?.amountCents ?? 0n), 0n)
    expect(await summaries({})).toEqual([
      ['EUR', 1n, 1n, sumOf('EUR')],
      ['USD', 3n, 5n, sumOf('USD')],
    ])
    expect(sumOf('USD')).toBe(55_00n)
    expect(await summaries({ runId: 'run-2' })).toEqual([
      ['EUR', 1n, 1n, 7n],
      ['USD', 1n, 1n, -5_00n],
    ])
    const { periodEnd: february } = JANUARY
    const { periodEnd: march } = FEBRUARY
    expect(await summaries({ endsUntil: february })).toEqual([['USD', 1n, 2n, 29_50n]])
    expect(await summaries({ endsAfter: february, endsUntil: march })).toEqual([
      ['EUR', 1n, 1n, 7n],
      ['USD', 2n, 3n, 25_50n],
    ])
    expect(await summaries({ endsAfter: march })).toEqual([])
  })

  async function summaries(filter: object) {
    const { client, as } = invoicing
    const request = { tenant: 'sums', ...filter }
    const answer = await client.summarizeInvoices(request, as('sums'))
    return answer.summaries.map(({ invoiceCount, lineCount, total }) => [
      total?.currency,
      invoiceCount,
      lineCount,
      total?.amountCents,
    ])
  }
})

describe('billed lines', () => {
  test('hold usage and its corrections on later invoices, the latest last', async () => {
    const january = usageLine({ ...JANUARY, watermark: 5n, amount: usd(10_00n) })
    await issue('billed', [
      invoiceOf('a', { ...JANUARY, lines: [flatLine(JANUARY), january] }),
      invoiceOf('other', { ...JANUARY, lines: [january] }),
    ])
    const correction = adjustmentLine({ watermark: 9n })
    await issue('billed', [invoiceOf('a', { lines: [correction, flatLine(), usageLine()] })])
    const last = adjustmentLine({ watermark: 12n, amount: usd(-1_00n), billedBeforeCents: 12_00n })
    const kind = InvoiceKind.ADJUSTMENT
    await issue('billed', [invoiceOf('a', { ...MARCH, kind, lines: [last] })], true)

    expect(await billed(['a'], MARCH.periodEnd)).toEqual([
      ['a', 'calls', LineKind.USAGE, 5n, 10_00n],
      ['a', 'calls', LineKind.ADJUSTMENT, 9n, 2_00n],
      ['a', 'calls', LineKind.USAGE, 7n, 9_50n],
      ['a', 'calls', LineKind.ADJUSTMENT, 12n, -1_00n],
    ])
    expect(await billed(['other', 'a'], JANUARY.periodEnd)).toEqual([
      ['a', 'calls', LineKind.USAGE, 5n, 10_00n],
      ['a', 'calls', LineKind.ADJUSTMENT, 9n, 2_00n],
      ['a', 'calls', LineKind.ADJUSTMENT, 12n, -1_00n],
      ['other', 'calls', LineKind.USAGE, 5n, 10_00n],
    ])
    expect(await billed(['a'], JANUARY.periodStart)).toEqual([])
    expect(await billed(['nobody'], MARCH.periodEnd)).toEqual([])
  })

  test('come in pages that cut anywhere, those of a subscription together', async () => {
    const { client, as } = invoicing
    const question = { tenant: 'billed', subscriptionIds: ['other', 'a'] }
    const periodEndsUntil = MARCH.periodEnd
    const whole = await client.listBilledLines({ ...question, periodEndsUntil }, as('billed'))
    expect(whole.lines).toHaveLength(5)
    expect(whole.nextPageToken).toBe('')
    for (const pageSize of [1, 2, 3, 4, 5]) {
      const lines: BilledLine[] = []
      let pageToken = ''
      do {
        const page = await client.listBilledLines(
          { ...question, periodEndsUntil, pageSize, pageToken },
          as('billed'),
        )
        expect(page.lines.length).toBeLessThanOrEqual(pageSize)
        lines.push(...page.lines)
        pageToken = page.nextPageToken
      } while (pageToken !== '')
      expect(lines).toEqual(whole.lines)
    }
  })

  test('say on which invoice they stand', async () => {
    const { client, as } = invoicing
    const request = { tenant: 'billed', subscriptionIds: ['a'] }
    const { lines } = await client.listBilledLines(
      { ...request, periodEndsUntil: JANUARY.periodEnd },
      as('billed'),
    )
    expect(lines.map((line) => [line.invoiceKind, line.invoicePeriodStart])).toEqual([
      [InvoiceKind.PERIOD, JANUARY.periodStart],
      [InvoiceKind.PERIOD, FEBRUARY.periodStart],
      [InvoiceKind.ADJUSTMENT, MARCH.periodStart],
    ])
  })

  async function billed(
    subscriptionIds: string[],
    periodEndsUntil: (typeof MARCH)['periodEnd'],
  ): Promise<unknown[]> {
    const { client, as } = invoicing
    const request = { tenant: 'billed', subscriptionIds, periodEndsUntil }
    const { lines } = await client.listBilledLines(request, as('billed'))
    return lines.map(({ subscriptionId, line }) => [
      subscriptionId,
      line?.priceKey,
      line?.kind,
      line?.watermark,
      line?.amount?.amountCents,
    ])
  }
})

test('what is asked for one tenant never shows rows of another', async () => {
  await issue('wall-a', [invoiceOf('same')])
  await issue('wall-b', [invoiceOf('same')])
  const { client, as } = invoicing
  const request = { subscriptionIds: ['same'], periodEndsUntil: MARCH.periodEnd }
  for (const tenant of ['wall-a', 'wall-b']) {
    expect((await listAll({ tenant })).invoices).toHaveLength(1)
    const { summaries } = await client.summarizeInvoices({ tenant }, as(tenant))
    expect(summaries[0]?.invoiceCount).toBe(1n)
    const { lines } = await client.listBilledLines({ tenant, ...request }, as(tenant))
    expect(lines).toHaveLength(1)
  }
  const stranger = client.listInvoices({ tenant: 'wall-a' }, as('wall-b'))
  await expect(stranger).rejects.toMatchObject({ code: 'resource.not_found' })
})
