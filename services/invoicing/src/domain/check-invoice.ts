import { type FieldViolation, isResourceId, type Period } from '@purser/kernel'
import type { InvoiceContent, InvoiceLine } from './invoice.ts'

/** Longest description of a line, in UTF-16 units: a few rows on paper. */
const MAX_DESCRIPTION_LENGTH = 500

/**
 * Everything that keeps the content from being an invoice, with paths from the invoice; empty when
 * sound.
 */
export function checkInvoice(content: InvoiceContent): FieldViolation[] {
  const found: FieldViolation[] = []
  if (!isResourceId(content.accountId)) found.push(notAnId('account_id'))
  if (!isResourceId(content.subscriptionId)) found.push(notAnId('subscription_id'))
  if (content.planVersion < 0) found.push(negative('plan_version'))
  checkPeriod(content.period, '', found)
  for (const [index, line] of content.lines.entries()) {
    const path = `lines[${index}].`
    checkLine(line, path, found)
    if (!isShared(line.period, content.period)) checkPeriod(line.period, path, found)
  }
  const sum = content.lines.reduce((total, line) => total + line.amountMinor, 0n)
  if (sum !== content.subtotalMinor) {
    found.push({ field: 'subtotal.amount_cents', message: `must be the sum of the lines, ${sum}` })
  }
  const total = content.subtotalMinor + content.taxMinor
  if (total !== content.totalMinor) {
    found.push({ field: 'total.amount_cents', message: `must be subtotal and tax, ${total}` })
  }
  return found
}

function checkLine(line: InvoiceLine, path: string, found: FieldViolation[]): void {
  const { length } = line.description
  if (length < 1 || length > MAX_DESCRIPTION_LENGTH) {
    const message = `must have 1 to ${MAX_DESCRIPTION_LENGTH} characters`
    found.push({ field: `${path}description`, message })
  }
  if (line.priceKey === '') found.push({ field: `${path}price_key`, message: 'is required' })
  if (line.watermark < 0n) found.push(negative(`${path}watermark`))
  if (line.eventCount < 0n) found.push(negative(`${path}event_count`))
  if (line.billableDays < 0 || line.billableDays > line.periodDays) {
    found.push({ field: `${path}billable_days`, message: 'must lie between 0 and period_days' })
  }
}

/** Whether both are the same instants by identity: then one check is enough. */
function isShared(a: Period, b: Period): boolean {
  return a.start === b.start && a.end === b.end
}

function checkPeriod({ start, end }: Period, path: string, found: FieldViolation[]): void {
  if (Temporal.Instant.compare(start, end) >= 0) {
    found.push({ field: `${path}period_end`, message: 'must be after period_start' })
  }
}

function notAnId(field: string): FieldViolation {
  return { field, message: 'must be a resource id' }
}

function negative(field: string): FieldViolation {
  return { field, message: 'must be at least 0' }
}
