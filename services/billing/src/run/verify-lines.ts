import { create } from '@bufbuild/protobuf'
import type { HandlerContext } from '@connectrpc/connect'
import { LineVerificationSchema, type LineVerification } from '@purser/contracts/billing/v1/billing'
import { type Invoice, type InvoiceLine, LineKind } from '@purser/contracts/invoicing/v1/invoicing'
import { Aggregation as ProtoAggregation } from '@purser/contracts/metering/v1/metering'
import { assert, Decimal, PurserError } from '@purser/kernel'
import { asService, fromProtoTimestamp } from '@purser/rpc'
import {
  aggregate,
  type Aggregation,
  type AggregationEvent,
  policyFromStamp,
  priceFromJson,
} from '@purser/rating'
import type { BillingContext } from '../context.ts'
import {
  deriveAdjustmentLine,
  deriveFlatLine,
  type DerivedLine,
  deriveUsageLine,
  type LineTerms,
} from '../domain/derive-line.ts'

const aggregations = {
  [ProtoAggregation.COUNT]: 'count',
  [ProtoAggregation.SUM]: 'sum',
  [ProtoAggregation.MAX]: 'max',
  [ProtoAggregation.UNIQUE_COUNT]: 'unique_count',
  [ProtoAggregation.LATEST]: 'latest',
} as const satisfies Partial<Record<ProtoAggregation, Aggregation>>

type Verification = { tenant: string; invoice: Invoice; call: HandlerContext }

/**
 * Derives the lines of an invoice again: usage from raw events, folded here by the reference aggregation and not by
 * the database; amounts by the functions of domain/derive-line.ts from the price stamped on the line.
 */
export async function verifyLines(
  ctx: BillingContext,
  task: Verification,
): Promise<LineVerification[]> {
  const policy = policyFromStamp(task.invoice.policy)
  if (policy === undefined) {
    throw new PurserError('invoice.mismatch', 'The invoice bears no rating policy known here.')
  }
  const verified: LineVerification[] = []
  for (const line of task.invoice.lines) {
    const price = priceFromJson(JSON.parse(line.priceJson))
    verified.push(
      await verifyLine(ctx, task, line, { price, policy, currency: task.invoice.currency }),
    )
  }
  return verified
}

async function verifyLine(
  ctx: BillingContext,
  task: Verification,
  line: InvoiceLine,
  terms: LineTerms,
): Promise<LineVerification> {
  const usage =
    line.meterKey === ''
      ? { quantity: Decimal.zero, eventCount: 0n }
      : await refold(ctx, task, line)
  const derived = derive(line, terms, usage.quantity)
  const matches =
    derived.quantity.toString() === line.quantity &&
    derived.exactAmount.toString() === line.exactAmount &&
    derived.amountMinor === line.amount?.amountCents &&
    JSON.stringify(derived.breakdown) === line.breakdownJson &&
    usage.eventCount === line.eventCount
  return create(LineVerificationSchema, {
    lineNumber: line.lineNumber,
    matches,
    storedQuantity: line.quantity,
    derivedQuantity: derived.quantity.toString(),
    storedAmountCents: line.amount?.amountCents ?? 0n,
    derivedAmountCents: derived.amountMinor,
    eventCount: usage.eventCount,
  })
}

function derive(line: InvoiceLine, terms: LineTerms, quantity: Decimal): DerivedLine {
  if (line.kind === LineKind.RECURRING)
    return deriveFlatLine(terms, line.billableDays, line.periodDays)
  if (line.kind === LineKind.USAGE) return deriveUsageLine(terms, quantity)
  return deriveAdjustmentLine(terms, quantity, line.billedBeforeCents)
}

/** The quantity of the raw events behind a line, up to its watermark. */
async function refold(
  ctx: BillingContext,
  { tenant, invoice, call }: Verification,
  line: InvoiceLine,
) {
  assert(line.periodStart && line.periodEnd, 'a line has its period')
  const options = asService('billing', tenant, { context: call })
  const meter = await ctx.clients.metering.getMeter({ tenant, meterKey: line.meterKey }, options)
  const pages = ctx.clients.metering.readEvents(
    {
      tenant,
      meterKey: line.meterKey,
      watermark: line.watermark,
      window: {
        accountId: invoice.accountId,
        startTime: line.periodStart,
        endTime: line.periodEnd,
      },
    },
    options,
  )
  const events: AggregationEvent[] = []
  for await (const page of pages) {
    for (const { source, id, time, value, hasValue } of page.events) {
      assert(time, 'an event has a time')
      events.push({
        source,
        id,
        time: fromProtoTimestamp(time),
        value: hasValue ? value : undefined,
      })
    }
  }
  const aggregation = aggregations[meter.aggregation as keyof typeof aggregations]
  return { quantity: aggregate(aggregation, events), eventCount: BigInt(events.length) }
}
