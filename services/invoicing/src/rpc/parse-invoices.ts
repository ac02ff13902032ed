import type { Timestamp } from '@bufbuild/protobuf/wkt'
import type { Money } from '@purser/contracts/common/v1/common'
import {
  InvoiceStatus,
  type Invoice as ProtoInvoice,
  type InvoiceLine as ProtoLine,
} from '@purser/contracts/invoicing/v1/invoicing'
import {
  Decimal,
  type FieldViolation,
  isResourceId,
  type Period,
  PurserError,
} from '@purser/kernel'
import { fromProtoTimestamp } from '@purser/rpc'
import { checkInvoice } from '../domain/check-invoice.ts'
import type { InvoiceContent, InvoiceLine } from '../domain/invoice.ts'
import { invoiceKinds, lineKinds } from './convert.ts'

/** An invoice as it is asked for. */
export type RequestedInvoice = InvoiceContent & { runId: string | undefined }

/** Most violations of one answer. */
const MAX_VIOLATIONS = 100

/** Stands where a value is missing: the violation is noted, the content is never used. */
const EPOCH = Temporal.Instant.fromEpochMilliseconds(0)

/**
 * Every invoice of a request, sound and each for another bill. Throws `request.invalid` with the
 * paths.
 */
export function parseInvoices(invoices: readonly ProtoInvoice[]): RequestedInvoice[] {
  const fields: FieldViolation[] = []
  const positions = new Map<string, number>()
  const reader = new RepeatedReader()
  const parsed = invoices.map((proto, index) => {
    const parser = new InvoiceParser(reader)
    const invoice = parser.parse(proto)
    const { seconds, nanos } = proto.periodStart ?? { seconds: 0n, nanos: 0 }
    const bill = `${invoice.subscriptionId} ${seconds} ${nanos} ${invoice.kind}`
    const before = positions.get(bill)
    if (before !== undefined) parser.refuse('', `bills the same period as invoices[${before}]`)
    positions.set(bill, index)
    const found = parser.violations.length > 0 ? parser.violations : checkInvoice(invoice)
    for (const { field, message } of found) {
      fields.push({ field: `invoices[${index}]${field && `.${field}`}`, message })
    }
    return invoice
  })
  const [first] = fields
  if (first === undefined) return parsed
  throw new PurserError('request.invalid', `${first.field} ${first.message}`, {
    fields: fields.slice(0, MAX_VIOLATIONS),
  })
}

/** Reads what the invoices of one request repeat, once for each value: instants and price texts. */
class RepeatedReader {
  readonly #instants = new Map<bigint, Temporal.Instant>()
  readonly #objects = new Set<string>()

  /** The same object for the same instant. */
  instant(timestamp: Timestamp): Temporal.Instant {
    const micros = timestamp.seconds * 1_000_000n + BigInt(Math.trunc(timestamp.nanos / 1_000))
    let instant = this.#instants.get(micros)
    if (instant === undefined) {
      instant = fromProtoTimestamp(timestamp)
      this.#instants.set(micros, instant)
    }
    return instant
  }

  /** Whether the text is JSON of an object. */
  isJsonObject(text: string): boolean {
    if (this.#objects.has(text)) return true
    try {
      const value: unknown = JSON.parse(text)
      if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
    } catch {
      return false
    }
    this.#objects.add(text)
    return true
  }
}

/** Plain notation without leading or trailing zeros, as `Decimal` itself writes it. */
const canonicalDecimal = /^(?:0|-?(?:[1-9]\d{0,49}|0(?=\.))(?:\.\d{0,40}[1-9])?)$/

/** Reads one invoice and notes what cannot be read. */
class InvoiceParser {
  readonly violations: FieldViolation[] = []
  readonly #reader: RepeatedReader
  #currency = ''

  constructor(reader: RepeatedReader) {
    this.#reader = reader
  }

  refuse(field: string, message: string): void {
    this.violations.push({ field, message })
  }

