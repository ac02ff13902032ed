/** The number printed on an invoice: `INV-000001`, growing beyond six digits after a million. */
export function formatInvoiceNumber(sequence: bigint): string {
  return `INV-${sequence.toString().padStart(6, '0')}`
}
