import { hash } from 'node:crypto'
import { compareText, onceEach } from '@purser/kernel'
import type { InvoiceContent, InvoiceLine } from './invoice.ts'

/** Between two fields: no text that can be stored contains it. */
const SEPARATOR = '\0'

/**
 * SHA-256 of what an invoice says, in hex: two invoices with one hash say the same to the customer
 * and derive it in the same way. The text hashed is the version of this form and all fields in the
 * order below, each ended by a NUL character; lists follow their length, instants are RFC 3339 in
 * UTC.
 *
 * Left out: identity, number, state, times and run, which say nothing about the bill, and the
 * watermark, as the same usage may be found again at a later one. `event_count` tells whether it is
 * the same.
 */
export function contentHash(content: InvoiceContent, print = instantPrinter()): string {
  const policy = Object.keys(content.policy).sort(compareText)
  const fields: (string | number | bigint)[] = [
    'v1',
    content.kind,
    content.accountId,
    content.subscriptionId,
    print(content.period.start),
    print(content.period.end),
    content.currency,
    content.subtotalMinor,
    content.taxMinor,
    content.totalMinor,
    content.planKey,
    content.planVersion,
    content.planName,
    policy.length,
  ]
  for (const key of policy) fields.push(key, content.policy[key] ?? '')
  fields.push(content.lines.length)
  for (const line of content.lines) pushLine(fields, line, print)
  return hash('sha256', fields.join(SEPARATOR) + SEPARATOR)
}

/** Prints instants in RFC 3339; shared by the hashes of one request, whose invoices share instants. */
export function instantPrinter(): (instant: Temporal.Instant) => string {
  return onceEach((instant: Temporal.Instant) => instant.toString())
}

function pushLine(
  fields: (string | number | bigint)[],
  line: InvoiceLine,
  print: (instant: Temporal.Instant) => string,
): void {
  fields.push(
    line.lineNumber,
    line.kind,
    line.description,
    line.priceKey,
    line.meterKey ?? '',
    line.quantity,
    line.exactAmount,
    line.amountMinor,
    print(line.period.start),
    print(line.period.end),
    line.eventCount,
    line.priceJson,
    line.breakdownJson,
    line.billedBeforeMinor,
    line.billableDays,
    line.periodDays,
  )
}