  parse(proto: ProtoInvoice): RequestedInvoice {
    this.#currency = proto.currency
    this.#refuseAnswered(proto)
    return {
      kind: this.#kind(proto),
      accountId: proto.accountId,
      subscriptionId: proto.subscriptionId,
      period: this.#period(proto, ''),
      currency: proto.currency,
      subtotalMinor: this.#amount(proto.subtotal, 'subtotal'),
      taxMinor: proto.tax === undefined ? 0n : this.#amount(proto.tax, 'tax'),
      totalMinor: this.#amount(proto.total, 'total'),
      policy: proto.policy,
      planKey: proto.planKey,
      planVersion: proto.planVersion,
      planName: proto.planName,
      runId: proto.runId === '' ? undefined : proto.runId,
      lines: proto.lines.map((line, index) => this.#line(line, index)),
    }
  }

  /** What this service alone gives. */
  #refuseAnswered(proto: ProtoInvoice): void {
    const message = 'is given by the service and must be left out'
    if (proto.invoiceId !== '') this.refuse('invoice_id', message)
    if (proto.number !== '') this.refuse('number', message)
    if (proto.status !== InvoiceStatus.UNSPECIFIED) this.refuse('status', message)
    if (proto.createTime !== undefined) this.refuse('create_time', message)
    if (proto.finalizeTime !== undefined) this.refuse('finalize_time', message)
    if (proto.runId !== '' && !isResourceId(proto.runId)) {
      this.refuse('run_id', 'must be a resource id')
    }
  }

  #line(proto: ProtoLine, index: number): InvoiceLine {
    const path = `lines[${index}].`
    if (proto.lineNumber !== 0 && proto.lineNumber !== index + 1) {
      this.refuse(`${path}line_number`, `must be ${index + 1} or left out`)
    }
    return {
      lineNumber: index + 1,
      kind: this.#known(lineKinds[proto.kind], `${path}kind`) ?? 'usage',
      description: proto.description,
      priceKey: proto.priceKey,
      meterKey: proto.meterKey === '' ? undefined : proto.meterKey,
      quantity: this.#decimal(proto.quantity, `${path}quantity`),
      exactAmount: this.#decimal(proto.exactAmount, `${path}exact_amount`),
      amountMinor: this.#amount(proto.amount, `${path}amount`),
      period: this.#period(proto, path),
      watermark: proto.watermark,
      eventCount: proto.eventCount,
      priceJson: this.#json(proto.priceJson, `${path}price_json`),
      breakdownJson: this.#json(proto.breakdownJson, `${path}breakdown_json`),
      billedBeforeMinor: proto.billedBeforeCents,
      billableDays: proto.billableDays,
      periodDays: proto.periodDays,
    }
  }

  /** Invoices of orders are issued by methods of their own. */
  #kind(proto: ProtoInvoice): InvoiceContent['kind'] {
    const kind = this.#known(invoiceKinds[proto.kind], 'kind')
    if (kind !== 'order' && kind !== 'credit') return kind ?? 'period'
    this.refuse('kind', 'must be of a subscription')
    return 'period'
  }

  #known<Value>(value: Value | undefined, field: string): Value | undefined {
    if (value === undefined) this.refuse(field, 'is required')
    return value
  }

  #amount(money: Money | undefined, field: string): bigint {
    if (money === undefined) {
      this.refuse(field, 'is required')
      return 0n
    }
    if (money.currency !== this.#currency) {
      this.refuse(`${field}.currency`, `must be the invoice's currency, ${this.#currency}`)
    }
    return money.amountCents
  }

  /** One text for each number, so that one content has one hash. */
  #decimal(text: string, field: string): string {
    if (canonicalDecimal.test(text)) return text
    const decimal = Decimal.tryParse(text)
    if (decimal === undefined) this.refuse(field, 'must be a plain decimal number')
    return decimal?.toString() ?? '0'
  }

  #json(text: string, field: string): string {
    if (this.#reader.isJsonObject(text)) return text
    this.refuse(field, 'must be a JSON object')
    return '{}'
  }

  #period(of: { periodStart?: Timestamp; periodEnd?: Timestamp }, path: string): Period {
    return {
      start: this.#instant(of.periodStart, `${path}period_start`),
      end: this.#instant(of.periodEnd, `${path}period_end`),
    }
  }

  #instant(timestamp: Timestamp | undefined, field: string): Temporal.Instant {
    if (timestamp === undefined) {
      this.refuse(field, 'is required')
      return EPOCH
    }
    if (timestamp.nanos % 1_000 !== 0) this.refuse(field, 'must not be finer than microseconds')
    return this.#reader.instant(timestamp)
  }
}
