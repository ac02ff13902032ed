import { writeFile } from 'node:fs/promises'
import { VerifyInvoiceResponseSchema } from '@purser/contracts/billing/v1/billing'
import {
  type Invoice,
  InvoiceKind,
  InvoiceSchema,
  InvoiceStatus,
  LineKind,
  ListInvoicesResponseSchema,
} from '@purser/contracts/invoicing/v1/invoicing'
import type { ApiClient } from './api-client.ts'
import { day } from './day.ts'
import { moneyText } from './money-text.ts'
import { formatTable } from './table.ts'

/** Prints the newest invoices. */
export async function listInvoices(
  api: ApiClient,
  options: { account?: string; limit: number },
): Promise<void> {
  const { invoices, nextPageToken } = await api.call(ListInvoicesResponseSchema, {
    path: '/invoices',
    query: { account_id: options.account, page_size: options.limit },
  })
  const rows = invoices.map((invoice) => [
    invoice.number || '(draft)',
    InvoiceStatus[invoice.status].toLowerCase(),
    invoice.accountId,
    ...billedBy(invoice),
    moneyText(invoice.total),
  ])
  console.log(
    formatTable([
      ['number', 'status', 'account', 'plan or order', 'period (end excluded)', 'total>'],
      ...rows,
    ]),
  )
  if (nextPageToken !== '') console.log(`... more: --limit ${Math.min(1_000, options.limit * 2)}`)
}

/** What an invoice is for, and when: a plan and its period, or an order and the day. */
function billedBy(invoice: Invoice): [string, string] {
  if (invoice.orderId !== '') {
    const what = invoice.kind === InvoiceKind.CREDIT ? 'credit of order' : 'order'
    return [`${what} ${invoice.orderId}`, day(invoice.finalizeTime)]
  }
  return [invoice.planName, `${day(invoice.periodStart)} to ${day(invoice.periodEnd)}`]
}

/** Prints one invoice with its lines. */
export async function showInvoice(api: ApiClient, name: string): Promise<void> {
  const invoice = await api.call(InvoiceSchema, { path: `/invoices/${encodeURIComponent(name)}` })
  const [what, when] = billedBy(invoice)
  console.log(
    invoice.orderId === ''
      ? `${invoice.number || 'draft'}  ${invoice.accountId}  ${what} v${invoice.planVersion}  ${when} (end excluded)`
      : `${invoice.number}  ${invoice.accountId}  ${what}  ${when}`,
  )
  const rows = invoice.lines.map((line) => [
    String(line.lineNumber),
    LineKind[line.kind].toLowerCase(),
    line.description,
    line.quantity,
    String(line.eventCount),
    line.exactAmount,
    moneyText(line.amount),
  ])
  console.log(
    formatTable([['#>', 'kind', 'what', 'quantity>', 'events>', 'exact>', 'amount>'], ...rows]),
  )
  console.log(
    `subtotal ${moneyText(invoice.subtotal)}, tax ${moneyText(invoice.tax)}, total ${moneyText(invoice.total)}`,
  )
  const policy = Object.entries(invoice.policy).map(([key, value]) => `${key}=${value}`)
  console.log(`policy ${policy.join(' ')}`)
}

/** Writes an invoice as a PDF file. */
export async function saveInvoicePdf(api: ApiClient, name: string, path: string): Promise<void> {
  const response = await api.send({ path: `/invoices/${encodeURIComponent(name)}/pdf` })
  await writeFile(path, Buffer.from(await response.arrayBuffer()))
  console.log(`wrote ${path}`)
}

/** Derives an invoice again from raw events and prints the comparison; answers whether all is the same. */
export async function verifyInvoice(api: ApiClient, name: string): Promise<boolean> {
  const answer = await api.call(VerifyInvoiceResponseSchema, {
    path: `/invoices/${encodeURIComponent(name)}/verification`,
  })
  const rows = answer.lines.map((line) => [
    String(line.lineNumber),
    line.storedQuantity,
    line.derivedQuantity,
    String(line.storedAmountCents),
    String(line.derivedAmountCents),
    String(line.eventCount),
    line.matches ? 'same' : 'DIFFERENT',
  ])
  const head = [
    '#>',
    'stored quantity>',
    'derived>',
    'stored minor>',
    'derived>',
    'raw events>',
    'result',
  ]
  console.log(formatTable([head, ...rows]))
  const verdict = answer.matches
    ? 'is derived again bit for bit'
    : 'DIFFERS from what its events say'
  console.log(`${answer.invoiceNumber || name} ${verdict} (${answer.eventCount} raw events)`)
  return answer.matches
}
