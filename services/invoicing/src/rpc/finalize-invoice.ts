import type { FinalizeInvoiceRequest, Invoice } from '@purser/contracts/invoicing/v1/invoicing'
import { assert } from '@purser/kernel'
import type { InvoicingContext } from '../context.ts'
import { contentHash } from '../domain/content-hash.ts'
import { isSale } from '../domain/invoice.ts'
import { formatInvoiceNumber } from '../domain/invoice-number.ts'
import { publishInvoicesReady } from '../events.ts'
import { finalizeDraft, findInvoice } from '../store/invoice.ts'
import { advanceSequence, lockSequence } from '../store/invoice-sequence.ts'
import { toProtoInvoice } from './convert.ts'
import { noInvoice } from './get-invoice.ts'

/**
 * Gives a draft the next number; answers an invoice that has one as it is. Throws
 * `resource.not_found`. Refuses as a bug to freeze a draft that no longer says what it said when it
 * was made.
 */
export function finalizeInvoice(ctx: InvoicingContext) {
  return async ({ tenant, invoice: name }: FinalizeInvoiceRequest): Promise<Invoice> => {
    const finalized = await ctx.db.tx(tenant, async (tx) => {
      const sequence = await lockSequence(tx, tenant)
      const invoice = await findInvoice(tx, tenant, name)
      if (invoice === undefined) throw noInvoice(name)
      if (isSale(invoice) || invoice.finalization !== undefined) return invoice
      const { invoiceId, accountId } = invoice
      assert(contentHash(invoice) === invoice.contentHash, () => `draft ${invoiceId} was changed`)
      const finalization = {
        number: formatInvoiceNumber(sequence),
        sequence,
        finalizedAt: ctx.clock.now({ tenantId: tenant, accountId }).round('microsecond'),
      }
      const done = await finalizeDraft(tx, tenant, invoiceId, finalization)
      assert(done, 'nobody finalizes under the lock of the sequence')
      await advanceSequence(tx, tenant, 1)
      await publishInvoicesReady(tx, tenant, [{ ...invoice, finalization }])
      return { ...invoice, finalization }
    })
    return toProtoInvoice(finalized)
  }
}
