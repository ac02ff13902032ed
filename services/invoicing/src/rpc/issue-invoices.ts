import { create } from '@bufbuild/protobuf'
import {
  IssueInvoicesResponseSchema,
  type IssueInvoicesRequest,
  type IssueInvoicesResponse,
} from '@purser/contracts/invoicing/v1/invoicing'
import { newId, onceEach, PurserError } from '@purser/kernel'
import type { Tx } from '@purser/postgres'
import type { InvoicingContext } from '../context.ts'
import { contentHash, instantPrinter } from '../domain/content-hash.ts'
import { type Invoice, isFinalized } from '../domain/invoice.ts'
import { formatInvoiceNumber } from '../domain/invoice-number.ts'
import { publishInvoicesReady } from '../events.ts'
import { insertInvoices } from '../store/insert-invoices.ts'
import { type ExistingInvoice, findExisting } from '../store/invoice.ts'
import { type EncodedLines, encodeLines, insertLines } from '../store/invoice-line.ts'
import { advanceSequence, lockSequence } from '../store/invoice-sequence.ts'
import { parseInvoices, type RequestedInvoice } from './parse-invoices.ts'

/** An invoice ready to be stored, but for its number and time. */
type PreparedInvoice = RequestedInvoice & { invoiceId: string; contentHash: string }

/**
 * Issues the invoices that do not exist yet, all or none, with consecutive numbers in the order of
 * the request. Throws `request.invalid` for content that does not add up, `invoice.mismatch` when
 * an invoice exists for a bill and says something else.
 */
export function issueInvoices(ctx: InvoicingContext) {
  return async (req: IssueInvoicesRequest): Promise<IssueInvoicesResponse> => {
    const { tenant } = req
    const prepared = prepare(req)
    // What needs no lock is done before: others wait for the sequence.
    const allLines = encodeLines(prepared)
    const issuedCount = await ctx.db.tx(tenant, async (tx) => {
      const nextNumber = await lockSequence(tx, tenant)
      const existing = await findExisting(tx, tenant, prepared)
      refuseMismatches(prepared, existing)
      const taken = new Set(existing.map(({ position }) => position))
      const missing = prepared.filter((_, position) => !taken.has(position))
      const lines = taken.size === 0 ? allLines : encodeLines(missing)
      const firstNumber = req.keepDrafts ? undefined : nextNumber
      await issue(tx, tenant, toInvoices(ctx, tenant, missing, firstNumber), lines)
      return missing.length
    })
    const existingCount = prepared.length - issuedCount
    return create(IssueInvoicesResponseSchema, { issuedCount, existingCount })
  }
}

function prepare(req: IssueInvoicesRequest): PreparedInvoice[] {
  const print = instantPrinter()
  return parseInvoices(req.invoices).map((invoice) => ({
    ...invoice,
    invoiceId: newId('inv'),
    contentHash: contentHash(invoice, print),
  }))
}

function refuseMismatches(
  prepared: readonly PreparedInvoice[],
  existing: readonly ExistingInvoice[],
): void {
  const differing = existing.filter(
    ({ position, contentHash: stored }) => prepared[position]?.contentHash !== stored,
  )
  const [first] = differing
  if (first === undefined) return
  const { subscriptionId = '', period } = prepared[first.position] ?? {}
  const start = period?.start.toString() ?? ''
  throw new PurserError(
    'invoice.mismatch',
    `Invoice ${first.invoiceId} of ${subscriptionId} from ${start} says something else.`,
    {
      fields: differing.map(({ position, invoiceId }) => ({
        field: `invoices[${position}]`,
        message: `differs from invoice ${invoiceId}`,
      })),
      details: {
        invoice_id: first.invoiceId,
        subscription_id: subscriptionId,
        period_start: start,
      },
    },
  )
}

/**
 * Drafts without `firstNumber`. The time of an invoice is that of its account, read under the lock.
 */
function toInvoices(
  ctx: InvoicingContext,
  tenantId: string,
  prepared: readonly PreparedInvoice[],
  firstNumber: bigint | undefined,
): Invoice[] {
  const round = onceEach((instant: Temporal.Instant) => instant.round('microsecond'))
  return prepared.map((invoice, index) => {
    const now = round(ctx.clock.now({ tenantId, accountId: invoice.accountId }))
    const sequence = firstNumber === undefined ? undefined : firstNumber + BigInt(index)
    return {
      ...invoice,
      createdAt: now,
      finalization:
        sequence === undefined
          ? undefined
          : { sequence, number: formatInvoiceNumber(sequence), finalizedAt: now },
    }
  })
}

async function issue(
  tx: Tx,
  tenantId: string,
  invoices: readonly Invoice[],
  lines: EncodedLines,
): Promise<void> {
  if (invoices.length === 0) return
  await insertInvoices(tx, tenantId, invoices)
  await insertLines(tx, tenantId, lines)
  const finalized = invoices.filter(isFinalized)
  if (finalized.length === 0) return
  await advanceSequence(tx, tenantId, finalized.length)
  await publishInvoicesReady(tx, tenantId, finalized)
}
