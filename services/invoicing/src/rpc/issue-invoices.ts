import { create } from '@bufbuild/protobuf'
import {
  IssueInvoicesResponseSchema,
  type IssueInvoicesRequest,
  type IssueInvoicesResponse,
} from '@purser/contracts/invoicing/v1/invoicing'
import { newId, PurserError } from '@purser/kernel'
import type { Tx } from '@purser/postgres'
import type { InvoicingContext } from '../context.ts'
import { contentHash } from '../domain/content-hash.ts'
import { type Invoice, isFinalized } from '../domain/invoice.ts'
import { formatInvoiceNumber } from '../domain/invoice-number.ts'
import { publishInvoicesReady } from '../events.ts'
import { insertInvoices } from '../store/insert-invoices.ts'
import { type ExistingInvoice, findExisting } from '../store/invoice.ts'
import { insertLines } from '../store/invoice-line.ts'
import { advanceSequence, lockSequence } from '../store/invoice-sequence.ts'
import { parseInvoices, type RequestedInvoice } from './parse-invoices.ts'

type HashedInvoice = RequestedInvoice & { contentHash: string }

/**
 * Issues the invoices that do not exist yet, all or none, with consecutive numbers in the order of the request.
 * Throws `request.invalid` for content that does not add up, `invoice.mismatch` when an invoice exists for
 * a bill and says something else.
 */
export function issueInvoices(ctx: InvoicingContext) {
  return async (req: IssueInvoicesRequest): Promise<IssueInvoicesResponse> => {
    const requested = parseInvoices(req.invoices).map((invoice) => ({
      ...invoice,
      contentHash: contentHash(invoice),
    }))
    const issuedCount = await ctx.db.tx(req.tenant, async (tx) => {
      const nextNumber = await lockSequence(tx, req.tenant)
      const existing = await findExisting(tx, req.tenant, requested)
      refuseMismatches(requested, existing)
      const taken = new Set(existing.map(({ position }) => position))
      const missing = requested.filter((_, position) => !taken.has(position))
      const firstNumber = req.keepDrafts ? undefined : nextNumber
      await issue(tx, req.tenant, toInvoices(ctx, req.tenant, missing, firstNumber))
      return missing.length
    })
    const existingCount = requested.length - issuedCount
    return create(IssueInvoicesResponseSchema, { issuedCount, existingCount })
  }
}

function refuseMismatches(
  requested: readonly HashedInvoice[],
  existing: readonly ExistingInvoice[],
): void {
  const differing = existing.filter(
    ({ position, contentHash: stored }) => requested[position]?.contentHash !== stored,
  )
  const [first] = differing
  if (first === undefined) return
  const { subscriptionId = '', period } = requested[first.position] ?? {}
  const start = period?.start.toString() ?? ''
  throw new PurserError(
    'invoice.mismatch',
    `Invoice ${first.invoiceId} of subscription ${subscriptionId} from ${start} says something else.`,
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

/** Drafts without `firstNumber`. The time of an invoice is that of its account, read under the lock. */
function toInvoices(
  ctx: InvoicingContext,
  tenantId: string,
  requested: readonly HashedInvoice[],
  firstNumber: bigint | undefined,
): Invoice[] {
  return requested.map((invoice, index) => {
    const now = ctx.clock.now({ tenantId, accountId: invoice.accountId }).round('microsecond')
    const sequence = firstNumber === undefined ? undefined : firstNumber + BigInt(index)
    return {
      ...invoice,
      invoiceId: newId('inv'),
      createdAt: now,
      finalization:
        sequence === undefined
          ? undefined
          : { sequence, number: formatInvoiceNumber(sequence), finalizedAt: now },
    }
  })
}

async function issue(tx: Tx, tenantId: string, invoices: readonly Invoice[]): Promise<void> {
  if (invoices.length === 0) return
  await insertInvoices(tx, tenantId, invoices)
  await insertLines(tx, tenantId, invoices)
  const finalized = invoices.filter(isFinalized)
  if (finalized.length === 0) return
  await advanceSequence(tx, tenantId, finalized.length)
  await publishInvoicesReady(tx, tenantId, finalized)
}
