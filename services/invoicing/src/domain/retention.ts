/**
 * Years after the end of a calendar year for which invoices of that year are kept with the buyer's
 * name and address. The longest period that commercial law of the EU's states asks for: ten years
 * (Code de commerce, article L123-22; Codice civile, article 2220). See docs/privacy.md.
 */
const RETENTION_YEARS = 10

/** How long a buyer without an invoice is kept for one that the last billing run may still issue. */
const GRACE_DAYS = 90

/** When the buyer of an account may be forgotten, exclusive: by its last invoice, if it has one. */
export function retainBuyerUntil(
  lastInvoiceAt: Temporal.Instant | undefined,
  now: Temporal.Instant,
): Temporal.Instant {
  if (lastInvoiceAt === undefined) return now.add({ hours: GRACE_DAYS * 24 })
  const { year } = lastInvoiceAt.toZonedDateTimeISO('UTC')
  const end = Temporal.PlainDate.from({ year: year + RETENTION_YEARS + 1, month: 1, day: 1 })
  return end.toZonedDateTime('UTC').toInstant()
}
