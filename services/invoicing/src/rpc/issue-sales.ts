import { newId } from '@purser/kernel'
import type { Tx } from '@purser/postgres'
import type { InvoicingContext } from '../context.ts'
import { formatInvoiceNumber } from '../domain/invoice-number.ts'
import type { Sale, SaleContent } from '../domain/sale.ts'
import { saleHash } from '../domain/sale-hash.ts'
import { publishSalesReady } from '../events.ts'
import { advanceSequence } from '../store/invoice-sequence.ts'
import { insertSales } from '../store/sale.ts'

/**
 * Stores invoices of orders or credit notes with the next numbers of the tenant, in their order, and tells them. The
 * caller holds the tenant's sequence, whose next number is `nextNumber`.
 */
export async function issueSales(
  ctx: InvoicingContext,
  tx: Tx,
  tenantId: string,
  { contents, nextNumber }: { contents: readonly SaleContent[]; nextNumber: bigint },
): Promise<Sale[]> {
  const sales = contents.map((content, index) => {
    const { accountId } = content
    const scope = accountId === '' ? { tenantId } : { tenantId, accountId }
    const now = ctx.clock.now(scope).round('microsecond')
    const sequence = nextNumber + BigInt(index)
    const number = formatInvoiceNumber(sequence)
    return {
      ...content,
      invoiceId: newId('inv'),
      contentHash: saleHash(content),
      createdAt: now,
      finalization: { sequence, number, finalizedAt: now },
    }
  })
  await insertSales(tx, tenantId, sales)
  await advanceSequence(tx, tenantId, sales.length)
  await publishSalesReady(tx, tenantId, sales)
  return sales
}
