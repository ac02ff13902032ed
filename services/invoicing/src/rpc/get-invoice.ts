import type { GetInvoiceRequest, Invoice } from '@purser/contracts/invoicing/v1/invoicing'
import { PurserError } from '@purser/kernel'
import type { InvoicingContext } from '../context.ts'
import type { AnyInvoice } from '../domain/invoice.ts'
import { findInvoice } from '../store/invoice.ts'
import { toProtoInvoice } from './convert.ts'

/** Answers an invoice with its lines. Throws `resource.not_found`. */
export function getInvoice(ctx: InvoicingContext) {
  return async ({ tenant, invoice }: GetInvoiceRequest): Promise<Invoice> =>
    toProtoInvoice(await readInvoice(ctx, tenant, invoice))
}

/** The invoice with this number or identifier. Throws `resource.not_found`. */
export async function readInvoice(
  ctx: InvoicingContext,
  tenant: string,
  name: string,
): Promise<AnyInvoice> {
  const invoice = await ctx.db.tx(tenant, (tx) => findInvoice(tx, tenant, name), { readOnly: true })
  if (invoice === undefined) throw noInvoice(name)
  return invoice
}

/** The refusal for a name that no invoice of the tenant has. */
export function noInvoice(name: string): PurserError {
  return new PurserError('resource.not_found', `There is no invoice "${name}".`)
}
